"""Capacity as Markdown: the answer, the designs, then each design's limits and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from kplan.capacity.study import DesignStudy, Study
from kplan.render.capacity import hours, words
from kplan.render.capacity.about import about
from kplan.render.capacity.tables import LISTINGS
from kplan.render.capacity.tables.listing import DESIGN_HEAD
from kplan.render.columns import Column
from kplan.render.format import markdown_code, markdown_text
from kplan.render.room import MOST_CHARACTERS, Room
from kplan.render.tables.markdown import table_lines
from kplan.render.tables.table import Table
from kplan.version import __version__

_TABLES = ("load", "offers", "bought")
"""Tables under each design, where anything stands in them."""
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
    for head, lines in about(each, pattern, has_tables=True):
        yield from (f"- {head}: {markdown_text(line)}" for line in lines)
    yield ""
    if each is study.shown:
        yield from _week(each, pattern.tz)
    for name in _TABLES:
        table = LISTINGS[name].table(name, study, only=each)
        if table.rows:
            yield from (f"### {markdown_text(table.title)}", "", *table_lines(_without_design(table)), "")


def _without_design(table: Table) -> Table:
    """What stands under a design need not name it."""
    fields = tuple(replace(field, head="") if field.head == DESIGN_HEAD else field for field in table.fields)
    return replace(table, fields=fields)


def _week(each: DesignStudy, tz: str) -> Iterator[str]:
    """The hours of the limit that binds, in signs."""
    if (found := hours.week(each, tz)) is not None:
        yield from (f"{markdown_text(found.title)}:", "", "```text")
        yield from (f"{name} {signs}  {most}".rstrip() for name, signs, most in found.lines)
        yield from ("```", "")


def _table(head: str, names: Sequence[str], columns: Sequence[Column]) -> Iterator[str]:
    yield _row(head, *(column.head for column in columns))
    yield _row("---", *("---" if column.is_text else "---:" for column in columns))
    for name, *cells in zip(names, *(column.cells for column in columns), strict=True):
        yield _row(markdown_code(name), *map(markdown_text, cells))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
