"""The public API for calls held as columns: many priced at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kplan.engine.columns.given import given
from kplan.engine.columns.price import PricedCalls, price_columns
from kplan.prices.book import Book, load_book

__all__ = ["PricedCalls", "price_calls"]


def price_calls(
    book: Book | None = None,
    *,
    model: Any,
    at: Any,
    usage: Mapping[str, Any],
    mode: Any = "standard",
    region: Any = "",
    convention: str = "inclusive",
    allow_retired: bool = False,
) -> PricedCalls:
    """Price n calls held as columns, each as `kplan price` prices one.

    model, mode, region   a text for all calls, or a column: a pandas Categorical, a pair (integer codes,
                          categories), or n texts; the first two are what is fast
    at            instants of the calls, UTC: a datetime64 column (days to nanoseconds), or one instant
    usage         meter -> integer counts, shape (n,), as in the usage of `kplan price --calls`
    convention    inclusive: input counts cache reads and writes too, `cache_write` the 1-hour ones, output
                  the reasoning; exclusive: each count stands alone, `cache_write` is the 5-minute writes
    book          a book from `load_price_book`; None takes kplan's
    allow_retired   also price calls outside their model's life

    Costs are float64 [USD], within 1e-12 of the exact ones; the total is exact. Memory beyond the result is
    that of some thousand calls. A model that bills per request is billed one `request` a call unless the
    usage says how many.
    Raises KplanError with all that is wrong, each with the index of its first call: columns that are no
    integers, negative counts, counts of 2**53 and more, parts larger than their whole, unknown or retired
    models, and modes, regions and meters without a price.

    >>> import kplan, numpy as np
    >>> at = np.array(["2026-11-30", "2026-12-01"], dtype="datetime64[D]")
    >>> usage = {"input": np.array([1_000_000, 1_000_000]), "cache_read": np.array([0, 400_000])}
    >>> priced = kplan.price_calls(model="gemini-4-argon", at=at, usage=usage)
    >>> priced.cost_usd.tolist()
    [2.0, 2.48]
    >>> [(cell.row.id, int(cell.quantity), round(cell.cost_usd, 2)) for cell in priced.cells][:1]
    [('google/gemini-4-argon cache_read @2026-12-01', 400000, Decimal('0.08'))]
    >>> sum(cell.cost_usd for cell in priced.cells) == priced.total_usd
    True
    """
    columns = given(model, mode, region, at, usage)
    book = load_book() if book is None else book
    return price_columns(book, columns, convention=convention, allow_retired=allow_retired)
