"""What an importer gives: rows and models, and what became of every price of its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

from msgspec import Struct, field

from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow
from kplan.prices.skipped import Skipped

_DIGITS = Context(prec=12, rounding=ROUND_HALF_EVEN)
"""Sources carry float dust such as 0.13999999999999999; no vendor prints 12 digits."""


class Imported(Struct, frozen=True):
    """What a source held: source prices = imported prices + skipped prices, and `skipped` has them all."""

    rows: tuple[PriceRow, ...]
    models: tuple[ModelRow, ...]
    skipped: tuple[Skipped, ...]
    """One for each source price that no row of the book stands for."""
    remarks: tuple[Skipped, ...]
    """What else was left out: entries without a price, dates, allowances."""
    counts: Mapping[str, int]
    """`source prices`, `imported prices`, `skipped prices`, and what else is worth counting."""
    source: str
    """Name of the source, perhaps a blank and its version."""


class Wishes(Struct, frozen=True):
    """How a source is to be read; a source knows some of these."""

    zeros: bool = False
    """Take a price of zero as free, where the source also writes it for unknown."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Column of a price book, or meter of a wide table -> column of the table."""
    ignored: Sequence[str] = ()
    """Columns of the table that are no part of a price."""
    fills: Mapping[str, str] = field(default_factory=dict)
    """Column of a price book -> what it holds in every row that leaves it empty."""
    wide: bool = False
    """Whether each meter has a column of prices, in place of `meter` and `usd`."""


def scaled(price: Decimal, per: int = 1) -> Decimal:
    """The price of `per` units from that of one, to 12 significant digits."""
    return _DIGITS.multiply(price, Decimal(per))
