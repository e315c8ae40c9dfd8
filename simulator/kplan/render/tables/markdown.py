"""Tables as Markdown, short enough to post; what has no room is counted."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.render.format import markdown_code, markdown_text
from kplan.render.room import MOST_CHARACTERS, Room
from kplan.render.tables import View
from kplan.render.tables.table import Row, Table
from kplan.render.tables.words import rounding

LONGEST_CELL = 120


def render(shown: View) -> bytes:
    """The answer, then each table until the room is used up."""
    head = [f"**{markdown_text(line)}**  " for line in shown.headline]
    head += [f"{markdown_text(line)}  " for line in shown.caveats]
    room = Room(MOST_CHARACTERS - 500)
    lines = room.kept(head)
    for table in shown.tables:
        lines += room.kept(["", f"## {markdown_text(table.title)}", "", *table_lines(table)])
    if room.missing:
        lines += ["", f"Left out for length: {room.missing} lines. `--format csv` has everything."]
    return "\n".join([*lines, "", markdown_text(f"{shown.about}"), ""]).encode()


def table_lines(table: Table) -> Iterator[str]:
    """The table and what is to be said of it; texts are set left, figures right."""
    fields = [field for _, field in table.shown]
    yield f"| {' | '.join(markdown_text(field.head) for field in fields)} |"
    yield f"|{''.join('---|' if field.is_text else '---:|' for field in fields)}"
    for row in table.lines:
        yield f"| {' | '.join(_cells(table, row))} |"
    if table.total:
        yield f"| {' | '.join(f'**{cell}**' if cell else '' for cell in _cells(table, table.total))} |"
    for note in (rounding(table), *table.notes):
        if note:
            yield from ("", markdown_text(note))


def _cells(table: Table, row: Row) -> list[str]:
    """A name as code, unless it is kplan's own word for what was added up."""
    is_sum = row in (table.more, table.total)
    found = []
    for place, (n, field) in enumerate(table.shown):
        text = _short(field.cell(row[n]))
        is_name = field.is_text and place == 0 and not is_sum and text
        found.append(markdown_code(text) if is_name else markdown_text(text))
    return found


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"
