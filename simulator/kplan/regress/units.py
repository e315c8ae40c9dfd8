"""Units of metrics: which bounds they take, and how their values are said."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from kplan import amounts
from kplan.errors import KplanError
from kplan.form.numbers import clipped
from kplan.money import ONE, counted
from kplan.scenario.bounds import DAYS, PERCENT, PLAIN, SECONDS, USD, Bound


class Unit(StrEnum):
    """What a metric counts."""

    USD = "USD"
    USD_PER_QUERY = "USD per query"
    USD_PER_MONTH = "USD per month"
    SHARE = "share"
    MONTHS = "months"
    DAYS = "days"
    SECONDS = "seconds"


_TAKES = {
    Unit.USD: ("an amount such as $9_000", (USD, PLAIN), ""),
    Unit.USD_PER_QUERY: ("an amount such as $0.04", (USD, PLAIN), "query"),
    Unit.USD_PER_MONTH: ("an amount such as $9_000", (USD, PLAIN), "month"),
    Unit.SHARE: ("a share such as 30%", (PERCENT, PLAIN), ""),
    Unit.MONTHS: ("a number of months such as 0", (PLAIN,), ""),
    Unit.SECONDS: ("a time such as 500ms or 2s", (SECONDS, PLAIN), ""),
    Unit.DAYS: ("a number of days such as 90d", (DAYS, PLAIN), ""),
}
"""What a bound is asked to be, in which units it may be written, and per what."""

_MONEY = (Unit.USD, Unit.USD_PER_QUERY, Unit.USD_PER_MONTH)
_COUNTED = (Unit.MONTHS, Unit.DAYS)


def stated(bound: Bound, unit: Unit) -> Decimal:
    """The value of a bound in a metric's unit; raises KplanError where it is written in another."""
    expected, units, per = _TAKES[unit]
    if bound.unit not in units or bound.per not in ("", per):
        raise KplanError(f"`{clipped(bound.text)}` is no bound for this metric; {expected} is expected")
    if unit is Unit.SHARE and bound.unit == PLAIN and abs(bound.value) > ONE:
        as_percent = f"{amounts.percent_exact(bound.value)}%"
        raise KplanError(f"`{clipped(bound.text)}` would be {as_percent}; write a share with its % sign")
    if unit is not Unit.SHARE and bound.value < 0:
        raise KplanError(f"`{clipped(bound.text)}` is below 0, where no {unit} ever is")
    return bound.value


def stated_increase(bound: Bound, unit: Unit) -> Decimal:
    """An amount that a metric may rise by [its unit]; raises KplanError where it is no metric of money."""
    if unit not in _MONEY:
        raise KplanError(f"`{clipped(bound.text)}`: the metric is no amount of money; say `pct` alone")
    return stated(bound, unit)


def said(value: Decimal, unit: Unit) -> str:
    """A value of a metric, for people to read: `$8,721`, `$0.03489`, `79%`, `4 months`."""
    if unit is Unit.USD_PER_QUERY:
        return amounts.per_query(value)
    if unit is Unit.SHARE:
        return amounts.chance(value)
    if unit is Unit.SECONDS:
        return amounts.duration(value) if value.is_finite() else "unstable"
    if unit in _COUNTED:
        return f"{amounts.quantity(value)} {unit.value.removesuffix('s') if value == ONE else unit.value}"
    return amounts.money(value)


def said_in_full(bound: Decimal, unit: Unit) -> str:
    """A bound with all its digits, for people to read: `$9,000.5`, `82.5%`."""
    if unit is Unit.SHARE:
        return f"{amounts.percent_exact(bound)}%"
    if unit is Unit.SECONDS:
        return amounts.duration_in_full(bound)
    return said(bound, unit) if unit in _COUNTED else f"${counted(bound)}"


def said_apart(difference: Decimal, unit: Unit) -> str:
    """How far two values lie apart [their unit]: `$279`, `4.5 points`; never nothing for a little."""
    if not difference.is_finite():
        return "without end"
    if unit is Unit.SHARE:
        return f"{amounts.chance(difference).removesuffix('%')} points"
    return said(difference, unit) if unit in (*_COUNTED, Unit.SECONDS) else amounts.money(difference)
