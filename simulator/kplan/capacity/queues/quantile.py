"""Quantiles out of a tail, by bisection."""

from __future__ import annotations

from collections.abc import Callable

_STEPS = 200
"""More than halve any interval of float64 down to its last bit."""


def quantile(longer: Callable[[float], float], share: float, about: float) -> float:
    """The smallest t >= 0 with P(X > t) <= 1 - share, to the last bits of float64.

    longer  P(X > t) for t >= 0, falling from at most 1 to 0
    share   0 <= share < 1
    about   a time of that order, above 0
    """
    left = 1 - share
    if longer(0.0) <= left:
        return 0.0
    low, high = 0.0, about
    while longer(high) > left:
        low, high = high, 2 * high
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if longer(middle) > left else (low, middle)
    return high
