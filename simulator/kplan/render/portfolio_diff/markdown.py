"""A comparison of portfolios as Markdown for a pull request: what moves in a table, the rest counted."""

from __future__ import annotations

from collections.abc import Sequence

from kplan.regress.diff import Change
from kplan.regress.portfolio_diff import PortfolioDiff, ScenarioDiff, TagDiff
from kplan.render.diff.markdown import TAG
from kplan.render.diff.words import counted, effects, signed
from kplan.render.format import markdown_code, markdown_text, money
from kplan.render.portfolio.words import value
from kplan.render.portfolio_diff import words
from kplan.render.room import MOST_CHARACTERS, Room

LONGEST = 240
"""Characters of a foreign text before it is cut."""
_FRAME = 2_000
"""Room for headings, the note on what was left out, and the mark [characters]."""


def render(diff: PortfolioDiff) -> bytes:
    """The page; rows for which there is no room are counted."""
    room = Room(MOST_CHARACTERS - _FRAME)
    top = [TAG, "#### kplan diff", "", *room.kept([_text(words.title(diff)), ""])]
    for sentence in words.headline(diff):
        top += room.kept([f"**{_text(sentence)}**  "])
    tags = room.kept(_tag(tag, diff.by) for tag in diff.tags)
    changed = room.kept(map(_scenario, diff.changed))
    flips = room.kept(
        f"- {_name(each.file)}: {_text(words.flips(each))}" for each in diff.changed if each.flips
    )
    same = room.kept(f"- {_name(each.file)}: {_text(money(each.head_usd))}" for each in diff.same)
    lines = [*top, ""]
    lines += [*_SCENARIOS, *changed, ""] if changed else []
    lines += ["Ranking flips:", "", *flips, ""] if flips else []
    lines += [f"| {_text(diff.by)} {_TAGS[0]}", _TAGS[1], *tags, ""] if tags else []
    lines += _folded(words.unchanged(diff), same)
    lines += _folded("How the effects are found", [markdown_text(words.METHOD)])
    if room.missing:
        lines += [f"Left out for length: {counted(room.missing, 'line')}.", ""]
    return "\n".join(lines).encode()


_SCENARIOS = (
    "| | Scenario | Design in use | Base | Head | Change | | From | Why |",
    "|---|---|---|---:|---:|---:|---:|---|---|",
)
_TAGS = ("| Base | Head | Change |", "|---|---:|---:|---:|")


def _scenario(each: ScenarioDiff) -> str:
    old = "" if each.change is Change.ADDED else money(each.base_usd)
    new = "" if each.change is Change.REMOVED else money(each.head_usd)
    since = each.parts_in if each.change is Change.CHANGED else ""
    cells = [old, new, signed(each.delta_usd), words.percent(each), since, effects(each.effects)]
    return _row([f"`{each.change.value}`", _name(each.file), *map(_text, [words.designs(each), *cells])])


def _tag(tag: TagDiff, by: str) -> str:
    amounts = [money(tag.base_usd), money(tag.head_usd), signed(tag.delta_usd)]
    return _row([_text(value(tag.value, by)), *map(_text, amounts)])


def _folded(summary: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    return [f"<details><summary>{_text(summary)}</summary>", "", *lines, "", "</details>", ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _name(text: str) -> str:
    return markdown_code(_short(text))


def _text(text: str) -> str:
    return markdown_text(_short(text))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
