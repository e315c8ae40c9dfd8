"""The off-peak hours of LiteLLM as the windows of price rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from itertools import combinations
from zoneinfo import ZoneInfo

from kplan.errors import KplanError
from kplan.prices.windows import WEEKDAYS, Windows

_MINUTES_OF_DAY = 24 * 60
_WINTER, _SUMMER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)

Hours = tuple[str, str, str]
"""Weekdays, hours and time zone, as in a price row."""


def off_peak_hours(block: Mapping[str, object]) -> tuple[Hours, ...]:
    """The windows of an `off_peak_pricing` block: every-day hours, and hours of some weekdays.

    Its hours are UTC, its weekdays those of `weekday_timezone`; a row has one zone for both, so hours are
    moved into that of the weekdays. Raises KplanError for what cannot be said so.
    """
    found = []
    if block.get("hours_utc"):
        found.append(_hours({"hours_utc": block["hours_utc"]}, "UTC"))
    rules = block.get("windows") or []
    for rule in rules if isinstance(rules, list) else [rules]:
        if not isinstance(rule, Mapping):
            raise KplanError("its windows are no list of windows")
        found.append(_hours(rule, str(block.get("weekday_timezone") or "UTC")))
    if not found:
        raise KplanError("it says no hours")
    for one, two in combinations(found, 2):
        if Windows.parse(*one).meets(Windows.parse(*two)):
            raise KplanError("two of its windows overlap")
    return tuple(found)


def _hours(rule: Mapping[str, object], zone: str) -> Hours:
    weekdays = _weekdays(rule.get("weekdays"))
    zone = zone if weekdays else "UTC"
    said = rule.get("hours_utc")
    spans = [said] if isinstance(said, str) else said
    if not isinstance(spans, list) or not spans:
        raise KplanError("a window without hours_utc")
    hours = [_moved(str(span), _ahead(zone)) for span in spans]
    whole = (weekdays, "" if "" in hours else ",".join(hours), zone)
    if not (whole[0] or whole[1]):
        raise KplanError("a window that is always open")
    Windows.parse(*whole)
    return whole


def _weekdays(said: object) -> str:
    """`Mon,Tue`; "" for every day. LiteLLM counts Monday as 1, or names the days."""
    if said is None:
        return ""
    days = [
        WEEKDAYS[day - 1] if isinstance(day, int) and 1 <= day <= len(WEEKDAYS) else str(day)[:3].capitalize()
        for day in (said if isinstance(said, list) else [said])
    ]
    if not days or any(day not in WEEKDAYS for day in days):
        raise KplanError("weekdays that are none")
    every = sorted(set(days), key=WEEKDAYS.index)
    return "" if len(every) == len(WEEKDAYS) else ",".join(every)


def _ahead(zone: str) -> int:
    """Minutes by which the zone's clock is ahead of UTC, the whole year."""
    try:
        offsets = {moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in (_WINTER, _SUMMER)}
    except (KeyError, ValueError, OSError) as e:
        raise KplanError(f'no time zone "{zone}"') from e
    if len(offsets) > 1:
        raise KplanError(f"hours in UTC, but weekdays of {zone}, whose clock changes")
    return round((offsets.pop() or timedelta()) / timedelta(minutes=1))


def _moved(span: str, ahead: int) -> str:
    """Hours of UTC by a clock that is ahead; "" for the whole day, whose start is its end."""
    try:
        start, end = (
            datetime.strptime(part.strip(), "%H:%M").replace(tzinfo=UTC) for part in span.split("-")
        )
    except ValueError as e:
        raise KplanError(f'hours "{span}"') from e
    if start == end:
        return ""
    clock = timezone(timedelta(minutes=ahead))
    return "-".join(f"{moment.astimezone(clock):%H:%M}" for moment in (start, end))
