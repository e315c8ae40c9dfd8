"""Amounts that are not known exactly: their P10 to P90, printed with no more digits than that allows."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from kplan.amounts import money, per_1000, share
from kplan.money import exact, plain, rounded

_TWO_DIGITS_BELOW = Decimal("3.55")
_ONE_DIGIT_FROM = Decimal(5)
"""An amount that begins with this or more is moved by a tenth at most when one digit of it is printed."""
_UNITS = ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(1000), "k"))
_SHORT_FROM = Decimal(10)
"""A step of tens or more is printed short: `$12.3k`, so that no 0 looks like a digit that is known."""


class Interval(Struct, frozen=True):
    """The 10th, 50th and 90th percentile of an amount over the draws of what is uncertain."""

    p10: Decimal
    p50: Decimal
    p90: Decimal

    @property
    def width(self) -> Decimal:
        """P90 - P10; 0 for an amount that nothing uncertain moves."""
        with exact():
            return self.p90 - self.p10


def step(width: Decimal) -> Decimal:
    """The last place that an amount is printed to, from the width of its range P10 to P90 (above 0).

    GUM (JCGM 100:2008) 7.2.6: an uncertainty has at most two significant digits, and the estimate is
    rounded to be consistent with it. Whether one or two: two where its leading digits are 100 to 354, one
    from 355 to 949, and 950 to 999 count as 1000 with two (Particle Data Group, Review of Particle
    Physics, Introduction, Rounding). The uncertainty is the width that is printed beside the amount.
    """
    with exact():
        leading = width.scaleb(-width.adjusted())
        return Decimal(1).scaleb(width.adjusted() - (leading < _TWO_DIGITS_BELOW))


def within(usd: Decimal, interval: Interval | None, printed: Callable[[Decimal], str] = money) -> str:
    """An amount with its range, `$12k ($9k–$16k)`; as it is printed otherwise where nothing moves it."""
    if interval is None or not interval.width:
        return printed(usd)
    value, low, high = _amounts(usd, interval, printed)
    return f"{value} ({span(low, high)})"


def allowed(usd: Decimal, interval: Interval | None, printed: Callable[[Decimal], str] = money) -> str:
    """An amount with the digits that its range allows, without the range: `$12k`."""
    return printed(usd) if interval is None or not interval.width else _amounts(usd, interval, printed)[0]


def per_1000_within(usd_per_query: Decimal, interval: Interval | None) -> str:
    """The cost of a thousand queries with its range: `$35 ($30–$41)`."""
    return within(*_thousandfold(usd_per_query, interval), _per_1000)


def per_1000_allowed(usd_per_query: Decimal, interval: Interval | None) -> str:
    """The cost of a thousand queries with the digits that its range allows."""
    return allowed(*_thousandfold(usd_per_query, interval), _per_1000)


def _thousandfold(usd: Decimal, interval: Interval | None) -> tuple[Decimal, Interval | None]:
    if interval is None:
        return usd.scaleb(3), None
    return usd.scaleb(3), Interval(*(each.scaleb(3) for each in (interval.p10, interval.p50, interval.p90)))


def _per_1000(usd: Decimal) -> str:
    return per_1000(usd.scaleb(-3))


def share_within(part: Decimal, interval: Interval | None) -> str:
    """A part of a whole with its range, in whole percent or coarser: `58% (52–63%)`."""
    if interval is None or not interval.width:
        return share(part)
    with exact():
        percents = [100 * each for each in (part, interval.p10, interval.p90)]
        last = max(Decimal(1), _step(percents[0], 100 * interval.width))
    value, low, high = (plain(_to(percent, last)) for percent in percents)
    return f"{value}% ({span(low, high)}%)"


def span(low: str, high: str) -> str:
    """Both ends of a range as printed; a word between them where a dash would meet a minus."""
    return f"{low} to {high}" if high.startswith("-") else f"{low}–{high}"


def _amounts(usd: Decimal, interval: Interval, printed: Callable[[Decimal], str]) -> list[str]:
    """The amount and both ends as `printed` shows them, cut to the step, all in one unit."""
    amounts = (usd, interval.p10, interval.p90)
    last = _step(usd, interval.width)
    size = abs(_to(usd, last)) or max(map(abs, amounts))
    unit, suffix = next((each for each in _UNITS if size >= each[0]), (Decimal(1), ""))
    if suffix and last >= _SHORT_FROM:
        return [_short(_to(each, last), unit, suffix, last) for each in amounts]
    return [min(_plain(_to(each, last), last), printed(each), key=len) for each in amounts]


def _step(value: Decimal, width: Decimal) -> Decimal:
    """The step of the width, but the amount itself moves by a tenth at most: 1 to 4 keep two digits."""
    if not value:
        return step(width)
    with exact():
        leading = abs(value).scaleb(-value.adjusted())
        return min(step(width), Decimal(1).scaleb(value.adjusted() - (leading < _ONE_DIGIT_FROM)))


def _to(amount: Decimal, last: Decimal) -> Decimal:
    return rounded(amount, -last.adjusted())


def _plain(amount: Decimal, last: Decimal) -> str:
    places = max(0, -last.adjusted())
    return f"{'-' if amount < 0 else ''}${rounded(abs(amount), places):,}" if amount else "$0"


def _short(amount: Decimal, unit: Decimal, suffix: str, last: Decimal) -> str:
    if not amount:
        return "$0"
    places = max(0, unit.adjusted() - last.adjusted())
    with exact():
        size = abs(amount).scaleb(-unit.adjusted())
    return f"{'-' if amount < 0 else ''}${rounded(size, places):,}{suffix}"
