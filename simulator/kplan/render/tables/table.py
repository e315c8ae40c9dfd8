"""A table of a result: fields with their units, rows of unrounded values, and how each value is printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

Value = Decimal | str | int | bool | None
"""None is nothing: an empty cell."""

Row = tuple[Value, ...]


class Field(Struct, frozen=True):
    """A column: what machines call it, with its unit, and what people read."""

    name: str
    """In CSV and JSON: `cost_usd`."""
    head: str = ""
    """On a screen and in Markdown; a field without one stands in CSV and JSON alone."""
    say: Callable[[Any], str] = str
    """How a value is printed."""
    dropped_at: int = 0
    """How readily a narrow screen does without (0: never)."""
    is_text: bool = False
    sums: bool = False
    """Whether its printed cells should add up to the printed total."""

    def cell(self, value: Value) -> str:
        """A value as people read it; nothing for none."""
        return "" if value is None else self.say(value)


class Table(Struct, frozen=True):
    """Rows under fields; the first field with a head names the row."""

    name: str
    """In file names: `by-stage`, `prices`."""
    title: str
    """What stands above it, or at the head of its first column."""
    fields: tuple[Field, ...]
    rows: tuple[Row, ...]
    more: Row | None = None
    """The rows that were cut off, added up."""
    total: Row | None = None
    bar: str = ""
    """The field that bars are drawn of."""
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[Row, ...]:
        """What adds up to the total: the rows, and those cut off as one."""
        return (*self.rows, *([self.more] if self.more else []))

    @property
    def shown(self) -> tuple[tuple[int, Field], ...]:
        """The fields that people see, each with its place, without those in which nothing stands."""
        return tuple(
            (n, field)
            for n, field in enumerate(self.fields)
            if field.head and any(row[n] not in (None, "") for row in self.lines)
        )


def cells(table: Table, place: int, rows: Sequence[Row]) -> tuple[str, ...]:
    """One column of some rows as people read it."""
    return tuple(table.fields[place].cell(row[place]) for row in rows)
