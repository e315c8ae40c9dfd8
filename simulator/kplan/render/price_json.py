"""Price rows and models as JSON: of their columns those that are filled."""

from __future__ import annotations

from decimal import Decimal

from kplan.money import plain
from kplan.prices.columns import ROW_COLUMNS
from kplan.prices.models import ModelRow
from kplan.prices.rows import US_DOLLAR, PriceRow

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]


def row_json(row: PriceRow) -> dict[str, Value]:
    """A price row: its id, and of its columns those that are filled; `audit` where it was made of another.

    A price that no rate of exchange is known for has `price` and `currency` in place of `usd`.
    """
    cells = {name: getattr(row, name) for name in ROW_COLUMNS}
    if row.currency != US_DOLLAR:
        del cells["usd"]
        cells |= {"price": row.usd, "currency": row.currency}
    cells["audit"] = row.audit
    return {
        "id": row.id,
        **{name: _value(cell) for name, cell in cells.items() if cell not in (None, "", ())},
    }


def model_json(model: ModelRow) -> dict[str, Value]:
    """A model row: its full name and every column."""
    return {"ref": model.ref} | {name: _value(getattr(model, name)) for name in model.__struct_fields__}


def _value(cell: object) -> Value:
    if isinstance(cell, Decimal):
        return plain(cell)
    if isinstance(cell, tuple):
        return [str(part) for part in cell]
    return cell if isinstance(cell, str | int) or cell is None else str(cell)
