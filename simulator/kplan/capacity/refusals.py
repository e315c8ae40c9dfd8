"""Which calls a limit turns away, where none waits and none comes again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kplan.capacity.buckets import FixedWindow, Seconds, TokenBucket

_SLACK = 1 + 1e-12
"""What is missing by rounding alone is there."""


def refused(
    at_s: Seconds, limit: TokenBucket | FixedWindow, *, counts_refused: bool = False
) -> NDArray[np.bool_]:
    """Which of the calls find too little left, shape (n,).

    at_s             arrivals [s], ascending, shape (n,)
    counts_refused   whether a refused call is charged all the same, as far as there is something left
    """
    turned_away = np.zeros(len(at_s), np.bool_)
    meter = _Bucket(limit) if isinstance(limit, TokenBucket) else _Window(limit)
    for n, (now_s, charge) in enumerate(zip(at_s.tolist(), limit.charges.tolist(), strict=True)):
        left = meter.left(now_s)
        turned_away[n] = charge > left * _SLACK
        if counts_refused or not turned_away[n]:
            meter.take(min(charge, left))
    return turned_away


class _Bucket:
    """What is left in a bucket."""

    def __init__(self, limit: TokenBucket) -> None:
        self.rate_per_s = limit.rate_per_s
        self.burst = self.level = limit.rate_per_s * limit.window_s
        self.at_s = 0.0

    def left(self, now_s: float) -> float:
        """After it has refilled up to now."""
        self.level = min(self.burst, self.level + (now_s - self.at_s) * self.rate_per_s)
        self.at_s = now_s
        return self.level

    def take(self, charge: float) -> None:
        self.level -= charge


class _Window:
    """What is left of a window's counter."""

    def __init__(self, limit: FixedWindow) -> None:
        self.most, self.window_s = limit.most, limit.window_s
        self.number, self.counter = -1, 0.0

    def left(self, now_s: float) -> float:
        """In the window of now, which may be a new one."""
        if (number := int(now_s // self.window_s)) > self.number:
            self.number, self.counter = number, 0.0
        return self.most - self.counter

    def take(self, charge: float) -> None:
        self.counter += charge
