"""A comparison as Markdown for a pull request: what changed in a table, everything else folded away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kplan.regress.diff import Change, DesignDiff, Diff, LineDiff
from kplan.render.diff import words
from kplan.render.format import markdown_code, markdown_text, money
from kplan.render.room import MOST_CHARACTERS, Room

TAG = "<!-- kplan diff -->"
"""First line, by which a workflow finds the comment that it wrote before."""
LONGEST = 120
"""Characters of a name before it is cut."""
_FRAME = 1_500
"""Room for headings, the note on what was left out, and the mark [characters]."""


def render(diff: Diff) -> bytes:
    """The page; rows for which there is no room are counted."""
    room = Room(MOST_CHARACTERS - _FRAME)
    top = [TAG, "#### kplan diff", "", *room.kept([_text(words.title(diff)), ""])]
    for sentence in words.headline(diff):
        top += room.kept([f"**{_text(sentence)}**  "])
    changed = room.kept(map(_design_row, diff.changed))
    table = ["", *_HEAD, *changed, ""] if changed else [""]
    jumps = room.kept(
        f"- {_name(design.id)}: {_text(sentence)}"
        for design in diff.changed
        for sentence in words.months(design)
    )
    made = _text(words.made_with(diff))
    method = map(_text, words.method(diff))
    stages = room.kept(_line_row(design, line) for design in diff.changed for line in _moved(design))
    same = room.kept(f"- {_name(design.id)}: {_text(money(design.head_usd))}" for design in diff.same)
    folded = [
        *_folded("Stages and monthly costs", [*_LINES_HEAD, *stages] if stages else []),
        *_folded(f"{words.counted(len(diff.same), 'design')} unchanged", same),
        *_folded("How the effects are found", [*method, "", made]),
    ]
    left_out = [f"Left out for length: {words.counted(room.missing, 'line')}.", ""] if room.missing else []
    return "\n".join([*top, *table, *jumps, *[""] * bool(jumps), *folded, *left_out]).encode()


_HEAD = (
    "| | Design | Base | Head | Change | | Why |",
    "|---|---|---:|---:|---:|---:|---|",
)
_LINES_HEAD = (
    "| | Design | Line | Base | Head | Change | Why |",
    "|---|---|---|---:|---:|---:|---|",
)


def _design_row(design: DesignDiff) -> str:
    old = "" if design.change is Change.ADDED else money(design.base_usd)
    new = "" if design.change is Change.REMOVED else money(design.head_usd)
    cells = [old, new, words.signed(design.delta_usd), words.percent(design), words.effects(design.effects)]
    return _row([f"`{design.change.value}`", _name(design.id), *map(_text, cells)])


def _line_row(design: DesignDiff, line: LineDiff) -> str:
    old = "" if line.change is Change.ADDED else money(line.base_usd)
    new = "" if line.change is Change.REMOVED else money(line.head_usd)
    cells = [old, new, words.signed(line.delta_usd), words.effects(line.effects)]
    title = _name(words.line_title(line))
    return _row([f"`{line.change.value}`", _name(design.id), title, *map(_text, cells)])


def _moved(design: DesignDiff) -> Iterator[LineDiff]:
    return (line for line in design.lines if line.change is not Change.SAME)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _folded(summary: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    return [f"<details><summary>{_text(summary)}</summary>", "", *lines, "", "</details>", ""]


def _name(text: str) -> str:
    return markdown_code(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def _text(text: str) -> str:
    return markdown_text(text if len(text) <= 8 * LONGEST else f"{text[: 8 * LONGEST - 1]}…")
