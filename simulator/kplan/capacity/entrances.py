"""A provider's limits at the door of a trace: what each of its calls counts, and when it is let in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from kplan.capacity.admission import Admission, admission, bisected, smallest_rate
from kplan.capacity.buckets import Charges, Entrance, FixedWindow, Reservations, Seconds, TokenBucket
from kplan.capacity.limits import BUCKET, LEVEL, WINDOW, Limit, Weights
from kplan.capacity.refusals import refused
from kplan.capacity.trace import Trace
from kplan.errors import KplanError


class Visitors(Struct, frozen=True, eq=False):
    """n calls that come to the door of a provider."""

    at_s: Seconds
    """Ascending, shape (n,)."""
    amounts: Mapping[str, Charges]
    """What each has in each bucket that is known: request, input, ..., max_tokens; shape (n,)."""
    lasts_s: Seconds | None = None
    """How long each takes once it is let in [s], shape (n,); only reservations ask for it."""

    @classmethod
    def of(
        cls,
        trace: Trace,
        max_tokens: float | None = None,
        lasts_s: Seconds | None = None,
    ) -> Visitors:
        """The calls of a trace, all with the same max_tokens."""
        amounts = {"request": np.ones(len(trace)), **trace.tokens}
        if max_tokens is not None:
            amounts["max_tokens"] = np.full(len(trace), float(max_tokens))
        return cls(trace.at_s, amounts, lasts_s)

    def charged(self, limit: Limit) -> Charges:
        """What the limit counts of each call when it comes, shape (n,)."""
        sums = [self._weighed(weights, limit) for weights in limit.counting.counts]
        found: Charges = np.maximum.reduce(sums)
        return found

    def settled(self, limit: Limit) -> Charges:
        """What it counts of each in the end, shape (n,)."""
        settles = limit.counting.settles
        return self.charged(limit) if settles is None else self._weighed(settles, limit)

    def _weighed(self, weights: Weights, limit: Limit) -> Charges:
        """Raises KplanError where what the limit counts is not known; caches may be none at all."""
        unknown = [
            each
            for each in weights
            if weights[each] and each not in self.amounts and not each.startswith("cache_")
        ]
        if unknown:
            raise KplanError(f"{limit.id} counts {' and '.join(unknown)}, which the trace does not say")
        total = np.zeros(len(self.at_s))
        for bucket, weight in weights.items():
            total += float(weight) * self.amounts.get(bucket, np.float64(0.0))
        return total


def entrance(limit: Limit, visitors: Visitors, times: float = 1.0) -> Entrance:
    """The limit as it lets these calls in; windows begin with the clock of the calls, at 0 s.

    times   the limit's amount is taken so many times
    Raises KplanError for a limit on what is there at once, which lets calls in by how long they stay.
    """
    counting, charges = limit.counting, visitors.charged(limit)
    if counting.kind == LEVEL:
        raise KplanError(f"{limit.id} limits what is there at once; it is no rate")
    rate_per_s, window_s = times * float(limit.per_second), float(counting.window_s)
    if counting.kind == WINDOW:
        return FixedWindow(charges, rate_per_s * window_s, window_s)
    if counting.settles is None:
        return TokenBucket(charges, rate_per_s, window_s)
    if visitors.lasts_s is None:
        raise KplanError(f"{limit.id} settles when a call ends; say how long calls take")
    return Reservations(charges, visitors.settled(limit), visitors.lasts_s, rate_per_s, window_s)


def share_refused(limit: Limit, visitors: Visitors, *, counts_refused: bool = False) -> float:
    """The part of the calls that the limit turns away, where none waits and none comes again [0..1].

    counts_refused   whether a refused call counts all the same, as on Azure
    Raises KplanError for limits that reserve: what they refuse depends on when calls end.
    """
    door = entrance(limit, visitors)
    if isinstance(door, (TokenBucket, FixedWindow)):
        return float(refused(visitors.at_s, door, counts_refused=counts_refused).mean())
    raise KplanError(f"{limit.id} reserves when a call comes; only waiting is followed there")


def admitted(limits: Sequence[Limit], visitors: Visitors) -> Admission:
    """How the calls fare at all of the limits at once."""
    return admission(visitors.at_s, [entrance(limit, visitors) for limit in limits])


def smallest_amount(limit: Limit, visitors: Visitors, *, p99_s: float = 1.0) -> float:
    """The smallest amount of the limit at which 99% of the calls wait no longer than this [its own units].

    Raises KplanError where no amount will do.
    """
    counting, charges = limit.counting, visitors.charged(limit)
    if counting.kind == BUCKET and counting.settles is None:
        rate = smallest_rate(visitors.at_s, charges, float(counting.window_s), p99_s=p99_s)
        return rate * float(counting.per_s)

    def does(times: float) -> bool:
        try:
            wait_s = entrance(limit, visitors, times)(visitors.at_s) - visitors.at_s
        except KplanError:
            return False  # a call is larger than all that a window or a bucket of this size allows
        return float(np.quantile(wait_s, 0.99)) <= p99_s

    entrance(limit, visitors, np.inf)
    return bisected(does, 1.0) * float(limit.amount)
