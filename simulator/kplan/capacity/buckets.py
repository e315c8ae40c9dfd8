"""When calls are let in by a provider's limits: token buckets and fixed windows, exactly and call by call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.capacity.queues.lines import Bucket, at_once
from kplan.errors import KplanError

Seconds = NDArray[np.float64]
Charges = NDArray[np.float64]
Entrance = Callable[[Seconds], Seconds]
"""When calls that stand at the door at these times are let in [s]; both shape (n,), ascending."""

_SAME_S = 1e-9
"""Admissions that move by less between two sweeps stand still."""
_MOST_SWEEPS = 1_000
_AT_A_TIME = 1 << 14
"""Calls that pass buckets together: what they need stays in the processor's cache."""


class TokenBucket(Struct, frozen=True, eq=False):
    """A bucket that refills all the time and holds no more than what comes in within its window.

    charges      what each call takes out, shape (n,)
    rate_per_s   refill [units/s]
    window_s     the bucket holds rate x window; it is full at first
    """

    charges: Charges
    rate_per_s: float
    window_s: float

    def __call__(self, at_s: Seconds) -> Seconds:
        """First come, first served: a call waits until the bucket holds its charge, and those behind it too.

        A call that is larger than the bucket is let in when it is full; those behind it wait until it is paid
        off. See `queues.lines.Bucket.admit`.
        """
        return _through([self], at_s)

    @property
    def n_oversized(self) -> int:
        """Calls larger than the full bucket: a provider that holds to its burst lets them in never."""
        return int((self.charges > self.rate_per_s * self.window_s).sum())


class FixedWindow(Struct, frozen=True, eq=False):
    """A counter that starts anew with each window; what does not fit waits for the next one.

    charges    what each call adds to the counter, shape (n,)
    most       most that the counter may reach within a window [units]
    window_s   windows begin at multiples of this
    """

    charges: Charges
    most: float
    window_s: float

    def __call__(self, at_s: Seconds) -> Seconds:
        """First come, first served; raises KplanError for a call that fits into no window."""
        if self.n_oversized:
            raise KplanError(
                f"{self.n_oversized:,} calls count more than the {self.most:,.15g} that a window of"
                f" {self.window_s:g} s allows: they are never let in"
            )
        upto = np.concatenate(([0.0], np.cumsum(self.charges)))
        admitted = at_s.astype(np.float64)
        first, start_s, n = 0, -np.inf, len(at_s)
        while first < n:
            start_s = max(start_s + self.window_s, np.floor(at_s[first] / self.window_s) * self.window_s)
            came = int(np.searchsorted(at_s, start_s + self.window_s))
            fits = int(np.searchsorted(upto, upto[first] + self.most * (1 + 1e-12), side="right")) - 1
            after = max(min(came, fits), first + 1)
            np.maximum(admitted[first:after], start_s, out=admitted[first:after])
            first = after
        return admitted

    @property
    def n_oversized(self) -> int:
        """Calls that count more than a whole window allows."""
        return int((self.charges > self.most).sum())


def let_in(at_s: Seconds, entrances: Sequence[Entrance]) -> Seconds:
    """When calls are let in that must pass several limits at the same instant, first come, first served [s].

    at_s       arrivals, ascending, shape (n,)
    entrances  one a limit
    The least fixed point of the limits taken one after the other: a call that one limit holds back comes
    that much later to the others. Buckets need two or three sweeps.
    """
    buckets = [entrance for entrance in entrances if isinstance(entrance, TokenBucket)]
    if len(buckets) == len(entrances):
        return _through(buckets, at_s)
    admitted = at_s.astype(np.float64)
    for _ in range(_MOST_SWEEPS):
        before = admitted
        for entrance in entrances:
            admitted = entrance(admitted)
        if len(entrances) < 2 or np.abs(admitted - before).max(initial=0.0) < _SAME_S:
            return admitted
    raise KplanError(f"admissions did not settle within {_MOST_SWEEPS} sweeps")


def _through(buckets: Sequence[TokenBucket], at_s: Seconds) -> Seconds:
    """When calls are let in by all of the buckets, some thousands of them after the others."""
    states = [Bucket(bucket.rate_per_s, bucket.rate_per_s * bucket.window_s) for bucket in buckets]
    admitted = at_s.astype(np.float64)
    for first in range(0, len(at_s), _AT_A_TIME):
        part = slice(first, first + _AT_A_TIME)
        admitted[part] = at_once(states, admitted[part], [bucket.charges[part] for bucket in buckets])
    return admitted


class Reservations(Struct, frozen=True, eq=False):
    """A bucket that takes a reserve when a call comes, and settles it when the call ends.

    reserves      taken at the start: input and max_tokens, shape (n,)
    settlements   what the call comes to in the end; the difference goes back, or is taken, shape (n,)
    lasts_s       from admission to end [s], shape (n,)
    Source: AWS, Amazon Bedrock user guide, How tokens are counted (quotas-token-burndown).
    """

    reserves: Charges
    settlements: Charges
    lasts_s: Seconds
    rate_per_s: float
    window_s: float

    def __call__(self, at_s: Seconds) -> Seconds:
        """First come, first served: event by event, since what comes back depends on who was let in when.

        Raises KplanError for a reserve that is larger than the full bucket.
        """
        burst = self.rate_per_s * self.window_s
        if (self.reserves > burst).any():
            raise KplanError(
                f"{int((self.reserves > burst).sum()):,} calls reserve more than the {burst:,.15g} that the"
                " limit holds: they are never let in"
            )
        admitted = np.empty(len(at_s))
        ends: list[tuple[float, float]] = []
        pool = _Pool(burst, self.rate_per_s, burst, float(at_s[0]) if len(at_s) else 0.0)
        calls = zip(
            at_s.tolist(),
            self.reserves.tolist(),
            self.settlements.tolist(),
            self.lasts_s.tolist(),
            strict=True,
        )
        for n, (came_s, reserve, settlement, lasts_s) in enumerate(calls):
            while ends and (ends[0][0] <= came_s or pool.ready_s(reserve, came_s) > ends[0][0]):
                end_s, back = heappop(ends)
                pool.change(end_s, back)
            now_s = pool.ready_s(reserve, came_s)
            pool.change(now_s, -reserve)
            admitted[n] = now_s
            heappush(ends, (now_s + lasts_s, reserve - settlement))
        return admitted


@dataclass
class _Pool:
    """What is in a bucket that is also paid back into."""

    level: float
    rate_per_s: float
    burst: float
    at_s: float

    def ready_s(self, charge: float, not_before_s: float) -> float:
        """When it holds the charge, if nothing comes back until then [s]."""
        now_s = max(not_before_s, self.at_s)
        return max(now_s, self.at_s + max(0.0, charge - self.level) / self.rate_per_s)

    def change(self, now_s: float, by: float) -> None:
        """Refill up to now, then pay in, or out."""
        now_s = max(now_s, self.at_s)
        self.level = min(self.burst, self.level + (now_s - self.at_s) * self.rate_per_s)
        self.level, self.at_s = min(self.burst, self.level + by), now_s
