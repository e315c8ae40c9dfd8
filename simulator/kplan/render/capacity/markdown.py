"""Capacity as Markdown: the answer, the designs, then each design's limits and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kplan.capacity.study import DesignStudy, Study
from kplan.render.capacity import words
from kplan.render.capacity.about import about
from kplan.render.columns import Column
from kplan.render.format import markdown_code, markdown_text
from kplan.render.room import MOST_CHARACTERS, Room
from kplan.version import __version__

_FRAME = 1_500
"""Room for headings, the note on what was left out, and the mark [characters]."""


def render(study: Study) -> bytes:
    """The page; lines for which there is no room are counted."""
    made, room = study.results.provenance, Room(MOST_CHARACTERS - _FRAME)
    title = made.scenario_name or made.scenario_file or "kplan"
    lines = [f"# Capacity: {markdown_text(title[:120])}", ""]
    lines += [f"**{markdown_text(sentence)}**  " for sentence in study.headline]
    lines += [f"{markdown_text(sentence)}  " for sentence in study.assumed]
    lines += ["", *room.kept(_table("Design", words.names(study), words.design_columns(study))), ""]
    for each in sorted(study.designs, key=lambda each: (each is not study.shown, each.design.added)):
        lines += room.kept(_of_design(each, study))
    lines += [f"Traffic: {markdown_text(words.traffic(each))}.  " for each in study.patterns.values()]
    if not words.is_unknown(study):
        lines += [f"Limits: {markdown_text(words.sources(study))}.  "]
    lines += [f"From: {markdown_text(words.engines(study.shown))}."]
    if room.missing:
        lines += ["", f"Left out for length: {room.missing} lines. `--format json` has everything."]
    return "\n".join([*lines, "", f"kplan {markdown_text(__version__)}.", ""]).encode()


def _of_design(each: DesignStudy, study: Study) -> Iterator[str]:
    pattern = study.patterns[each.design.variant]
    yield f"## {markdown_code(each.design.id)}"
    yield ""
    if uses := each.headroom.uses:
        yield from _table("Limit", [use.limit.title for use in uses], words.limit_columns(uses, pattern))
        yield ""
    for head, lines in about(each, pattern):
        yield from (f"- {head}: {markdown_text(line)}" for line in lines)
    yield ""


def _table(head: str, names: Sequence[str], columns: Sequence[Column]) -> Iterator[str]:
    yield _row(head, *(column.head for column in columns))
    yield _row("---", *("---" if column.is_text else "---:" for column in columns))
    for name, *cells in zip(names, *(column.cells for column in columns), strict=True):
        yield _row(markdown_code(name), *map(markdown_text, cells))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
