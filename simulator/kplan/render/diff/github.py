"""A comparison as annotations of a GitHub workflow run: warnings where a bill grows, else notices."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.regress.diff import Change, DesignDiff, Diff
from kplan.render.annotations import annotation, workflow_log
from kplan.render.diff import words

TITLE = "kplan diff"


def render(diff: Diff) -> bytes:
    """One annotation on the whole, then one for each changed design, the largest rise first."""
    rising = sorted(diff.changed, key=lambda design: design.delta_usd, reverse=True)
    whole = " ".join([f"{words.title(diff)}.", *words.headline(diff)])
    lines = [annotation("warning" if diff.flips else "notice", {"title": TITLE}, whole)]
    lines += [annotation(_level(design), {"title": TITLE}, " ".join(_said(design))) for design in rising]
    return workflow_log(lines)


def _level(design: DesignDiff) -> str:
    return "warning" if design.change is Change.CHANGED and design.delta_usd > 0 else "notice"


def _said(design: DesignDiff) -> Iterator[str]:
    split = f": {found}" if (found := words.effects(design.effects)) else ""
    if design.change is Change.CHANGED:
        share = f", {words.percent(design)}" if design.delta_share else ""
        moved = words.moved(design.base_usd, design.head_usd)
        yield f"{design.id}: {words.signed(design.delta_usd)} ({moved}){share}{split}."
    else:
        yield f"{design.id}: {design.change.name.lower()}, {words.signed(design.delta_usd)}{split}."
    yield from words.months(design)
