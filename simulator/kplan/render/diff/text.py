"""A comparison on a terminal, in the manner of Infracost: what changed, from what to what, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from kplan.regress.diff import Change, DesignDiff, Diff, LineDiff
from kplan.render.diff import words
from kplan.render.format import money, plain_text
from kplan.render.screen import NARROWEST

PAGE_WIDTH = 120


def page(diff: Diff) -> bytes:
    """The screen as a text file, 120 columns wide."""
    return render(diff, PAGE_WIDTH, color=False).encode()


def render(diff: Diff, width: int, color: bool) -> str:  # noqa: ARG001 - as of every table; this has no colours
    """The whole screen; no line is longer than the width, below 40 it counts as 40 [columns]."""
    return set_lines(_lines(diff), width)


def set_lines(lines: Iterable[tuple[int, str]], width: int) -> str:
    """Lines with their indents, folded between words; what goes on stands further in [columns]."""
    found: list[str] = []
    for indent, text in lines:
        found += wrap(
            plain_text(text),
            max(width, NARROWEST),
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + 2 * (indent > 0)),
            break_on_hyphens=False,
        ) or [""]
    return "".join(f"{line}\n" for line in found)


def _lines(diff: Diff) -> Iterator[tuple[int, str]]:
    """Every line with its indent [columns]."""
    yield 0, words.title(diff)
    for sentence in words.headline(diff):
        yield 0, sentence
    if diff.changed:
        yield from ((0, ""), (0, words.KEY))
    for design in diff.changed:
        yield 0, ""
        yield from _design(design)
    yield 0, ""
    if unchanged := words.unchanged_designs(diff):
        yield 0, unchanged
    yield 0, words.made_with(diff)
    if diff.changed:
        for sentence in words.method(diff):
            yield 0, sentence


def _design(design: DesignDiff) -> Iterator[tuple[int, str]]:
    mark = " (one model everywhere, added by kplan)" if design.added_by_kplan else ""
    yield 0, f"{design.change.value} {design.id}{mark}"
    if design.change is not Change.CHANGED:
        yield 2, words.signed(design.delta_usd)
    else:
        share = f", {words.percent(design)}" if design.delta_share else ""
        moved = words.moved(design.base_usd, design.head_usd)
        yield 2, f"{words.signed(design.delta_usd)} ({moved}){share}"
    if split := words.effects(design.effects):
        yield 2, split
    for sentence in words.months(design):
        yield 2, sentence
    for line in design.lines:
        if line.change is not Change.SAME:
            yield from _line(line, design)
    if unchanged := words.unchanged_lines(design):
        yield 4, f"({unchanged})"


def _line(line: LineDiff, design: DesignDiff) -> Iterator[tuple[int, str]]:
    yield 4, f"{line.change.value} {words.line_title(line)}"
    if design.change is not Change.CHANGED:
        yield 6, money(line.head_usd if design.change is Change.ADDED else line.base_usd)
        return
    split = words.effects(line.effects)
    moved = words.moved(line.base_usd, line.head_usd)
    yield 6, f"{words.signed(line.delta_usd)} ({moved}){f': {split}' if split else ''}"
