"""What the designs of a plan ask of models, hour by hour and month by month, and what units for it cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from kplan.capacity.base_load import Loads
from kplan.capacity.demand import Askers, CallShape
from kplan.capacity.headroom import Array, rates_per_s
from kplan.capacity.offer_book import OfferBook, load_offers
from kplan.capacity.offers import HOURS, Offer, UnitPrice
from kplan.capacity.pattern import ASSUMED_WEEK, pattern
from kplan.capacity.provisioned import Shape, units_filled
from kplan.capacity.week import WEEKS, HourFactors
from kplan.engine.bought import WAITING
from kplan.engine.calendar import days_in, month_after
from kplan.engine.plan import Charge, Plan, PlannedDesign
from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.money import ZERO, exact, quotient
from kplan.prices.book import Book
from kplan.prices.meters import Disjoint
from kplan.scenario.model import Scenario
from kplan.scenario.names import meant

_PER_MINUTE = 60.0
_HOURS_OF_DAY = 24
_CALENDAR = {"month": Decimal(1), "year": Decimal(12)}
"""Prices that vendors bill by the month, whatever its days, with the months that they are for."""


def week_of(scenario: Scenario) -> tuple[HourFactors, str, float]:
    """The hours of the week that queries come in, where they are from, and the busiest minute over its hour.

    Where nothing is said of the traffic, those of `ASSUMED_WEEK`: an even week would flatter units.
    """
    if scenario.traffic is None and scenario.profile is None:
        return (
            WEEKS[ASSUMED_WEEK](),
            f"{ASSUMED_WEEK}, assumed; say yours: `traffic: {{week: office-hours}}`",
            1.0,
        )
    found = pattern(scenario)
    return found.week, found.week_source, found.peak_factor


def offers_of(scenario: Scenario) -> OfferBook:
    """Kplan's offers with the scenario's own over them."""
    files = scenario.offers.book if scenario.offers else ()
    return load_offers([scenario.file(("offers", "book"), name) for name in files])


@dataclass
class Market:
    """A plan with the offers that its designs could buy."""

    plan: Plan
    book: Book
    offers: OfferBook
    week: HourFactors
    week_source: str
    peak_factor: float
    rates_per_s: Array = field(init=False)
    """Mean queries in each month [1/s], shape (m,)."""

    def __post_init__(self) -> None:
        self._askers = Askers(self.plan, self.book)
        self._values = Decimals(self.plan.graph)
        self.rates_per_s = rates_per_s(self.plan)
        self.months = [date.fromisoformat(f"{month}-01") for month in self.plan.months]

    @classmethod
    def of(cls, plan: Plan, book: Book) -> Market:
        """Raises KplanError with what is wrong with offers and traffic."""
        return cls(plan, book, offers_of(plan.scenario), *week_of(plan.scenario))

    def day(self, month: int) -> date:
        """The day whose offers hold in a month: its first, or the one that prices are held at."""
        return self.plan.scenario.prices.freeze or self.months[month]

    def queries(self, month: int) -> Decimal:
        """Queries of a month."""
        return self._values[self.plan.month_queries[month]]

    def calls(self, design: PlannedDesign) -> dict[str, list[CallShape]]:
        """The calls that units can serve, by model: those that do not wait in batches."""
        found: dict[str, list[CallShape]] = {}
        for each in self._askers.shapes(design):
            if each.mode not in WAITING and any(each.usage.values()):
                found.setdefault(each.model.ref, []).append(each)
        return found

    def loads(self, offer: Offer, calls: Sequence[CallShape], month: int) -> Loads:
        """Units that the calls fill in the mean of each hour of the week of a month, shape (168,)."""
        filled = float(units_filled(offer, per_minute(calls, Decimal(1))))
        loads: Loads = filled * self.rates_per_s[month] * _PER_MINUTE * self.week
        return loads

    def payg_usd(self, design: PlannedDesign, model: str, meters: Iterable[str]) -> tuple[Decimal, ...]:
        """What the tokens of the calls that units can serve cost in each month when each is paid for."""
        counted = frozenset(meters)
        charges = [
            each
            for each in design.charges
            if each.model == model and each.mode not in WAITING and each.meter in counted
        ]
        with exact():
            per_query = [self._per_query(charges, n) for n in range(len(self.plan.epochs))]
            return tuple(
                sum(
                    (
                        self._values[period.queries] * per_query[period.epoch]
                        for period in self.plan.periods
                        if period.month == month
                    ),
                    ZERO,
                )
                for month in self.plan.months
            )

    def _per_query(self, charges: Iterable[Charge], epoch: int) -> Decimal:
        shares = self.plan.shares
        return sum(
            (
                self._values[each.cost] * self._values[shares[each.query_class]]
                for each in charges
                if each.epoch == epoch
            ),
            ZERO,
        )

    def unit_usd(self, offer: Offer, ref: str, term: str) -> tuple[Decimal, ...]:
        """What a unit costs in each month [USD]: what is priced by the hour by the hours of the month.

        Every day at the price in force on it; what is billed by the month at that of the month's first day.
        Raises KplanError for a term that there is not, and for a day without a price.
        """
        return tuple(self._unit_usd(offer, ref, term, n) for n in range(len(self.months)))

    def _unit_usd(self, offer: Offer, ref: str, term: str, month: int) -> Decimal:
        first, held = self.months[month], self.plan.scenario.prices.freeze
        price = self.price(offer, ref, term, self.day(month))
        if price.per in _CALENDAR:
            return quotient(price.usd, _CALENDAR[price.per])
        if held is not None:
            return _by_the_hour(price, timedelta(days=days_in(first)))
        cuts = sorted({first, *self._changes(first, month_after(first)), month_after(first)})
        with exact():
            parts = (
                _by_the_hour(self.price(offer, ref, term, since), until - since)
                for since, until in pairwise(cuts)
            )
            return sum(parts, ZERO)

    def _changes(self, first: date, end: date) -> set[date]:
        edges = (day for each in self.offers.prices() for day in (each.about.valid_from, each.about.valid_to))
        return {day for day in edges if day and first < day < end}

    def label(self, offer: Offer, ref: str, term: str) -> str:
        """What a purchase is called: `azure/gpt-5.2 global PTU, 1 month`."""
        named = self.price(offer, ref, term, self.day(0)).term
        return f"{' '.join(filter(None, (ref, offer.deployment, offer.unit)))}, {named}"

    def price(self, offer: Offer, ref: str, term: str, day: date) -> UnitPrice:
        """The price on a term; `month` stands for `1 month`."""
        found = {each.term: each for each in self.offers.prices_of(offer, ref, day)}
        price = found.get(term) or found.get(f"1 {term}")
        if price is None:
            raise KplanError(f"no term `{term}` of {offer.id} on {day}{meant(term, found)}")
        return price


def per_minute(calls: Iterable[CallShape], queries: Decimal) -> list[Shape]:
    """The calls of so many queries a minute."""
    with exact():
        return [Shape(each.per_query * queries, Disjoint(each.usage)) for each in calls]


def meters_of(offer: Offer, calls: Iterable[CallShape]) -> frozenset[str]:
    """The meters of the calls that the offer's units count, be it with a weight of 0."""
    used = {meter for each in calls for meter in each.usage}
    return frozenset(m for m in used if any(each.weighed_as(m) for each in offer.throughput))


def hours(month: date) -> int:
    """Hours of the month that begins on this day."""
    return days_in(month) * _HOURS_OF_DAY


def _by_the_hour(price: UnitPrice, span: timedelta) -> Decimal:
    with exact():
        whole = price.usd * span.days * _HOURS_OF_DAY
    return quotient(whole, HOURS[price.per])
