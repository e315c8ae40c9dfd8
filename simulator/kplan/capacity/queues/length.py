"""How many arrivals a simulation needs: a queue near its capacity forgets slowly."""

from __future__ import annotations

from math import ceil, sqrt

from msgspec import Struct

from kplan.capacity.queues.groups import GROUPS

USUAL, MOST = 1_000_000, 10_000_000
"""Arrivals that are counted unless something else is asked for, and at most."""
_BLOCK = 1 << 16
_TO_FORGET = 10
"""Relaxation times after which a start with an empty queue is forgotten, to exp(-10)."""
_IN_A_GROUP = 50
"""Relaxation times of a group, so that even what happens 1 % of the time happens in each."""


class Length(Struct, frozen=True):
    """Arrivals of a run.

    warm_up   not counted, since the queue is empty at the beginning
    counted   those after them, in GROUPS groups
    block     arrivals at a time
    is_short  whether groups still depend on each other, so that intervals are too narrow
    """

    warm_up: int
    counted: int
    block: int
    is_short: bool

    @classmethod
    def of(cls, use: float, variability: float, load: float, asked: int | None = None) -> Length:
        """The length for a station or network.

        use          largest share in use of any line, below 1
        variability  mean of the squared coefficients of variation of gaps and service; 1 for M/M/c
        load         calls in service on average [erlang]
        asked        arrivals to count; else USUAL, or as many as it takes up to MOST
        Relaxation takes about rho / (1 - sqrt(rho))^2 arrivals, times the variability, and as long as a
        service. Source: Cohen, The Single Server Queue, 2nd ed., on M/M/1's relaxation time.
        """
        relaxation = use / (1 - sqrt(use)) ** 2 * max(1.0, variability) + load
        needed = ceil(GROUPS * _IN_A_GROUP * relaxation)
        counted = asked or min(MOST, max(USUAL, needed))
        warm_up = ceil(min(_TO_FORGET * relaxation, counted))
        return cls(warm_up, counted, max(1, min(_BLOCK, counted // GROUPS)), needed > counted)
