"""Figures of a profile as a scenario takes them, rounded to what people read."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from kplan.money import ZERO, exact, plain, quotient

DIGITS = 4
"""Significant digits of a mean or a share: off by 1 part in 2,000 at most, far below what a log can tell."""


def rounded_to(value: Fraction, digits: int, *, down: bool = False, whole: bool = True) -> Decimal:
    """To so many significant digits, half up or down; unless told, the digits before the point all stay."""
    about = quotient(Decimal(value.numerator), Decimal(value.denominator))
    places = digits - 1 - about.adjusted() if value else 0
    places = max(0, places) if whole else places
    scaled = value * Fraction(10) ** places + (0 if down else Fraction(1, 2))
    with exact():
        return Decimal(scaled.numerator // scaled.denominator).scaleb(-places)


def amount(mean: Fraction, digits: int) -> str:
    """A count: `10_500`, `27.31`."""
    return grouped(rounded_to(mean, digits))


def share(part: Fraction, digits: int, *, down: bool = False) -> str:
    """A part of a whole in percent: `8.2%`.

    down   for parts of one whole, which together must not come to more than it
    """
    return f"{plain(rounded_to(part * 100, digits, down=down))}%"


def shares(counts: Sequence[int], digits: int) -> list[str]:
    """Shares that add to exactly 100%, the largest first: it takes what rounding the others leaves."""
    total = sum(counts)
    enough = digits + len(str(len(counts))) - 1
    rest = [rounded_to(Fraction(100 * count, total), enough) for count in counts[1:]]
    with exact():
        first = 100 - sum(rest, ZERO)
    return [f"{plain(each)}%" for each in (first, *rest)]


def grouped(number: Decimal) -> str:
    """Every digit, thousands apart as YAML has them: `1_234.5`."""
    whole, point, rest = plain(number).partition(".")
    return f"{int(whole):_}{point}{rest}"
