"""Price rows and models as JSON: of their columns those that are filled."""

from __future__ import annotations

from decimal import Decimal

from kplan.money import plain
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]


def row_json(row: PriceRow) -> dict[str, Value]:
    """A price row: its id, and of its columns those that are filled; enough to make it again."""
    cells = {name: getattr(row, name) for name in row.__slots__}
    return {"id": row.id, **{name: _value(cell) for name, cell in cells.items() if cell not in (None, "")}}


def model_json(model: ModelRow) -> dict[str, Value]:
    """A model row: its full name and every column."""
    return {"ref": model.ref} | {name: _value(getattr(model, name)) for name in model.__slots__}


def _value(cell: object) -> Value:
    if isinstance(cell, Decimal):
        return plain(cell)
    if isinstance(cell, tuple):
        return [str(part) for part in cell]
    return cell if isinstance(cell, str | int) or cell is None else str(cell)
