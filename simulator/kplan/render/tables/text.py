"""Tables on a terminal: the answer first, then each table with bars, fitted to the width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.console import RenderableType
from rich.text import Text

from kplan.money import ZERO
from kplan.render.columns import Column
from kplan.render.format import plain_text
from kplan.render.grid import NO_BARS, STAGE_BAR, Bars, fitted
from kplan.render.screen import NARROWEST, answer, printed
from kplan.render.tables import View
from kplan.render.tables.table import Row, Table, cells
from kplan.render.tables.words import rounding

PAGE_WIDTH = 120


def page(shown: View) -> bytes:
    """The screen as a text file, 120 columns wide."""
    return render(shown, PAGE_WIDTH, color=False).encode()


def render(shown: View, width: int, color: bool) -> str:
    """The whole screen; no line is longer than the width [columns], see `printed`."""
    return printed(_blocks(shown, max(width, NARROWEST)), width, color)


def _blocks(shown: View, width: int) -> Iterator[list[RenderableType]]:
    yield list(answer(shown.headline, shown.caveats, shown.design))
    for table in shown.tables:
        yield list(_table(table, width))
    yield [_line(shown.about, "dim")]


def _table(table: Table, width: int) -> Iterator[RenderableType]:
    """The first field that people see names the row; the total stands last."""
    rows = [*table.lines, *([table.total] if table.total else [])]
    (first, _), *others = table.shown or ((0, table.fields[0]),)
    columns = [
        Column(field.head, cells(table, place, rows), field.dropped_at, field.is_text)
        for place, field in others
    ]
    styles = ["dim" if row is table.more else "bold" if row is table.total else "" for row in rows]
    head = table.title if table.bar else table.fields[first].head
    if not table.bar:
        yield _line(table.title, "bold")
    grid, dropped = fitted(head, cells(table, first, rows), columns, styles, width, _bars(table, rows))
    yield grid
    if dropped:
        yield _line(f"(no room for: {', '.join(dropped)}; a wider terminal or --format csv has all)", "dim")
    if why := rounding(table):
        yield _line(f"({why})", "dim")
    yield from (_line(f"({note})" if table.name != "by-month" else note, "dim") for note in table.notes)


def _bars(table: Table, rows: Sequence[Row]) -> Bars:
    """What each bar is as long as; the total has none."""
    place = next((n for n, field in enumerate(table.fields) if field.name == table.bar), None)
    if place is None:
        return NO_BARS
    amounts = (ZERO if row is table.total else row[place] for row in rows)
    return Bars(tuple(a if isinstance(a, Decimal) else ZERO for a in amounts), (STAGE_BAR,) * len(rows))


def _line(text: str, style: str = "") -> Text:
    return Text(plain_text(text), style=style, overflow="fold")
