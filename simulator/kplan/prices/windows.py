"""Weekdays and hours in which a price holds, and how much of a traffic profile falls into them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kplan.errors import KplanError
from kplan.money import ONE, ZERO, exact, quotient

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS_OF_WEEK = 168
_MINUTES_OF_HOUR = 60
_MINUTES_OF_DAY = 24 * _MINUTES_OF_HOUR
_MINUTES_OF_WEEK = 7 * _MINUTES_OF_DAY
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Windows:
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

    def hours_of_week(self) -> tuple[Fraction, ...]:
        """The covered part of each UTC hour of the week, Monday 00 first, shape (168,), each [0..1].

        Planning takes every week in the zone's standard time; `covers` follows its daylight saving.
        """
        minutes = self._minutes_utc()
        return tuple(
            Fraction(sum(minutes[hour * _MINUTES_OF_HOUR : (hour + 1) * _MINUTES_OF_HOUR]), _MINUTES_OF_HOUR)
            for hour in range(HOURS_OF_WEEK)
        )

    def meets(self, other: Windows) -> bool:
        """Whether some minute of the week lies in both."""
        return any(a and b for a, b in zip(self._minutes_utc(), other._minutes_utc(), strict=True))

    def _minutes_utc(self) -> bytearray:
        shift = _standard_offset_minutes(self.zone)
        covered = bytearray(_MINUTES_OF_WEEK)
        for day in self.days:
            for start, end in self.spans:
                for minute in range(start, end):
                    covered[(day * _MINUTES_OF_DAY + minute - shift) % _MINUTES_OF_WEEK] = 1
        return covered


@dataclass(frozen=True, slots=True)
class HourProfile:
    """How traffic spreads over the UTC hours of a week."""

    weights: tuple[Decimal, ...]
    """Relative weight of each hour of the week, Monday 00 first, shape (168,); their sum is the whole."""

    @classmethod
    def uniform(cls) -> HourProfile:
        """Every hour alike."""
        return cls((ONE,) * HOURS_OF_WEEK)

    @classmethod
    def within(cls, windows: Windows, share: Decimal) -> HourProfile:
        """`share` [0..1] of the traffic falls evenly into the windows, the rest evenly outside."""
        inside = windows.hours_of_week()
        covered = sum(inside, Fraction(0))
        if not ZERO <= share <= ONE:
            raise KplanError(f"a share of {share} of the traffic; it must lie between 0 and 1")
        if (covered == 0 and share > 0) or (covered == HOURS_OF_WEEK and share < 1):
            raise KplanError(f"a share of {share} does not fit windows that cover {covered} of 168 hours")
        dense = Fraction(share) / covered if covered else Fraction(0)
        sparse = (1 - Fraction(share)) / (HOURS_OF_WEEK - covered) if covered < HOURS_OF_WEEK else Fraction(0)
        return cls(tuple(_decimal(part * dense + (1 - part) * sparse) for part in inside))


def share(windows: Windows, profile: HourProfile) -> Decimal:
    """The part of the profile's traffic that falls into the windows [0..1], to 60 digits."""
    parts = windows.hours_of_week()
    minutes = [int(part * _MINUTES_OF_HOUR) for part in parts]
    with exact():
        whole = sum(profile.weights, ZERO) * _MINUTES_OF_HOUR
        inside = sum((w * m for w, m in zip(profile.weights, minutes, strict=True)), ZERO)
    return quotient(inside, whole)


def _decimal(part: Fraction) -> Decimal:
    return quotient(Decimal(part.numerator), Decimal(part.denominator))


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


def _standard_offset_minutes(zone: tzinfo) -> int:
    winter = datetime(2026, 1, 1, tzinfo=zone)
    offset = (winter.utcoffset() or timedelta()) - (winter.dst() or timedelta())
    return round(offset.total_seconds() / 60)
