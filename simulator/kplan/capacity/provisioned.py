"""Units of provisioned throughput: how many a mix of calls needs and can buy, and what the calls cost else.

Sources: Microsoft, provisioned throughput sizing (normalised tokens a minute = calls x (uncached input +
ratio x output), over those that a unit takes, then the next increment, not below the minimum); Google,
calculate provisioned throughput (queries x sum of tokens x burn-down, over those of a GSU, rounded up).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import ROUND_CEILING, Decimal

from msgspec import Struct
from msgspec.structs import replace

from kplan.capacity.offers import Offer, Throughput, UnitPrice
from kplan.engine.call import CallPricer
from kplan.errors import KplanError
from kplan.money import ZERO, exact, quotient
from kplan.prices.book import Book
from kplan.prices.meters import Disjoint, is_input


class Shape(Struct, frozen=True):
    """Calls that are alike."""

    per_minute: Decimal
    usage: Disjoint
    """Tokens of each meter in a call."""

    @property
    def input_tokens(self) -> Decimal:
        """All of a call's input, cached or not."""
        with exact():
            return sum((count for meter, count in self.usage.items() if is_input(meter)), ZERO)


class Sizing(Struct, frozen=True):
    """How many units of an offer a load takes."""

    offer: Offer
    needed: Decimal
    """Units that the load fills, before anything is rounded."""
    units: int
    """The fewest that can be bought and take it."""

    @property
    def utilisation(self) -> Decimal:
        """The share of the units that the load fills; 0 where there is none."""
        return quotient(self.needed, Decimal(self.units or 1))


def sizes(offers: Sequence[Offer], shapes: Sequence[Shape]) -> tuple[Sizing, ...]:
    """The units of each part of an offer that take all shapes at once.

    Raises KplanError for an offer whose units take nobody knows how much, and for tokens that no part counts.
    """
    for offer in offers:
        if not offer.throughput:
            raise KplanError(
                f"what a {offer.unit} of {offer.id} takes is not published; say it, in tokens a minute: "
                "--takes input=20_000,output=4_000"
            )
    for meter in {meter for shape in shapes for meter, count in shape.usage.items() if count}:
        if not any(each.weighed_as(meter) for offer in offers for each in offer.throughput):
            raise KplanError(f"{offers[0].id} says nothing of {meter}; what does a token of it count?")
    return tuple(_sizing(offer, units_filled(offer, shapes)) for offer in offers)


def units_filled(offer: Offer, shapes: Sequence[Shape]) -> Decimal:
    """The units that the shapes fill together, unrounded; of several kinds of load the largest."""
    return max(_filled(each, shapes) for each in offer.throughput)


def _filled(throughput: Throughput, shapes: Sequence[Shape]) -> Decimal:
    with exact():
        weighed = sum(
            (
                shape.per_minute * count * throughput.weight(meter, shape.input_tokens)
                for shape in shapes
                for meter, count in shape.usage.items()
            ),
            ZERO,
        )
        return quotient(weighed * throughput.per_s, throughput.amount * 60)


def _sizing(offer: Offer, needed: Decimal) -> Sizing:
    return Sizing(offer, needed, units_to_buy(needed, offer.minimum, offer.increment))


def units_to_buy(needed: Decimal, minimum: int, increment: int) -> int:
    """The next multiple of the increment, not below the minimum: max(min, ceil(needed / inc) inc); 0 of 0."""
    if not needed:
        return 0
    steps = quotient(needed, Decimal(increment)).to_integral_value(ROUND_CEILING)
    return max(minimum, int(steps) * increment)


def taking(offers: Sequence[Offer], takes: Mapping[str, Decimal]) -> tuple[Offer, ...]:
    """The offers with what the user says that a unit takes of each meter [tokens a minute]."""
    found = tuple(Throughput(amount, Decimal(60), {meter: Decimal(1)}) for meter, amount in takes.items())
    return tuple(replace(offer, throughput=found) for offer in offers)


def notes(offers: Sequence[Offer], shapes: Sequence[Shape]) -> tuple[str, ...]:
    """What was counted as something else for want of a weight of its own."""
    found: dict[str, None] = {}
    for offer in offers:
        for meter in (meter for shape in shapes for meter, count in shape.usage.items() if count):
            named = {each.weighed_as(meter) for each in offer.throughput} - {None, meter}
            found |= dict.fromkeys(
                f"{meter} counts as {name}: {offer.id} has no weight of its own" for name in named
            )
    return tuple(found)


def payg_usd_per_hour(
    offers: Sequence[Offer], shapes: Sequence[Shape], prices: Book, model: str, day: date
) -> tuple[Decimal, ...]:
    """What the shapes cost in an hour when each call is paid for [USD], the part of each offer.

    Raises KplanError where the model has no price on that day.
    """
    pricer, at = CallPricer(prices, allow_retired=True), datetime.combine(day, time(0), UTC)
    found = [ZERO] * len(offers)
    for shape in shapes:
        for part in pricer.price(model, shape.usage, at).components:
            place = next((n for n, offer in enumerate(offers) if _counts(offer, part.meter)), 0)
            with exact():
                found[place] += part.cost_usd * shape.per_minute * 60
    return tuple(found)


def _counts(offer: Offer, meter: str) -> bool:
    return any(each.weighed_as(meter) for each in offer.throughput)


def break_even(price: UnitPrice, sizing: Sizing, payg_usd: Decimal) -> Decimal | None:
    """The utilisation from which a unit costs less than the calls in it; None where calls cost nothing.

    Unit price [USD/h] over the price of the calls that fill a unit for an hour; above 1 it never pays.
    payg_usd   what the load of the sizing costs in an hour when each call is paid for
    """
    if not payg_usd or not sizing.needed:
        return None
    return quotient(price.usd_per_hour * sizing.needed, payg_usd)
