"""What to buy: units for the peak, or for a base load with the rest paid for call by call, term by term."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from kplan.capacity.base_load import Deal, Loads, Purchase, best_base, checked, for_the_peak, pay_as_you_go
from kplan.capacity.offers import UnitPrice
from kplan.capacity.provisioned import Sizing, break_even
from kplan.money import quotient


class TermQuote(Struct, frozen=True):
    """One term: what its units cost, and what is best to buy on it."""

    price: UnitPrice
    peak: Purchase
    base: Purchase | None
    """The best number of units; None where it is not known what calls cost else."""
    break_even: Decimal | None


class Quote(Struct, frozen=True):
    """One part of an offer for a load that varies through the week."""

    sizing: Sizing
    """At the peak."""
    payg: Purchase | None
    """Everything paid for call by call."""
    terms: tuple[TermQuote, ...]

    @property
    def cheapest(self) -> TermQuote:
        """The term on which the best purchase costs least."""
        return min(self.terms, key=lambda each: (each.base or each.peak).usd)


def quoted(sizing: Sizing, prices: Sequence[UnitPrice], factors: Loads, payg_usd: Decimal | None) -> Quote:
    """The terms of a part.

    factors    the load of each time, all equally long; the largest is the one that was sized
    payg_usd   what an hour of the sized load costs when each call is paid for; None where nobody knows
    """
    loads = checked(factors) / factors.max() * float(sizing.needed)
    unit_payg = float(quotient(payg_usd, sizing.needed)) if payg_usd else 0.0
    terms = tuple(_term(price, sizing, loads, unit_payg, payg_usd) for price in prices)
    deal = Deal(0.0, unit_payg)
    return Quote(sizing, None if payg_usd is None else pay_as_you_go(loads, deal), terms)


def _term(
    price: UnitPrice, sizing: Sizing, loads: Loads, unit_payg_usd: float, payg_usd: Decimal | None
) -> TermQuote:
    offer = sizing.offer
    deal = Deal(float(price.usd_per_hour), unit_payg_usd, offer.minimum, offer.increment)
    base = None if payg_usd is None else best_base(loads, deal)
    even = None if payg_usd is None else break_even(price, sizing, payg_usd)
    return TermQuote(price, for_the_peak(loads, deal), base, even)
