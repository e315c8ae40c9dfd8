"""Instants as codes: calls of one slot meet the same prices, whatever the model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import gcd

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.engine.columns.given import Instants
from kplan.prices.windows import MINUTES_OF_WEEK, Windows

_MINUTES_OF_DAY = MINUTES_OF_WEEK // 7
_CLOCK_STEP = 15
"""Zones' clocks differ by quarters of an hour, and change at them, since 1972 (IANA time zone database)."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_WEEKDAY = _EPOCH.weekday()
_ROOM = 2**62

Codes = NDArray[np.intp]


class Slots(Struct, frozen=True, eq=False):
    """A table over ticks of time (days, or minutes where prices have hours): the slot of each."""

    at: Instants
    starts: tuple[datetime, ...]
    """The first instant of each slot in the span of the calls."""
    _ticks_per_day: int
    _first_tick: int
    _of_tick: Codes

    @classmethod
    def of(cls, at: Instants, days: Collection[date], windows: Sequence[Windows], stride: int) -> Slots:
        """The slots between the first and the last instant; codes count in strides.

        days      on which a price or a life begins or ends
        windows   hours that prices have
        """
        if at.values is None:
            return cls(at, (at.first,), 1, 0, np.zeros(1, np.intp))
        minutes = _tick_minutes(windows)
        span = np.arange((at.first - _EPOCH).days, (at.last - _EPOCH).days + 1)
        turns = sorted((day - _EPOCH.date()).days for day in days)
        keys = np.repeat(np.searchsorted(turns, span, side="right"), _MINUTES_OF_DAY // minutes)
        for each in windows:
            keys = 2 * (keys if keys.max() < _ROOM else np.unique(keys, return_inverse=True)[1])
            keys += _covered(each, span, minutes).ravel()
        first_ticks, of_tick = _coded(keys)
        first = _EPOCH + timedelta(days=int(span[0]))
        starts = tuple(first + timedelta(minutes=int(tick) * minutes) for tick in first_ticks)
        per_day = _MINUTES_OF_DAY // minutes
        return cls(at, starts, per_day, int(span[0]) * per_day, of_tick * stride)

    def codes(self, calls: slice, ticks: NDArray[np.int64], out: Codes) -> None:
        """Write the slot of each call; `ticks` is room for as many."""
        if self.at.values is None or len(self.starts) == 1:
            out[:] = 0
            return
        values = self.at.values[calls]
        if self.at.units_per_day >= self._ticks_per_day:
            np.floor_divide(values, self.at.units_per_day // self._ticks_per_day, out=ticks)
        else:
            np.multiply(values, self._ticks_per_day // self.at.units_per_day, out=ticks)
        ticks -= self._first_tick
        np.take(self._of_tick, ticks, mode="wrap", out=out)


def _tick_minutes(windows: Sequence[Windows]) -> int:
    """The longest tick in which no window opens or closes."""
    if not windows:
        return _MINUTES_OF_DAY
    return gcd(_CLOCK_STEP, *(minute for each in windows for span in each.spans for minute in span))


def _coded(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], Codes]:
    """The first place of each different key, and every key's code; sorts runs, not ticks."""
    starts = np.concatenate(([0], np.flatnonzero(keys[1:] != keys[:-1]) + 1))
    _, first_runs, of_run = np.unique(keys[starts], return_index=True, return_inverse=True)
    lengths = np.diff(np.append(starts, len(keys)))
    return starts[first_runs], np.repeat(of_run.astype(np.intp), lengths)


def _covered(windows: Windows, days: NDArray[np.int64], minutes: int) -> NDArray[np.bool_]:
    """Whether each tick of the days lies in the windows, shape (days, ticks a day)."""
    midnights = [_EPOCH + timedelta(days=int(day)) for day in (*days, days[-1] + 1)]
    ahead = [(instant.astimezone(windows.zone).utcoffset() or timedelta()) for instant in midnights]
    weeks = {clock: _week(windows, clock, minutes) for clock in set(ahead)}
    covered = np.empty((len(days), _MINUTES_OF_DAY // minutes), np.bool_)
    for clock, week in weeks.items():
        here = np.array([each == clock for each in ahead[:-1]])
        covered[here] = week[(days[here] + _EPOCH_WEEKDAY) % 7]
    for place, (before, after) in enumerate(pairwise(ahead)):
        if before != after:
            ticks = range(0, _MINUTES_OF_DAY, minutes)
            covered[place] = [windows.covers(midnights[place] + timedelta(minutes=tick)) for tick in ticks]
    return covered


def _week(windows: Windows, clock: timedelta, minutes: int) -> NDArray[np.bool_]:
    """Whether each tick of a UTC week from Monday lies in the windows, shape (7, ticks a day)."""
    bits = windows.week_of_clock(round(clock / timedelta(minutes=1)))
    packed = np.frombuffer(bits.to_bytes(MINUTES_OF_WEEK // 8, "little"), np.uint8)
    return np.unpackbits(packed, bitorder="little").view(np.bool_).reshape(7, -1)[:, ::minutes]
