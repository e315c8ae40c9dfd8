"""M/G/infinity: nobody waits, and the calls in flight are Poisson whatever their service times."""

from __future__ import annotations

from math import exp, lgamma, log


def in_flight_up_to(load: float, calls: int) -> float:
    """P(N <= n) of the calls in flight, N of Poisson(load) [0..1].

    load   arrival rate x mean service time [erlang], 0 or more
    Source: Gross, Shortle, Thompson and Harris, Fundamentals of Queueing Theory, 4th ed., 5.2.2.
    """
    if calls < 0:
        return 0.0
    if not load:
        return 1.0
    largest = min(calls, int(load))
    at_largest = exp(largest * log(load) - load - lgamma(largest + 1))
    total = term = at_largest
    for n in range(largest, 0, -1):
        term *= n / load
        total += term
    term = at_largest
    for n in range(largest + 1, calls + 1):
        term *= load / n
        total += term
    return min(1.0, total)


def in_flight_quantile(load: float, share: float) -> int:
    """The fewest slots that hold all calls in flight for this share of the time [0 <= share < 1]."""
    low, high = -1, int(load) + 1
    while in_flight_up_to(load, high) < share:
        low, high = high, 2 * high + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if in_flight_up_to(load, middle) >= share else (middle, high)
    return high
