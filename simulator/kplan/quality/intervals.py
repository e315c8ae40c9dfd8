"""Where an accuracy lies, as far as a test with so many cases can tell."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from kplan.errors import KplanError
from kplan.money import ONE, ZERO, quotient, rounded

PLACES = 12
"""Bounds are kept to so many decimals: the same on every machine, far finer than any test."""


class Standing(StrEnum):
    """How something stands to a floor."""

    CLEARS = "clears"
    UNDECIDED = "undecided"
    UNKNOWN = "unknown"
    FAILS = "fails"

    @classmethod
    def of_all(cls, standings: Iterable[Standing]) -> Standing:
        """The worst of several: what fails anywhere fails; what is unknown anywhere is not decided."""
        order = list(cls)
        return max(standings, key=order.index, default=cls.CLEARS)


class Interval(Struct, frozen=True):
    """Lowest and highest value that an accuracy may have [0..1]."""

    low: Decimal
    high: Decimal

    def against(self, floor: Decimal) -> Standing:
        """Clears from its lower bound on, fails where even the upper one is below; else undecided."""
        if self.low >= floor:
            return Standing.CLEARS
        return Standing.FAILS if self.high < floor else Standing.UNDECIDED


ANYWHERE = Interval(ZERO, ONE)
"""An accuracy of which nothing is known."""


def interval(passed: int, of: int, confidence: Decimal) -> Interval:
    """The Clopper-Pearson interval of a share, from so many cases passed [0..1].

    confidence   chance that such an interval holds the true share, 0 < c < 1; (1 - c) / 2 lies on each side
    It is exact: it holds the true share at least as often as that, for every share and every n. (Wilson's is
    narrower and holds it as often only on average, which is too little for saying that a floor is cleared.)
    Source: Clopper and Pearson, Biometrika 26 (1934); the bounds are quantiles of Beta(k, n - k + 1) and
    Beta(k + 1, n - k) at (1 - c) / 2 and (1 + c) / 2.
    """
    from scipy.special import betaincinv  # here: loading it takes longer than most commands

    if not 0 <= passed <= of or of < 1:
        raise KplanError(f"{passed} passed of {of}; of at least 1 case, 0 to all can pass")
    if not ZERO < confidence < ONE:
        raise KplanError("a confidence lies between 0 and 1 (0% and 100%), both excluded")
    tail = float(ONE - confidence) / 2
    low = float(betaincinv(passed, of - passed + 1, tail)) if passed else 0.0
    high = float(betaincinv(passed + 1, of - passed, 1 - tail)) if passed < of else 1.0
    return Interval(rounded(Decimal(low), PLACES), rounded(Decimal(high), PLACES))


def each_of(n: int, confidence: Decimal) -> Decimal:
    """The confidence that n intervals need each, so that all of them hold with this one.

    Bonferroni's inequality: P(any fails) <= sum of P(each fails), whatever depends on what.
    """
    return ONE - rounded(quotient(ONE - confidence, Decimal(n)), PLACES)
