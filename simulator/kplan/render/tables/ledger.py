"""The ledger itself as a table: one charge a line, every column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from kplan.engine.ledger import COLUMNS, LedgerRow
from kplan.regress.runs import RunDesign
from kplan.regress.saved import Saved
from kplan.render.format import in_full, money, plain_text, quantity, round_quantity
from kplan.render.tables.table import Field, Table, Value

LEDGER = "ledger"
_FIGURES: Mapping[str, tuple[str, Callable[[Decimal], str], int]] = {
    "quantity_per_query": ("units", quantity, 3),
    "unit_price_usd": ("a unit", in_full, 4),
    "queries": ("queries", round_quantity, 2),
    "cost_usd": ("cost", money, 0),
}
_TEXTS = {
    "design": 0,
    "variant": 0,
    "query_class": 6,
    "stage": 0,
    "model": 5,
    "meter": 0,
    "month": 0,
    "kind": 7,
    "label": 8,
}


def ledger(saved: Saved, designs: Sequence[RunDesign], top: int | None = None) -> list[Table]:
    """The lines of the designs; none without lines.

    top   so many of the dearest lines are kept; how many are not is said
    """
    rows = [row for design in designs for row in saved.run.lines(design)]
    kept = rows if top is None else sorted(rows, key=lambda row: -row.cost_usd)[:top]
    notes = (f"{len(rows) - len(kept):,} more; without --top all of them",) if len(kept) < len(rows) else ()
    found = tuple(tuple(_value(row, column) for column in COLUMNS) for row in kept)
    return [Table(LEDGER, "The ledger", tuple(map(_field, COLUMNS)), found, notes=notes)] if rows else []


def _field(column: str) -> Field:
    if column in _FIGURES:
        head, say, dropped_at = _FIGURES[column]
        return Field(column, head, say, dropped_at)
    if column in _TEXTS:
        head = column.removeprefix("query_")
        return Field(column, head, plain_text, _TEXTS[column], is_text=True)
    return Field(column, is_text=not column.endswith("_usd"))


def _value(row: LedgerRow, column: str) -> Value:
    value = getattr(row, column)
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, Decimal) else str(value)
