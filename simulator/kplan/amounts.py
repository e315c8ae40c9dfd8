"""How amounts are printed: dollars, percents and counts, half up; only ever for people to read."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from kplan.money import ONE, ZERO, exact, plain, rounded

_SMALLEST_PLACES = 9
_MOST_DIGITS = 12
_MOST_DIGITS_USD = 15
_LARGEST = Decimal("1e15")


def added(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of what is printed on one line, or above a total; exact."""
    with exact():
        return sum(amounts, ZERO)


def money(usd: Decimal) -> str:
    """Whole dollars from $10 up, cents below, two digits below a dime: `$8,721`, `$4.15`, `$0.0042`."""
    return _dollars(usd, Decimal(10))


def per_1000(usd_per_query: Decimal) -> str:
    """The cost of a thousand queries, to the cent: `$34.89`; two digits below a dime."""
    with exact():
        return _dollars(usd_per_query * 1000, Decimal("1e6"))


def per_query(usd: Decimal) -> str:
    """The cost of one query to five decimals, so that costs stand under each other; tiny ones as money."""
    return f"${rounded(usd, 5):,}" if usd >= Decimal("0.0001") else money(usd)


def in_full(usd: Decimal, sign: str = "$") -> str:
    """Every digit as long as they are few, else a rounded amount that says so: `$0.003632`, `~$0.33`."""
    minus, size = ("-" if usd < 0 else ""), abs(usd)
    text = plain(size)
    if len(text) <= _MOST_DIGITS_USD:
        return f"{minus}{sign}{text}"
    return f"~{minus}{sign}{plain(rounded(size, max(2, 9 - size.adjusted())))}"


def _dollars(usd: Decimal, whole_from: Decimal) -> str:
    sign, size = ("-" if usd < 0 else ""), abs(usd)
    if not size:
        return "$0"
    if size >= _LARGEST:
        return f"{sign}${size:.2e}".replace("e+", "e")
    if size < Decimal("0.095"):
        places = 1 - size.adjusted()
        if places > _SMALLEST_PLACES:
            return f"{sign}<$0.{'1'.zfill(_SMALLEST_PLACES)}"
        return f"{sign}${plain(rounded(size, places))}"
    places = 0 if rounded(size, 2) >= whole_from else 2
    return f"{sign}${rounded(size, places):,}"


def change(saved_share: Decimal) -> str:
    """What a design costs more or less than another, from the share that it saves: `-58.0%`, `+100.0%`."""
    with exact():
        percent = rounded(-saved_share * 100, 1)
    return f"{percent:+,}%" if percent else "0.0%"


def share(part: Decimal) -> str:
    """A part of a whole in whole percent; 0% is nothing and 100% is all: `79%`, `<1%`, `>99%`."""
    return _percent(part, 0)


def chance(probability: Decimal) -> str:
    """A probability in percent, to a hundredth of a point where it is not whole: `8%`, `2.55%`."""
    return _percent(probability, 2)


def accuracy(probability: Decimal) -> str:
    """An accuracy in percent, to a tenth of a point where it is not whole: `91%`, `78.8%`."""
    return _percent(probability, 1)


def between(low: Decimal, high: Decimal) -> str:
    """Bounds of an accuracy, never printed narrower than they are: `78.7% to 85.7%`."""
    return f"{lower_bound(low)} to {upper_bound(high)}"


def lower_bound(accuracy: Decimal) -> str:
    """An accuracy in percent, rounded down to a tenth of a point."""
    return _bound(accuracy, ROUND_FLOOR)


def upper_bound(accuracy: Decimal) -> str:
    """An accuracy in percent, rounded up to a tenth of a point."""
    return _bound(accuracy, ROUND_CEILING)


def _bound(accuracy: Decimal, rounding: str) -> str:
    with exact():
        return f"{plain((accuracy * 1000).to_integral_value(rounding) / 10)}%"


def _percent(part: Decimal, places: int) -> str:
    least = Decimal(1).scaleb(-places)
    with exact():
        percent = rounded(part * 100, places)
        if part > 0 and not percent:
            return f"<{least}%"
        return f">{100 - least}%" if part < ONE and percent == 100 else f"{plain(percent)}%"


def quantity(units: Decimal) -> str:
    """A number of units, with all its digits as long as they are few: `10,500`, `908.8`, `~333.33`."""
    if units >= _LARGEST:
        return f"{units:.2e}".replace("e+", "e")
    text = plain(units)
    if len(text) <= _MOST_DIGITS:
        return f"{Decimal(text):,f}"
    return f"~{Decimal(plain(rounded(units, max(2, 1 - units.adjusted())))):,f}"


def visits(times: Decimal) -> str:
    """Executions for one query, in four digits: `1`, `0.6987`, `2.5`, `243`; never 0 for a few."""
    if not times or times.adjusted() >= 3:
        return quantity(rounded(times, 0))
    return plain(rounded(times, 3 - times.adjusted()))


def decimal(number: Decimal) -> str:
    """A number to eight decimals at most, for figures whose unit is left open: `0.08296`."""
    return plain(rounded(number, 8))


def round_quantity(units: Decimal) -> str:
    """A number of units, to the whole one: `412,000`."""
    return quantity(rounded(units, 0))


def percent_exact(part: Decimal) -> str:
    """A share as an exact decimal string in percent, for machines."""
    with exact():
        return plain(part * 100)


def duration(seconds: Decimal) -> str:
    """A time in three digits or so: `85 ms`, `1.24 s`, `12.4 s`, `3.5 min`, `26 h`; never 0 for a little."""
    ms = seconds * 1000
    if rounded(ms, 0) < 1000:
        return "<1 ms" if 0 < ms < Decimal("0.5") else f"{rounded(ms, 0)} ms"
    if rounded(seconds, 0) < 120:
        return f"{rounded(seconds, 2 if rounded(seconds, 2) < 10 else 1)} s"
    if seconds < 120 * 60:
        return f"{rounded(seconds / 60, 1)} min"
    return f"{rounded(seconds / 3600, 0):,} h"


def duration_in_full(seconds: Decimal) -> str:
    """A time with all its digits: `500 ms`, `2.25 s`."""
    with exact():
        return f"{plain(seconds * 1000)} ms" if seconds < 1 else f"{plain(seconds)} s"
