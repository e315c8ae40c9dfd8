"""Values as people write them: `$20_000/month`, `8_000/day`, `2026-11..2027-04`, dates, true and false."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from msgspec import Struct

from kplan.errors import KplanError
from kplan.form.numbers import clipped, number

FIRST_YEAR, LAST_YEAR = 2000, 2199
MAX_MONTHS = 600
"""Longest plan, 50 years."""

YearMonth = tuple[int, int]

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


class Months(Struct, frozen=True):
    """How long a plan runs, and from when if that is said."""

    count: int
    start: YearMonth | None = None


def usd_per_month(text: str) -> Decimal:
    """`$20_000/month`, `$20_000` or `20_000` [USD per month]."""
    amount, _, unit = text.strip().partition("/")
    if unit.strip() not in ("", "month"):
        raise KplanError(f"`{clipped(text)}`: per {clipped(unit.strip())}; an amount per month is expected")
    return usd(amount, f"`{clipped(text)}` is not an amount; write for example $20_000/month")


def usd(text: str, otherwise: str) -> Decimal:
    """`$3.00` or `3.00` [USD]; `otherwise` is the message for anything else."""
    body = text.strip().removeprefix("$")
    try:
        if "%" in body:
            raise KplanError(otherwise)
        return number(body)
    except KplanError as e:
        raise KplanError(otherwise if "is not a number" in str(e) else str(e)) from e


def per(text: str, unit: str) -> Decimal:
    """`250_000/month` or `250_000` for the unit `month` [1 per unit]."""
    allowed = f"write for example 250_000/{unit}"
    amount, _, said = text.strip().partition("/")
    if said.strip() not in ("", unit):
        raise KplanError(f"`{clipped(text)}`: per {clipped(said.strip())}; {allowed}")
    if "%" in amount or "$" in amount:
        raise KplanError(f"`{clipped(text)}` is not a number of queries; {allowed}")
    return number(amount)


def whole(text: str) -> int:
    """A whole number."""
    value = number(text)
    if "%" in text or value != value.to_integral_value():
        raise KplanError(f"`{clipped(text)}` is not a whole number")
    return int(value)


def months(text: str) -> Months:
    """`24`, or `2026-11..2027-04` with both months included."""
    first, dots, last = text.partition("..")
    if not dots:
        return Months(month_count(text))
    start, end = year_month(first), year_month(last)
    count = (end[0] - start[0]) * 12 + end[1] - start[1] + 1
    if count < 1:
        raise KplanError(f"`{clipped(text)}` ends before it begins")
    return Months(_bounded(count, text), start)


def month_count(text: str) -> int:
    """A number of months, 1 to 600."""
    try:
        count = whole(text)
    except KplanError as e:
        raise KplanError(f"`{clipped(text)}`; write 24, or 2026-11..2027-04") from e
    return _bounded(count, text)


def _bounded(count: int, text: str) -> int:
    if not 1 <= count <= MAX_MONTHS:
        raise KplanError(f"`{clipped(text)}`: a plan runs for 1 to {MAX_MONTHS} months")
    return count


def year_month(text: str) -> YearMonth:
    """`2026-12` as (2026, 12)."""
    match = _MONTH.fullmatch(text.strip())
    if not match or not 1 <= int(match[2]) <= 12 or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise KplanError(f"`{clipped(text)}` is not a month; write for example 2026-12")
    return int(match[1]), int(match[2])


def day(text: str) -> date:
    """`2026-10-15`."""
    match = _DATE.fullmatch(text.strip())
    try:
        if match and FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as e:
        raise KplanError(f"`{clipped(text)}`: {e}; write for example 2026-10-15") from e
    raise KplanError(f"`{clipped(text)}` is not a date; write for example 2026-10-15")
