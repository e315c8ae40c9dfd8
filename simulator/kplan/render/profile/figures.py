"""Figures of a profile as a scenario takes them: rounded to what people read, or exact."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from kplan.money import ONE, cut, exact, plain, quotient

DIGITS = 4
"""Significant digits of a mean or a share: off by 1 part in 2,000 at most, far below what a log can tell."""


def rounded_to(value: Fraction, digits: int, *, down: bool = False, whole: bool = True) -> Decimal:
    """To so many significant digits, half up or down; unless told, the digits before the point all stay."""
    about = quotient(Decimal(value.numerator), Decimal(value.denominator))
    places = digits - 1 - about.adjusted() if value else 0
    places = max(0, places) if whole else places
    scaled = value * Fraction(10) ** places + (0 if down else Fraction(1, 2))
    return Decimal(scaled.numerator // scaled.denominator).scaleb(-places)


def amount(mean: Fraction, digits: int | None) -> str:
    """A count: `10_500`, `27.31`; without digits a quotient, which is exact."""
    if digits is None:
        return f"{mean.numerator} / {mean.denominator}"
    return grouped(rounded_to(mean, digits))


def share(part: Fraction, digits: int | None, *, down: bool = False) -> str:
    """A part of a whole in percent: `8.2%`; without digits a quotient, which is exact.

    down   for parts of one whole, which together must not come to more than it
    """
    if digits is None:
        return f"{part.numerator} / {part.denominator}"
    return f"{plain(rounded_to(part * 100, digits, down=down))}%"


def shares(counts: Sequence[int], digits: int | None) -> list[str]:
    """Shares that add to exactly 100%, the largest first: it takes what rounding the others leaves."""
    total = sum(counts)
    rest = [Fraction(100 * count, total) for count in counts[1:]]
    if digits is None:
        percent = [cut(quotient(Decimal(each.numerator), Decimal(each.denominator))) for each in rest]
    else:
        percent = [rounded_to(each, digits + len(str(len(counts))) - 1) for each in rest]
    with exact():
        first = 100 * ONE - sum(percent)
    return [f"{plain(each)}%" for each in (first, *percent)]


def grouped(number: Decimal) -> str:
    """Every digit, thousands apart as YAML has them: `1_234.5`."""
    whole, point, rest = plain(number).partition(".")
    return f"{int(whole):_}{point}{rest}"
