"""A comparison of portfolios as annotations of a GitHub workflow run: warnings where a bill grows."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.regress.diff import Change
from kplan.regress.portfolio_diff import PortfolioDiff, ScenarioDiff
from kplan.render.annotations import annotation, workflow_log
from kplan.render.diff.github import TITLE
from kplan.render.diff.words import effects, moved, signed
from kplan.render.portfolio_diff import words


def render(diff: PortfolioDiff) -> bytes:
    """One annotation on the whole, then one for each scenario that changed, the largest rise first."""
    rising = sorted(diff.changed, key=lambda each: each.delta_usd, reverse=True)
    whole = " ".join([f"{words.title(diff)}.", *words.headline(diff)])
    is_flipped = any(each.flips for each in diff.scenarios)
    lines = [annotation("warning" if is_flipped else "notice", {"title": TITLE}, whole)]
    lines += [annotation(_level(each), {"title": TITLE}, " ".join(_said(each))) for each in rising]
    return workflow_log(lines)


def _level(each: ScenarioDiff) -> str:
    return "warning" if each.change is Change.CHANGED and each.delta_usd > 0 else "notice"


def _said(each: ScenarioDiff) -> Iterator[str]:
    head = f"{each.file}, {words.designs(each)}"
    if each.change is not Change.CHANGED:
        yield f"{head}: {each.change.name.lower()}, {signed(each.delta_usd)}."
        return
    told = (f"{signed(each.delta_usd)} ({moved(each.base_usd, each.head_usd)})", words.percent(each))
    split = f": {found}" if (found := effects(each.effects)) else ""
    yield f"{head}: {', '.join(filter(None, (*told, words.since(each))))}{split}."
    if each.flips:
        yield f"Ranking flips: {words.flips(each)}."
