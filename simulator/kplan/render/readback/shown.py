"""What a cell that was read shows, as kplan wrote it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kplan.money import plain


def is_formula(cell: Any) -> bool:
    """Whether a cell of a workbook holds a formula; no cell holds none."""
    return cell is not None and cell.data_type == "f"


def shown(value: object) -> str:
    """A text, day or number as text; empty for an empty cell."""
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float | int) and not isinstance(value, bool):
        return plain(Decimal(repr(value)))
    return "" if value is None else str(value)
