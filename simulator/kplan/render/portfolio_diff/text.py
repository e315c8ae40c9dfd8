"""A comparison of portfolios on a terminal: which scenarios move, the dearest first, and why."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.regress.diff import Change
from kplan.regress.portfolio_diff import PortfolioDiff, ScenarioDiff
from kplan.render.diff.text import set_lines
from kplan.render.diff.words import effects, moved, signed
from kplan.render.portfolio.words import value
from kplan.render.portfolio_diff import words

PAGE_WIDTH = 120


def page(diff: PortfolioDiff) -> bytes:
    """The screen as a text file, 120 columns wide."""
    return render(diff, PAGE_WIDTH, color=False).encode()


def render(diff: PortfolioDiff, width: int, color: bool) -> str:  # noqa: ARG001 - as of every table; this has no colours
    """The whole screen; no line is longer than the width, below 40 it counts as 40 [columns]."""
    return set_lines(_lines(diff), width)


def _lines(diff: PortfolioDiff) -> Iterator[tuple[int, str]]:
    """Every line with its indent [columns]."""
    yield 0, words.title(diff)
    for sentence in words.headline(diff):
        yield 0, sentence
    if diff.changed:
        yield from ((0, ""), (0, words.KEY))
    for each in diff.changed:
        yield 0, ""
        yield from _scenario(each)
    if diff.tags:
        yield from ((0, ""), (0, f"By {diff.by}:"))
        for tag in diff.tags:
            amounts = f"{signed(tag.delta_usd)} ({moved(tag.base_usd, tag.head_usd)})"
            yield 2, f"{value(tag.value, diff.by)}: {amounts}"
    yield 0, ""
    if same := words.unchanged(diff):
        yield 0, same
    if diff.changed:
        yield 0, words.METHOD


def _scenario(each: ScenarioDiff) -> Iterator[tuple[int, str]]:
    yield 0, f"{each.change.value} {each.file}  {words.designs(each)}"
    if each.change is not Change.CHANGED:
        yield 2, signed(each.delta_usd)
        return
    told = (f"{signed(each.delta_usd)} ({moved(each.base_usd, each.head_usd)})", words.percent(each))
    yield 2, ", ".join(filter(None, (*told, words.since(each))))
    if split := effects(each.effects):
        yield 2, split
    if each.flips:
        yield 2, f"Ranking flips: {words.flips(each)}."
    if others := words.others(each):
        yield 2, others
