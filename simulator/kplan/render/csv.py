"""The ledger as CSV: one charge a line, every column, every digit."""

from __future__ import annotations

import csv
from decimal import Decimal
from enum import Enum
from io import StringIO

from kplan.engine.ledger import COLUMNS, LedgerRow
from kplan.engine.results import Results
from kplan.money import plain
from kplan.render.format import csv_text


def render(results: Results) -> bytes:
    """A header and one line a ledger row, UTF-8; text that a spreadsheet would run is quoted with '."""
    out = StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(COLUMNS)
    lines.writerows([_cell(row, column) for column in COLUMNS] for row in results.ledger)
    return out.getvalue().encode()


def _cell(row: LedgerRow, column: str) -> str:
    value = getattr(row, column)
    if isinstance(value, Decimal):
        return plain(value)
    return csv_text(str(value.value if isinstance(value, Enum) else value))
