"""Weekdays and hours in which a price holds, and how much of a traffic profile falls into them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from operator import or_
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from kplan.errors import KplanError
from kplan.money import ONE, ZERO

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MINUTES_OF_HOUR = 60
_MINUTES_OF_DAY = 24 * _MINUTES_OF_HOUR
MINUTES_OF_WEEK = 7 * _MINUTES_OF_DAY
WHOLE_WEEK = (1 << MINUTES_OF_WEEK) - 1
"""A bit for each minute."""
SEASONS = (date(2026, 1, 1), date(2026, 7, 1))
"""A day of winter and one of summer: daylight saving has two clocks a year."""
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")


class Windows(Struct, frozen=True):
    """A part of the week, in one time zone."""

    days: frozenset[int]
    """Weekdays of the instant itself, Monday is 0."""
    spans: tuple[tuple[int, int], ...]
    """Minutes of the day, half-open, each start below its end."""
    zone: tzinfo

    @classmethod
    def parse(cls, weekdays: str = "", hours: str = "", tz: str = "UTC") -> Windows:
        """From the columns of a price row; raises KplanError that says what is allowed."""
        return cls(_days(weekdays), _spans(hours), _zone(tz))

    def covers(self, instant: datetime) -> bool:
        """Whether the instant, which must know its offset, lies in the windows."""
        local = instant.astimezone(self.zone)
        minute = local.hour * _MINUTES_OF_HOUR + local.minute
        return local.weekday() in self.days and any(start <= minute < end for start, end in self.spans)

    def minutes_of_week(self, day: date) -> int:
        """The UTC week from Monday 00:00, a bit for each covered minute, with the zone's clock on the day.

        The day on which clocks change counts as the first of the new time.
        """
        return self.week_of_clock(round(_offset(self.zone, day) / timedelta(minutes=1)))

    def week_of_clock(self, ahead: int) -> int:
        """The UTC week from Monday 00:00, a bit for each covered minute; the clock is ahead [minutes]."""
        of_day = reduce(or_, ((1 << end) - (1 << start) for start, end in self.spans))
        local = reduce(or_, (of_day << weekday * _MINUTES_OF_DAY for weekday in self.days))
        ahead %= MINUTES_OF_WEEK
        return (local >> ahead) | (local << (MINUTES_OF_WEEK - ahead)) & WHOLE_WEEK

    def meets(self, other: Windows) -> bool:
        """Whether some minute of the week lies in both, be it in winter or in summer."""
        return any(self.minutes_of_week(day) & other.minutes_of_week(day) for day in SEASONS)


class HourProfile(Struct, frozen=True):
    """How traffic spreads over the week: a share of it evenly over some windows, the rest evenly outside."""

    windows: Windows
    share: Decimal
    """Part of the traffic in the windows [0..1]."""

    @classmethod
    def uniform(cls) -> HourProfile:
        """Every hour alike."""
        return cls(Windows.parse(), ONE)

    @classmethod
    def within(cls, windows: Windows, share: Decimal) -> HourProfile:
        """`share` [0..1] of the traffic in the windows; raises KplanError for a share that cannot be."""
        if not ZERO <= share <= ONE:
            raise KplanError(f"a share of {share} of the traffic; it must lie between 0 and 1")
        if share < ONE and windows.minutes_of_week(SEASONS[0]) == WHOLE_WEEK:
            raise KplanError(f"a share of {share} does not fit windows that cover 168 of 168 hours")
        return cls(windows, share)


def share(windows: Windows, profile: HourProfile, day: date) -> Fraction:
    """The part of the profile's traffic that falls into the windows [0..1], with the clocks of the day."""
    priced, busy = windows.minutes_of_week(day), profile.windows.minutes_of_week(day)
    n_busy = busy.bit_count()
    inside = Fraction((priced & busy).bit_count(), n_busy)
    outside = Fraction((priced & ~busy).bit_count(), MINUTES_OF_WEEK - n_busy or 1)
    return Fraction(profile.share) * inside + (1 - Fraction(profile.share)) * outside


def clock_changes(zone: tzinfo, start: date, end: date) -> list[date]:
    """The days strictly between start and end from which on the zone's clock is another."""
    days = [start + timedelta(days=n) for n in range((end - start).days)]
    return [after for before, after in pairwise(days) if _offset(zone, before) != _offset(zone, after)]


def _days(text: str) -> frozenset[int]:
    if not text.strip():
        return frozenset(range(len(WEEKDAYS)))
    return frozenset(day for part in text.split(",") for day in _day_range(part.strip()))


def _day_range(part: str) -> Sequence[int]:
    ends = [end.strip().capitalize() for end in part.split("-")]
    if len(ends) > 2 or any(end not in WEEKDAYS for end in ends):
        raise KplanError(f'weekdays "{part}"; write Mon-Fri or Sat,Sun')
    first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _spans(text: str) -> tuple[tuple[int, int], ...]:
    if not text.strip():
        return ((0, _MINUTES_OF_DAY),)
    return tuple(sorted(span for part in text.split(",") for span in _hour_spans(part.strip())))


def _hour_spans(part: str) -> list[tuple[int, int]]:
    found = _HOURS.fullmatch(part)
    start, end = (_minute(found[1], found[2]), _minute(found[3], found[4])) if found else (-1, -1)
    if not (0 <= start < _MINUTES_OF_DAY and 0 <= end <= _MINUTES_OF_DAY and start != end):
        raise KplanError(f'hours "{part}"; write 01:00-04:00 (24:00 is the end of the day)')
    if start < end:
        return [(start, end)]
    return [(start, _MINUTES_OF_DAY)] + ([(0, end)] if end else [])


def _minute(hour: str, minute: str) -> int:
    return int(hour) * _MINUTES_OF_HOUR + int(minute) if int(minute) < _MINUTES_OF_HOUR else -1


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:
        raise KplanError(f'no time zone "{name}"; write UTC or Europe/Berlin') from e


def _offset(zone: tzinfo, day: date) -> timedelta:
    """How far the zone's clock is ahead of UTC at noon of the day."""
    return datetime.combine(day, time(12), zone).utcoffset() or timedelta()
