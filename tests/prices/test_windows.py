from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

from kplan.errors import KplanError
from kplan.money import quotient, rounded
from kplan.prices.windows import HourProfile, Windows, share

SATURDAY = datetime(2026, 11, 21, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of the week that begins on Monday, 2026-11-16."""
    return datetime(2026, 11, 16 + day, hour, minute, tzinfo=UTC)


def test_hours_are_half_open() -> None:
    windows = Windows.parse(hours="01:00-04:00")
    inside = [at(0, 0, 59), at(0, 1), at(0, 3, 59), at(0, 4)]
    assert [windows.covers(instant) for instant in inside] == [False, True, True, False]


def test_hours_may_cross_midnight_and_end_with_the_day() -> None:
    windows = Windows.parse(hours="22:00-06:00")
    assert windows == Windows.parse(hours="22:00-24:00,00:00-06:00")
    assert windows.covers(at(2, 23, 59))
    assert windows.covers(at(2, 0))
    assert not windows.covers(at(2, 6))
    assert Windows.parse(hours="22:00-00:00") == Windows.parse(hours="22:00-24:00")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Mon-Fri", {0, 1, 2, 3, 4}),
        ("Sat,Sun", {5, 6}),
        ("Sat-Mon", {5, 6, 0}),
        ("wed", {2}),
        ("", set(range(7))),
    ],
)
def test_weekdays(text: str, days: set[int]) -> None:
    assert Windows.parse(text).days == days


def test_an_instant_is_read_in_the_windows_zone() -> None:
    windows = Windows.parse("Mon-Fri", "09:00-17:00", "Asia/Shanghai")
    assert windows.covers(at(0, 1))
    assert windows.covers(datetime(2026, 11, 16, 9, tzinfo=timezone(timedelta(hours=8))))
    assert not windows.covers(at(0, 9))


def test_daylight_saving_moves_the_instant_but_not_the_plan() -> None:
    windows = Windows.parse(hours="08:00-09:00", tz="Europe/Berlin")
    assert windows.covers(datetime(2026, 7, 1, 6, 30, tzinfo=UTC))
    assert windows.covers(datetime(2026, 12, 1, 7, 30, tzinfo=UTC))
    assert [hour for hour, part in enumerate(windows.hours_of_week()[:24]) if part] == [7]


def test_half_hours_of_a_zone_split_utc_hours() -> None:
    parts = Windows.parse("Mon", "09:00-10:00", "Asia/Kolkata").hours_of_week()
    assert {hour: part for hour, part in enumerate(parts) if part} == {3: Fraction(1, 2), 4: Fraction(1, 2)}


@pytest.mark.parametrize(
    ("weekdays", "hours", "tz", "message"),
    [
        ("Mon-Fry", "", "UTC", 'weekdays "Mon-Fry"; write Mon-Fri'),
        ("", "1-4", "UTC", 'hours "1-4"; write 01:00-04:00'),
        ("", "25:00-26:00", "UTC", "hours"),
        ("", "01:60-02:00", "UTC", "hours"),
        ("", "03:00-03:00", "UTC", "hours"),
        ("", "", "Berlin", 'no time zone "Berlin"'),
        ("", "", "../etc/passwd", "no time zone"),
    ],
)
def test_what_is_no_window_is_refused(weekdays: str, hours: str, tz: str, message: str) -> None:
    with pytest.raises(KplanError, match=message):
        Windows.parse(weekdays, hours, tz)


def test_the_uniform_share_is_the_part_of_the_week() -> None:
    windows = Windows.parse(hours="01:00-04:00,06:00-10:00")
    assert share(windows, HourProfile.uniform()) == quotient(Decimal(7), Decimal(24))
    weekdays = Windows.parse("Mon-Fri", "01:00-04:00")
    assert share(weekdays, HourProfile.uniform()) == quotient(Decimal(15), Decimal(168))


def test_a_profile_puts_its_share_into_its_hours() -> None:
    office = Windows.parse("Mon-Fri", "08:00-18:00")
    profile = HourProfile.within(office, Decimal("0.9"))
    assert share(office, profile) == Decimal("0.9")
    assert rounded(share(Windows.parse("Mon", "08:00-13:00"), profile), 50) == Decimal("0.09")
    assert share(Windows.parse("Sat,Sun"), profile) < Decimal("0.05")


@pytest.mark.parametrize(("weekdays", "inside"), [("", "0.9"), ("Mon", "1.1"), ("Mon", "-0.1")])
def test_an_impossible_share_is_refused(weekdays: str, inside: str) -> None:
    with pytest.raises(KplanError, match="share"):
        HourProfile.within(Windows.parse(weekdays), Decimal(inside))


def test_all_traffic_may_fall_into_windows_that_are_the_whole_week() -> None:
    assert share(Windows.parse("Mon"), HourProfile.within(Windows.parse(), Decimal(1))) == quotient(
        Decimal(1), Decimal(7)
    )


def test_windows_meet_when_they_have_a_minute_in_common() -> None:
    night = Windows.parse(hours="22:00-02:00")
    assert night.meets(Windows.parse("Sun", "01:59-05:00"))
    assert not night.meets(Windows.parse("Sun", "02:00-05:00"))
    assert Windows.parse("Mon", "00:00-01:00", "Asia/Shanghai").meets(Windows.parse("Sun", "16:30-17:00"))
