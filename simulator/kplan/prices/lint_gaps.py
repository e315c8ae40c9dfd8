"""Lints on what rows leave without a price: small requests, other hours, other names, other currencies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_

from kplan.prices.findings import Finding, LintedBook, Placed
from kplan.prices.layers import shares_days
from kplan.prices.rows import PriceRow
from kplan.prices.windows import SEASONS, WHOLE_WEEK


def partial(book: LintedBook) -> Iterator[Finding]:
    """A price for large requests or for some hours alone: for the others there must be one too."""
    for placed in book.holding():
        row = placed.row
        if not row.over_input_tokens and not row.is_windowed:
            continue
        others = [*_beside(book, row), *book.reference.rows(row.provider, row.model)]
        group = [other for other in others if _place(other) == _place(row) and shares_days(other, row)]
        if row.over_input_tokens and not any(not other.over_input_tokens for other in group):
            yield Finding(f"{row.id} has no price beside it for smaller requests", (placed,))
        elif row.is_windowed and not _whole_week(row, group):
            yield Finding(f"{row.id} has no price beside it for the other hours", (placed,))


def _beside(book: LintedBook, row: PriceRow) -> Iterator[PriceRow]:
    return (placed.row for placed in book.of_model(row.provider, row.model))


def _place(row: PriceRow) -> tuple[str, str, str]:
    return (row.meter, row.mode, row.region)


def _whole_week(row: PriceRow, group: list[PriceRow]) -> bool:
    """Whether the rows for requests of the row's size price all hours of the week."""
    held = [other for other in group if other.over_input_tokens == row.over_input_tokens]
    weeks = (reduce(or_, (other.windows.minutes_of_week(day) for other in held)) for day in SEASONS)
    return all(week == WHOLE_WEEK for week in weeks)


def alias(book: LintedBook) -> Iterator[Finding]:
    """A model by another name than kplan's book has for it: its prices stay beside the user's."""
    first: dict[tuple[str, str], Placed] = {}
    for placed in book.holding():
        first.setdefault((placed.row.provider, placed.row.model), placed)
    for (provider, name), placed in first.items():
        if (known := book.reference.other_name(provider, name)) is not None:
            what = f"{provider}/{name} is another name of {known.ref}, whose prices it leaves as they are"
            yield Finding(what, (placed,))


def unconverted(book: LintedBook) -> Iterator[Finding]:
    """A price in another currency on days without a rate of exchange; the other lints do not see it."""
    for placed in book.unconverted:
        until = f" before {placed.row.valid_to}" if placed.row.valid_to else ""
        what = f"{placed.row.id} is priced in {placed.row.currency}, which has no rate{until}"
        yield Finding(f"{what}; add one under currencies:", (placed,))
