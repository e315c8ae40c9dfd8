"""Tables as CSV: unrounded numbers, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from decimal import Decimal
from io import StringIO

from kplan.money import plain
from kplan.regress.saved import Saved
from kplan.render.format import csv_text
from kplan.render.tables import View, every
from kplan.render.tables.table import Table, Value


def render(shown: View) -> bytes:
    """The rows of all tables under one head, UTF-8; no totals, but what --top cut off as one row."""
    return written(shown.tables)


def folder(saved: Saved) -> dict[str, bytes]:
    """A file for every table in which something stands, by its name: `by-stage.csv`."""
    return {f"{name}.csv": written(tables) for name, tables in every(saved).items()}


def written(tables: Sequence[Table]) -> bytes:
    """The rows of tables of one kind under one head; they may differ in which designs they are for."""
    out = StringIO()
    lines = csv.writer(out, lineterminator="\n")
    named = [n for n, field in enumerate(tables[0].fields) if field.name]
    lines.writerow([tables[0].fields[n].name for n in named])
    lines.writerows([_cell(row[n]) for n in named] for table in tables for row in table.lines)
    return out.getvalue().encode()


def _cell(value: Value) -> str:
    """A number as it is; text behind a ' where a spreadsheet would take it for a formula."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    return "" if value is None else csv_text(str(value))
