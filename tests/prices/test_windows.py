from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

from kplan.errors import KplanError
from kplan.prices.windows import HourProfile, Windows, clock_changes, share

WEEK = date(2026, 11, 16)


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


@pytest.mark.parametrize(
    ("tz", "winter", "summer"),
    [
        ("Europe/Berlin", "07:00-08:00", "06:00-07:00"),
        ("Australia/Sydney", "21:00-22:00", "22:00-23:00"),
        ("Asia/Kolkata", "02:30-03:30", "02:30-03:30"),
    ],
)
def test_daylight_saving_moves_the_instant_and_the_plan(tz: str, winter: str, summer: str) -> None:
    """08:00 to 09:00 there, by the UTC clock, in January and in July."""
    windows = Windows.parse(hours="08:00-09:00", tz=tz)
    for hours, month in ((winter, 1), (summer, 7)):
        utc = Windows.parse(hours=hours)
        assert windows.minutes_of_week(date(2027, month, 4)) == utc.minutes_of_week(date(2027, month, 4))
        hour, minute = int(hours[:2]), int(hours[3:5])
        assert windows.covers(datetime(2027, month, 4, hour, minute, tzinfo=UTC))
        assert not windows.covers(datetime(2027, month, 4, hour + 1, minute, tzinfo=UTC))


@pytest.mark.parametrize(
    ("tz", "changes"),
    [
        ("Europe/Berlin", [date(2027, 3, 28), date(2027, 10, 31)]),
        ("Australia/Sydney", [date(2027, 4, 4), date(2027, 10, 3)]),
        ("UTC", []),
    ],
)
def test_the_days_on_which_clocks_change(tz: str, changes: list[date]) -> None:
    zone = Windows.parse(tz=tz).zone
    assert clock_changes(zone, date(2027, 1, 1), date(2028, 1, 1)) == changes
    for day in changes:
        assert clock_changes(zone, day - timedelta(days=1), day + timedelta(days=1)) == [day]
        assert clock_changes(zone, day, day + timedelta(days=1)) == []
        assert clock_changes(zone, day - timedelta(days=1), day) == []


def test_the_new_clock_holds_from_the_day_it_changes() -> None:
    windows = Windows.parse(hours="08:00-09:00", tz="Europe/Berlin")
    before, after = (windows.minutes_of_week(date(2027, 3, day)) for day in (27, 28))
    assert before == Windows.parse(hours="07:00-08:00").minutes_of_week(WEEK)
    assert after == Windows.parse(hours="06:00-07:00").minutes_of_week(WEEK)


@pytest.mark.parametrize("tz", ["Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_week_of_the_plan_is_the_week_of_the_instants(tz: str) -> None:
    windows = Windows.parse("Mon,Thu", "22:15-01:30", tz)
    covered = windows.minutes_of_week(WEEK)
    for minute in range(0, 7 * 24 * 60, 15):
        assert windows.covers(at(0, 0) + timedelta(minutes=minute)) == bool(covered >> minute & 1)


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
    assert share(windows, HourProfile.uniform(), WEEK) == Fraction(7, 24)
    weekdays = Windows.parse("Mon-Fri", "01:00-04:00")
    assert share(weekdays, HourProfile.uniform(), WEEK) == Fraction(15, 168)


def test_a_profile_puts_its_share_into_its_hours() -> None:
    office = Windows.parse("Mon-Fri", "08:00-18:00")
    profile = HourProfile.within(office, Decimal("0.9"))
    assert share(office, profile, WEEK) == Fraction(9, 10)
    assert share(Windows.parse("Mon", "08:00-13:00"), profile, WEEK) == Fraction(9, 100)
    assert share(Windows.parse("Sat,Sun"), profile, WEEK) == Fraction(1, 10) * Fraction(48, 168 - 50)
    assert share(Windows.parse("Mon", "17:30-18:30"), profile, WEEK) == (
        Fraction(9, 10) * Fraction(1, 100) + Fraction(1, 10) * Fraction(1, 2 * (168 - 50))
    )


@pytest.mark.parametrize("month", [1, 7])
def test_traffic_and_prices_of_one_zone_move_together(month: int) -> None:
    office = Windows.parse("Mon-Fri", "09:00-17:00", "Europe/Berlin")
    assert share(office, HourProfile.within(office, Decimal("0.8")), date(2027, month, 4)) == Fraction(4, 5)


@pytest.mark.parametrize(("weekdays", "inside"), [("", "0.9"), ("Mon", "1.1"), ("Mon", "-0.1")])
def test_an_impossible_share_is_refused(weekdays: str, inside: str) -> None:
    with pytest.raises(KplanError, match="share"):
        HourProfile.within(Windows.parse(weekdays), Decimal(inside))


def test_all_traffic_may_fall_into_windows_that_are_the_whole_week() -> None:
    whole = HourProfile.within(Windows.parse(), Decimal(1))
    assert share(Windows.parse("Mon"), whole, WEEK) == Fraction(1, 7)


def test_windows_meet_when_they_have_a_minute_in_common() -> None:
    night = Windows.parse(hours="22:00-02:00")
    assert night.meets(Windows.parse("Sun", "01:59-05:00"))
    assert not night.meets(Windows.parse("Sun", "02:00-05:00"))
    assert Windows.parse("Mon", "00:00-01:00", "Asia/Shanghai").meets(Windows.parse("Sun", "16:30-17:00"))
