"""Which rates hold on which days of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from kplan.engine.calendar import Horizon
from kplan.errors import KplanError
from kplan.prices.book import Book
from kplan.prices.models import ModelRow
from kplan.prices.rates import MeterRates, Rates
from kplan.prices.windows import HourProfile


@dataclass(frozen=True, slots=True)
class RateKey:
    """What selects a model's rates, besides the day."""

    model: ModelRow
    mode: str
    region: str


@dataclass(frozen=True, slots=True)
class RateChange:
    """Rates of one meter before and after a day."""

    on: date
    key: RateKey
    meter: str
    old: MeterRates
    new: MeterRates


@dataclass
class Timeline:
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
        """Rates in force on a day of the plan. Raises KplanError where a model has none."""
        day = self.freeze or day
        found = self._rates.get((key, day))
        if found is None:
            found = self.book.rates_on(
                key.model, day, key.mode, key.region, self.profile, known_on=self.known_on
            )
            self._rates[key, day] = found
        return found

    def changes(self, key: RateKey, meters: Iterable[str]) -> list[RateChange]:
        """Where the rates of these meters differ from the day before, within the horizon."""
        if self.freeze is not None:
            return []
        days = self.book.changes(key.model, self.plan.starts_on, self.plan.ends_on, known_on=self.known_on)
        found = []
        before = self.plan.starts_on
        for day in days:
            for meter in meters:
                old, new = self._meter(key, before, meter), self._meter(key, day, meter)
                if amounts(old) != amounts(new):
                    found.append(RateChange(day, key, meter, old, new))
            before = day
        return found

    def _meter(self, key: RateKey, day: date, meter: str) -> MeterRates:
        try:
            return self.rates(key, day).tiers(meter)
        except KplanError as error:
            raise KplanError(f"{error} (on {day})") from error


def amounts(rates: MeterRates) -> list[object]:
    """What a meter's rates come to, whichever rows say so: compared to tell a change from a re-statement."""
    return [
        (tier.over_input_tokens, [(weighted.row.usd_per_unit, weighted.weight) for weighted in tier.rows])
        for tier in rates.tiers
    ]
