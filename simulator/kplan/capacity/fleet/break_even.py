"""The loads at which own replicas cost less than calls paid one by one: all crossings of a staircase.

What calls cost grows with the load s [requests/s on average]; what replicas cost is a staircase, c / H
times the sum over the H hours of max(ceil(s x(h)) + spare, least), x(h) the replicas that an hour fills for
each request a second on average. On a step the line can only rise above it, and falls below it only where a
step begins: so each step is looked at. Steps end at j / x(h).

A replica more is bought before it is filled, so the staircase lies on or above s g, g = c mean(x): where a
call costs no more than g, replicas never cost less. Where it costs more, by d, the staircase lies on or
below s g + c (1 + spare + least), so that from c (1 + spare + least) / d on they always do.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.capacity.fleet.replicas import Policy, Replica
from kplan.capacity.week import HourFactors

_MOST_STEPS = 3_000_000
"""Above that the break-even is bounded, not searched."""
_ALIKE = 1e-12


class Cheaper(Struct, frozen=True):
    """Where own replicas cost less, in requests a second on average over the week."""

    spans: tuple[tuple[float, float | None], ...]
    """From one load to another, ascending and apart; the last without an end where it stays so."""
    at_the_latest: float | None = None
    """Where the steps are too many to look at: from there on it surely stays so."""

    @property
    def is_never(self) -> bool:
        """Whether no load makes them cheaper."""
        return not self.spans and self.at_the_latest is None

    @property
    def first(self) -> float | None:
        """The least load above which they cost less, if only for a while."""
        return self.spans[0][0] if self.spans else None

    @property
    def stays_from(self) -> float | None:
        """The load from which they always cost less."""
        return self.spans[-1][0] if self.spans and self.spans[-1][1] is None else None


def cheaper(factors: HourFactors, replica: Replica, policy: Policy, usd_per_request: float) -> Cheaper:
    """The loads at which replicas cost less than calls.

    factors   the load of each hour over the mean one, shape (h,)
    """
    filled = factors * (1 + float(policy.headroom)) / float(replica.requests_per_s)
    hours = filled if policy.is_scaled else filled.max(keepdims=True)
    call_usd, own_usd = usd_per_request * 3600, float(replica.usd_per_hour)
    margin = call_usd - own_usd * float(hours.mean())
    if margin <= _ALIKE * call_usd:
        return Cheaper(())
    latest = own_usd * (1 + policy.spare + policy.least) / margin
    if latest * float(hours.sum()) > _MOST_STEPS:
        return Cheaper((), latest)
    begins, ends, usd_per_hour = _staircase(hours, policy, own_usd, latest)
    return Cheaper(_spans(begins, ends, usd_per_hour / call_usd))


Steps = NDArray[np.float64]


def _staircase(hours: HourFactors, policy: Policy, usd: float, until: float) -> tuple[Steps, Steps, Steps]:
    """Where the steps begin and end [requests/s], and an hour's cost on them [USD]; the last has no end."""
    counts = np.floor(hours * until).astype(np.int64)
    replicas = np.concatenate([np.arange(1, n + 1) for n in counts])
    ends = replicas / np.repeat(hours, counts)
    order = np.argsort(ends, kind="stable")
    at_first = np.maximum((hours > 0) + policy.spare, policy.least).sum()
    one_more = replicas[order] + 1 + policy.spare > policy.least
    running = at_first + np.concatenate(([0], np.cumsum(one_more)))
    edges = np.concatenate(([0.0], ends[order], [np.inf]))
    return edges[:-1], edges[1:], usd * running / hours.size


def _spans(begins: Steps, ends: Steps, even: Steps) -> tuple[tuple[float, float | None], ...]:
    """The parts of the steps behind their break-even, those that touch put together."""
    pays = even < ends * (1 - _ALIKE)
    starts = np.maximum(begins, even)[pays]
    stops = ends[pays]
    if not starts.size:
        return ()
    apart = starts[1:] > stops[:-1] * (1 + _ALIKE)
    first = starts[np.concatenate(([True], apart))].tolist()
    last = stops[np.concatenate((apart, [True]))].tolist()
    return tuple((low, None if np.isinf(high) else high) for low, high in zip(first, last, strict=True))
