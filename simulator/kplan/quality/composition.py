"""The quality of a whole, of the quality of its parts: an interval, and points that name their assumption."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import reduce

from kplan.money import ONE, ZERO, cut, exact
from kplan.quality.intervals import Interval


def frechet(parts: Sequence[Interval]) -> Interval:
    """Where the chance that all parts are right lies, whatever depends on what [0..1].

    max(0, sum of the lows - (n - 1)) to the least high; nothing narrower holds without an assumption.
    Source: Frechet, Generalisation du theoreme des probabilites totales, Fund. Math. 25 (1935).
    """
    with exact():
        low = sum((part.low for part in parts), ZERO) - (len(parts) - 1)
    return Interval(max(ZERO, low), min((part.high for part in parts), default=ONE))


def product(parts: Sequence[Decimal]) -> Decimal:
    """The chance that all parts are right [0..1].

    Of plain accuracies it holds where the parts err independently of each other; of a conditional chain,
    each part measured where all before it were right, it holds always: P(ok_1) P(ok_2 | ok_1) ...
    """
    with exact():
        return reduce(lambda whole, part: cut(whole * part), parts, ONE)


def taken_by(visits: Decimal, quality: Decimal) -> Decimal:
    """The chance that a stage spoils nothing where only some queries visit it: 1 - v (1 - q) [0..1]."""
    with exact():
        return ONE - min(visits, ONE) * (ONE - quality)
