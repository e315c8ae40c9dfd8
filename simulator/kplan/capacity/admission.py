"""What a limit does to a trace of calls: who waits, how long, and how large the limit has to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from kplan.capacity.buckets import Charges, Entrance, Seconds, TokenBucket, let_in
from kplan.errors import KplanError

DELAY_S = 1e-6
"""Shorter waits are rounding."""
_PRECISION = 1e-5
"""Of the smallest limit that will do, as a part of it."""
_MOST_DOUBLINGS = 60


class Admission(Struct, frozen=True):
    """How n calls fare at one or several limits, exactly for this trace."""

    n_calls: int
    delayed: float
    """Share of the calls that wait [0..1]; without a queue of one's own these are refused at first."""
    p50_s: float
    p99_s: float
    """Delay that 99% of the calls stay within [s]."""
    max_s: float
    engine: str = "discrete-event on a trace"


def admission(at_s: Seconds, entrances: Sequence[Entrance]) -> Admission:
    """The delays of the calls; raises KplanError where there are none, or where they are not in order.

    at_s   arrivals [s], ascending, shape (n,)
    """
    if not len(at_s):
        raise KplanError("a trace without calls")
    if (at_s[1:] < at_s[:-1]).any():
        raise KplanError("the calls of a trace must be in the order of their times")
    wait_s = let_in(at_s, entrances)
    wait_s -= at_s
    p50_s, p99_s = np.quantile(wait_s, (0.5, 0.99)).tolist()
    return Admission(len(at_s), float((wait_s > DELAY_S).mean()), p50_s, p99_s, float(wait_s.max()))


def mean_per_s(at_s: Seconds, charges: Charges) -> float:
    """What a trace charges on average over its span [units/s]; raises KplanError where it has none."""
    span_s = float(at_s[-1] - at_s[0]) if len(at_s) else 0.0
    if span_s <= 0:
        raise KplanError("a trace of no duration has no mean rate")
    return float(charges.sum()) / span_s


def smallest_rate(at_s: Seconds, charges: Charges, window_s: float, *, p99_s: float = 1.0) -> float:
    """The smallest refill at which 99% of the calls wait no longer than this, by bisection [units/s].

    window_s   the bucket holds what comes in within this time
    """

    def wait_s(rate_per_s: float) -> float:
        bucket = TokenBucket(charges, rate_per_s, window_s)
        return float(np.quantile(bucket(at_s) - at_s, 0.99))

    return bisected(lambda rate: wait_s(rate) <= p99_s, mean_per_s(at_s, charges))


def bisected(does: Callable[[float], bool], guess: float) -> float:
    """The smallest size that does, where every larger one does too; raises KplanError where none is found."""
    low, high = 0.0, guess
    for _ in range(_MOST_DOUBLINGS):
        if does(high):
            break
        low, high = high, 2 * high
    else:
        raise KplanError("no size is large enough")
    while high - low > _PRECISION * high:
        middle = (low + high) / 2
        low, high = (low, middle) if does(middle) else (middle, high)
    return high
