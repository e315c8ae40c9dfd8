"""Waiting lines over arrays of calls, block by block: one server, many servers, token buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heapify, heapreplace
from struct import pack_into

import numpy as np

from kplan.errors import KplanError
from kplan.form.arrays import Array

_MOST_SWEEPS = 60
"""Three are usual; beyond, the buckets are followed call by call."""
_AT_A_TIME = 1024
"""Calls whose numbers Python holds at once: so few stay in the processor's cache."""
_SAME_S = 1e-9
"""Times that differ by less are the same; those of a trace of weeks have no more digits."""


def completions(arrivals_s: Array, work_s: Array, free_at_s: float) -> Array:
    """When one server is through with each call, shape (n,): V(n) = max(V(n-1), t(n)) + x(n).

    arrivals_s  ascending, shape (n,)
    work_s      what each takes, 0 or more, shape (n,)
    free_at_s   when the server is through with all calls before these
    With C the running sum of x, V = C + max(free_at, running maximum of (t - C + x)), without a loop.
    Source: Lindley, The theory of queues with a single server, Proc. Camb. Phil. Soc. 48 (1952).
    """
    done = np.cumsum(work_s)
    latest = arrivals_s - done
    latest += work_s
    np.maximum.accumulate(latest, out=latest)
    np.maximum(latest, free_at_s, out=latest)
    latest += done
    return latest


class Servers:
    """Any number of servers with one line, first come, first served; it remembers when each will be free.

    Source: Kiefer and Wolfowitz, On the theory of queues with many servers, Trans. AMS 78 (1955): of the
    servers' free times only the smallest matters, and a call replaces it by its own end.
    """

    def __init__(self, servers: int | None) -> None:
        self._n = servers
        self._free_at_s = [-np.inf] * (servers or 0)

    def start(self, arrivals_s: Array, service_s: Array) -> Array:
        """When each call is begun, shape (n,); arrivals ascend within and between blocks."""
        if self._n is None or not arrivals_s.size:
            return arrivals_s
        if self._n == 1:
            ends = completions(arrivals_s, service_s, self._free_at_s[0])
            freed = np.concatenate([self._free_at_s, ends[:-1]])
            self._free_at_s = [float(ends[-1])]
            return np.asarray(np.maximum(arrivals_s, freed))
        heap, freed = self._free_at_s, np.empty(arrivals_s.size)
        for first in range(0, arrivals_s.size, _AT_A_TIME):
            part = slice(first, first + _AT_A_TIME)
            calls = zip(arrivals_s[part].tolist(), service_s[part].tolist(), strict=True)
            done = [heapreplace(heap, (t if t > heap[0] else heap[0]) + s) for t, s in calls]
            pack_into(f"{len(done)}d", freed.data, first * freed.itemsize, *done)
        return np.maximum(arrivals_s, freed, out=freed)

    def shift(self, by_s: float) -> None:
        """Count time from an instant so much later."""
        self._free_at_s = [free - by_s for free in self._free_at_s]
        heapify(self._free_at_s)


@dataclass
class Bucket:
    """Tokens that fill up at a rate to a burst; a call takes its charge once it is there, in order.

    refill_per_s  above 0 [charge per second]
    burst         above 0 [charge]; full at the beginning
    """

    refill_per_s: float
    burst: float
    empty_until_s: float = field(default=-np.inf)
    """When the bucket is as full as if all charges so far were work at its rate: V in the docs below."""

    def __post_init__(self) -> None:
        if not (0 < self.refill_per_s < np.inf and 0 < self.burst < np.inf):
            raise KplanError(
                f"a bucket of {self.burst:g} filled by {self.refill_per_s:g}/s; both have to be above 0"
            )

    def refuse(self, charges: Array) -> None:
        """Raises KplanError for a charge that the full bucket does not hold: it would wait for ever."""
        largest = float(charges.max(initial=0.0))
        if largest > self.burst:
            n = int((charges > self.burst).sum())
            raise KplanError(
                f"{n} of {charges.size} calls charge more than a burst of {self.burst:g} holds (up to "
                f"{largest:g}): they would wait for ever"
            )

    def admit(self, arrivals_s: Array, charges: Array) -> tuple[Array, float]:
        """When each call is admitted, and the bucket's state after them.

        A bucket is a server whose work is the charge: x = k / r. It holds b - r (V - t) tokens while V > t,
        b else, where V(n) = max(V(n-1), t(n)) + x(n), and so admits at max(t, V - b / r). A charge above the
        burst is admitted when the bucket is full; the calls behind it wait until it is paid off.
        Source: derived from Lindley's recursion; tests hold it against a loop that counts tokens.
        """
        work_s = charges / self.refill_per_s
        through = completions(arrivals_s, work_s, self.empty_until_s)
        last = float(through[-1])
        through -= np.maximum(work_s, self.burst / self.refill_per_s, out=work_s)
        return np.maximum(arrivals_s, through, out=through), last


def admitted(buckets: Sequence[Bucket], arrivals_s: Array, charges: Sequence[Array]) -> Array:
    """When each call has its tokens of all buckets at once, shape (n,); moves the buckets' states.

    arrivals_s  ascending, shape (n,)
    charges     of each bucket, 0 or more, each of shape (n,)
    The earliest times are the least fixed point of the buckets one after the other, each fed with the times
    of those before: a delay by one lets the others fill up. Raises KplanError for what no bucket ever holds.
    """
    for bucket, charge in zip(buckets, charges, strict=True):
        bucket.refuse(charge)
    return at_once(buckets, arrivals_s, charges)


def at_once(buckets: Sequence[Bucket], arrivals_s: Array, charges: Sequence[Array]) -> Array:
    """The same where charges may be larger than the burst."""
    if not arrivals_s.size or not buckets:
        return arrivals_s
    times, n = arrivals_s, len(buckets)
    states, settled = [0.0] * n, 0
    for turn in range(_MOST_SWEEPS * n):
        before = times
        times, states[turn % n] = buckets[turn % n].admit(times, charges[turn % n])
        is_same = n == 1 or float((times - before).max()) <= _SAME_S
        settled = settled + 1 if is_same else 1
        if settled == n:
            break
    else:
        times, states = _one_by_one(buckets, arrivals_s, charges)
    for bucket, state in zip(buckets, states, strict=True):
        bucket.empty_until_s = state
    return times


def _one_by_one(
    buckets: Sequence[Bucket], arrivals_s: Array, charges: Sequence[Array]
) -> tuple[Array, list[float]]:
    """The same call by call: rates that hand the delay to and fro take a sweep for each turn."""
    ends = [bucket.empty_until_s for bucket in buckets]
    rules = [(bucket.refill_per_s, bucket.burst / bucket.refill_per_s) for bucket in buckets]
    found = []
    now = -np.inf
    for at, *charge in zip(arrivals_s.tolist(), *(each.tolist() for each in charges), strict=True):
        now = max(now, at)
        for end, k, (rate, depth) in zip(ends, charge, rules, strict=True):
            now = max(now, end - max(0.0, depth - k / rate))
        ends = [max(end, now) + k / rate for end, k, (rate, _) in zip(ends, charge, rules, strict=True)]
        found.append(now)
    return np.array(found), ends
