"""Which rates hold on which days of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from msgspec import Struct, field

from kplan.engine.calendar import Horizon
from kplan.errors import KplanError
from kplan.money import ZERO, exact
from kplan.prices.book import Book
from kplan.prices.models import ModelRow
from kplan.prices.rates import MeterRates, Rates
from kplan.prices.windows import HourProfile

REQUEST = "request"
"""The meter that a call uses without saying so, where its model bills per request."""


class RateKey(Struct, frozen=True):
    """What selects a model's rates, besides the day."""

    model: ModelRow
    mode: str
    region: str


class RateChange(Struct, frozen=True):
    """Rates of one meter before and after a day."""

    on: date
    key: RateKey
    meter: str
    old: MeterRates | None
    """None where the meter was not billed before: only a fee per request comes and goes."""
    new: MeterRates | None


class Timeline(Struct):
    """The book as one plan sees it.

    freeze     hold the prices of this day over the whole horizon
    known_on   use only rows recorded by then
    """

    book: Book
    plan: Horizon
    profile: HourProfile
    freeze: date | None = None
    known_on: date | None = None
    _rates: dict[tuple[RateKey, date], Rates] = field(default_factory=dict)

    def rates(self, key: RateKey, day: date) -> Rates:
        """Rates that the plan takes on a day. Raises KplanError where a model has none."""
        return self._in_force(key, self.freeze or day)

    def _in_force(self, key: RateKey, day: date) -> Rates:
        found = self._rates.get((key, day))
        if found is None:
            found = self.book.rates_on(
                key.model, day, key.mode, key.region, self.profile, known_on=self.known_on
            )
            self._rates[key, day] = found
        return found

    def changes(self, key: RateKey, meters: Iterable[str]) -> list[RateChange]:
        """Where the book changes the rates of these meters within the horizon, whether applied or not."""
        days = self.book.changes(
            key.model, self.plan.starts_on, self.plan.ends_on, self.profile, known_on=self.known_on
        )
        found = []
        before = self.plan.starts_on
        for day in days:
            for meter in meters:
                old, new = self._meter(key, before, meter), self._meter(key, day, meter)
                if steps(old) != steps(new):
                    found.append(RateChange(day, key, meter, old, new))
            before = day
        return found

    def bills_requests(self, key: RateKey) -> bool:
        """Whether the model bills per request, now or ever."""
        return any(row.meter == REQUEST for row in self.book.rows(key.model))

    def _meter(self, key: RateKey, day: date, meter: str) -> MeterRates | None:
        rates = self._in_force(key, day)
        if meter == REQUEST and not rates.has(meter):
            return None
        try:
            return rates.tiers(meter)
        except KplanError as error:
            raise KplanError(f"{error} (on {day})") from error


class Step(Struct, frozen=True):
    """What requests above a size cost: each price with its part of the hours, dearest first."""

    over_input_tokens: int
    prices: tuple[tuple[Decimal, Decimal], ...]
    is_marginal: bool = False
    """Whether only what lies above is billed at these prices."""


def steps(rates: MeterRates | None) -> tuple[Step, ...]:
    """What a meter's rates come to, whichever rows say so; a step at the price of the one below is none."""
    found: list[Step] = []
    for tier in rates.tiers if rates else ():
        weights: dict[Decimal, Decimal] = {}
        for weighted in tier.rows:
            usd = weighted.row.usd_per_unit
            with exact():
                weights[usd] = weights.get(usd, ZERO) + weighted.weight
        prices = tuple(sorted(weights.items(), reverse=True))
        if not found or found[-1].prices != prices:
            is_marginal = bool(found and rates and rates.is_marginal)
            found.append(Step(tier.over_input_tokens, prices, is_marginal))
    return tuple(found)
