"""Ranges as JSON values: every amount a decimal string of twelve digits at most."""

from __future__ import annotations

from decimal import Decimal

from kplan.engine.uncertainty.found import Driver, Ranges
from kplan.money import plain
from kplan.ranges import Interval

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]


def ranges_of(ranges: Ranges) -> dict[str, Value]:
    """The ranges of a design [currency]; `cheapest` and `over_budget` are parts of the draws [0..1]."""
    return {
        "per_query": _interval(ranges.per_query),
        "first_month": _interval(ranges.first_month),
        "total": _interval(ranges.total),
        "total_per_query": _interval(ranges.total_per_query),
        "saving": _interval(ranges.saving_usd),
        "saving_share": _interval(ranges.saving_share),
        "saving_vs_cheapest_single": _interval(ranges.saving_vs_single_usd),
        "cheapest": plain(ranges.cheapest),
        "over_budget": _exact(ranges.over_budget),
        "drivers": [_driver(driver) for driver in ranges.drivers],
    }


def _interval(interval: Interval | None) -> Value:
    if interval is None:
        return None
    return {"p10": plain(interval.p10), "p50": plain(interval.p50), "p90": plain(interval.p90)}


def _driver(driver: Driver) -> Value:
    return {
        "parameter": driver.parameter,
        "unit": driver.unit,
        "value": plain(driver.value),
        "p10": plain(driver.low),
        "p90": plain(driver.high),
        "total_at_p10": plain(driver.usd_at_low),
        "total_at_p90": plain(driver.usd_at_high),
        "rank_correlation": _exact(driver.rank_correlation),
        "cheapest_at_p10": driver.cheapest_at_low,
        "cheapest_at_p90": driver.cheapest_at_high,
    }


def _exact(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
