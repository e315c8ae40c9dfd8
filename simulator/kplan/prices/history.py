"""The prices of one model over time: when they change, and what holds in between."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction

from msgspec import Struct, field

from kplan.errors import KplanError
from kplan.prices.layers import in_force
from kplan.prices.models import ModelRow
from kplan.prices.rates import Rates, resolve
from kplan.prices.rows import PriceRow
from kplan.prices.windows import HourProfile, Windows, clock_changes, share


class History:
    """The rows of one model; the days between two changes are one period."""

    def __init__(self, model: ModelRow, rows: Sequence[PriceRow]) -> None:
        self.rows = tuple(rows)
        """Cancelled ones too."""
        self._model = model
        self._holding = in_force(rows)
        self._days = sorted({day for row in self._holding for day in (row.valid_from, row.valid_to) if day})
        self._periods: dict[int, Period] = {}

    @property
    def days(self) -> tuple[date, ...]:
        """Every day on which a price begins or ends, in order."""
        return tuple(self._days)

    @property
    def windows(self) -> frozenset[Windows]:
        """The different windows of its prices."""
        return frozenset(row.windows for row in self._holding if row.is_windowed)

    def changes(self, start: date, end: date, profile: HourProfile | None) -> tuple[date, ...]:
        """The days strictly between start and end on which prices, or the clocks of their hours, change."""
        windows = self.windows
        zones = {each.zone for each in (*windows, *([profile.windows] if profile and windows else []))}
        days = {day for zone in zones for day in clock_changes(zone, start, end)}
        return tuple(sorted(days.union(day for day in self._days if start < day < end)))

    def period(self, day: date, mode: str) -> Period:
        """What holds on the day; raises KplanError for a day without prices, or without any in the mode."""
        place = bisect_right(self._days, day)
        if place not in self._periods:
            rows = tuple(row for row in self._holding if row.holds_on(day))
            windows = dict.fromkeys(row.windows for row in rows if row.is_windowed)
            self._periods[place] = Period(self._model, rows, tuple(windows))
        period = self._periods[place]
        if not period.rows:
            raise KplanError(
                f"{self._model.ref} has no price in force on {day}{_nearest(self._holding, day)}"
            )
        later = [row for row in self._holding if row.mode == mode]
        if later and all(row.mode != mode for row in period.rows):
            raise KplanError(f"{self._model.ref} has no {mode} price in force on {day}{_nearest(later, day)}")
        return period


class Period(Struct, frozen=True):
    """The rows in force on the days between two changes."""

    model: ModelRow
    rows: tuple[PriceRow, ...]
    windows: tuple[Windows, ...]
    """The different windows of the rows."""
    _rates: dict[tuple[str, str, tuple[bool, ...]], Rates] = field(default_factory=dict)

    def rates_at(self, instant: datetime, mode: str, region: str) -> Rates:
        """The rates of one call; calls of the same hours share one object."""
        hours = tuple(windows.covers(instant) for windows in self.windows)
        found = self._rates.get((mode, region, hours))
        if found is None:
            found = resolve(self.model, self.rows, mode, region, lambda w: Fraction(w.covers(instant)))
            self._rates[mode, region, hours] = found
        return found

    def rates_on(self, day: date, mode: str, region: str, profile: HourProfile) -> Rates:
        """The rates of a day's calls, rows of some hours weighted by the profile."""
        return resolve(self.model, self.rows, mode, region, lambda windows: share(windows, profile, day))


def _nearest(rows: Sequence[PriceRow], day: date) -> str:
    """When the prices begin or end that are not in force on the day."""
    begins = min((row.valid_from for row in rows if row.valid_from and row.valid_from > day), default=None)
    ended = max((row.valid_to for row in rows if row.valid_to and row.valid_to <= day), default=None)
    if begins:
        return f"; its first one after that starts on {begins}"
    return f"; its last one ended on {ended}" if ended else ""
