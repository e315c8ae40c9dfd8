"""Decimal arithmetic that never rounds unseen: exact but for division and growth, which keep 60 digits."""

from __future__ import annotations

from contextlib import AbstractContextManager
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, Inexact, localcontext

CUT_DIGITS = 60
"""Significant digits kept where a number has to be cut: a quotient, a month's growth."""

_EXACT = Context(prec=600, rounding=ROUND_HALF_EVEN, Emin=-100_000, Emax=100_000)
_EXACT.traps[Inexact] = True
_CUT = Context(prec=CUT_DIGITS, rounding=ROUND_HALF_EVEN, Emin=-100_000, Emax=100_000)
_SHORT = Context(prec=CUT_DIGITS, rounding=ROUND_HALF_EVEN, Emin=-250, Emax=100_000)

ZERO = Decimal(0)
ONE = Decimal(1)


def exact() -> AbstractContextManager[Context]:
    """A context in which +, - and x are exact: a lost digit raises `decimal.Inexact`."""
    return localcontext(_EXACT)


def quotient(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Numerator / denominator to 60 significant digits, half even."""
    return _CUT.divide(numerator, denominator)


def cut(number: Decimal) -> Decimal:
    """The number to 60 significant digits, half even; below 1e-250 to fewer, below 1e-309 to none.

    So a chance that has become next to nothing can still be added to one that has not.
    """
    return _SHORT.plus(number)


def rounded(number: Decimal, places: int) -> Decimal:
    """Half up, as spreadsheets show it; only ever for printing."""
    with localcontext(_EXACT) as context:
        context.traps[Inexact] = False
        return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def plain(number: Decimal) -> str:
    """Every digit, no exponent, no trailing zeros: `0.12444`, `31110`, `0`."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def counted(number: Decimal) -> str:
    """Every digit, with thousands apart: `1,000,001`, `-2,400.5`."""
    whole, point, rest = plain(number).partition(".")
    return f"{int(whole):,}{point}{rest}" if whole not in ("-0",) else f"{whole}{point}{rest}"
