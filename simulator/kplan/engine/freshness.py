"""How fresh the prices are that a design pays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec.structs import replace

from kplan.engine.ledger import LedgerRow
from kplan.engine.plan import Plan
from kplan.engine.results import DesignResult, OldestPrice
from kplan.prices.book import Book


def with_oldest_prices(
    designs: Iterable[DesignResult], plan: Plan, rows: Sequence[LedgerRow], book: Book
) -> list[DesignResult]:
    """The designs, each with the row of its bill that was checked longest ago; one of no known day first."""
    paid: dict[str, set[str]] = {}
    for row in rows:
        paid.setdefault(row.design, set()).add(row.price_row)
    by_id = {charge.row.id: charge.row for charge in plan.priced()}
    checked = {id_: OldestPrice(id_, book.checked_on(row)) for id_, row in by_id.items()}
    return [
        replace(design, oldest_price=min(own, key=_age, default=None))
        for design in designs
        for own in [[checked[id_] for id_ in paid.get(design.design, ()) if id_ in checked]]
    ]


def _age(price: OldestPrice) -> tuple[date, str]:
    return price.on or date.min, price.row
