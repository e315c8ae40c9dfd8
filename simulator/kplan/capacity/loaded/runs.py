"""One load after the other, on the same queries and the same random numbers."""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.capacity.buckets import Seconds
from kplan.capacity.loaded.events import Network
from kplan.capacity.loaded.points import EVENTS, Estimate, InFlight, LoadPoint
from kplan.capacity.loaded.tracks import NONE
from kplan.capacity.queues.balance import OutOfBalanceError
from kplan.capacity.queues.concurrency import Concurrency
from kplan.form.arrays import Array

_STUDENT = {20: 2.093024, 10: 2.262157, 5: 2.776445}
"""Groups of consecutive queries, and the 97.5 % point of Student's t with one degree less (any table)."""
WARM_UP = 0.2
"""Part of the queries that come before those that are counted: limits are unused at the beginning."""
_SAME_S, _DIGITS = 1e-9, 9
"""Times that differ by less are the same, by rounding alone."""
_TOLERANCE = 1e-9


class Run(Struct, frozen=True, eq=False):
    """The queries at one load.

    begun_s, ends_s   of each node, shape (m,)
    counted           queries that are neither of the beginning nor of the end, in the order they come in
    """

    network: Network
    queries_per_s: float
    begun_s: Array
    ends_s: Array
    counted: slice

    @property
    def stays_s(self) -> Array:
        """From coming in to the end of each query that is counted."""
        tracks = self.network.stations.tracks
        stays = self.ends_s[tracks.last][self.counted] - self.ends_s[: tracks.n][self.counted]
        return np.asarray(np.round(stays, _DIGITS))

    def point(self) -> LoadPoint:
        """The figures of the load; raises OutOfBalanceError where Little's law does not hold."""
        self._check_balance()
        stays, (calls, queries) = self.stays_s, self._delayed()
        p50, p95, p99 = (estimate(stays, share) for share in (0.5, 0.95, 0.99))
        return LoadPoint(self.queries_per_s, p50, p95, p99, EVENTS, calls, queries)

    def in_flight(self) -> InFlight:
        """Calls with the providers, over the time in which queries come.

        What is left at the end stands for what is missing at the beginning: time runs in a circle.
        """
        tracks = self.network.stations.tracks
        calls = tracks.caller != NONE
        span_s = float(self.ends_s[tracks.n - 1]) + 1 / self.queries_per_s
        found = Concurrency.around(self.begun_s[calls], tracks.takes_s[calls], span_s)
        return InFlight(found.mean, found.slots(0.99), found.most, EVENTS)

    def _arrived_s(self) -> Array:
        """When each node could have begun."""
        tracks = self.network.stations.tracks
        at = np.where(tracks.before == NONE, self.begun_s, self.ends_s[tracks.before])
        return np.where(tracks.beside == NONE, at, np.maximum(at, self.ends_s[tracks.beside]))

    def _delayed(self) -> tuple[float, float]:
        """Shares of calls and of queries that a limit holds back."""
        tracks = self.network.stations.tracks
        calls = tracks.caller != NONE
        held = (self.begun_s - self._arrived_s() > _SAME_S) & calls
        which = tracks.query
        is_counted = np.zeros(tracks.n, dtype=bool)
        is_counted[self.counted] = True
        is_late = np.zeros(tracks.n, dtype=bool)
        is_late[which[held]] = True
        n_calls = int((calls & is_counted[which]).sum())
        n_held = int((held & is_counted[which]).sum())
        return n_held / max(1, n_calls), float(is_late[self.counted].mean())

    def _check_balance(self) -> None:
        """Little's law over the whole run: the count of queries inside, over time, is what they stayed.

        Source: Little and Graves, Little's law, in Building Intuition (2008), on its form over finite times.
        """
        tracks = self.network.stations.tracks
        if not (self.begun_s - self._arrived_s()).min() >= -_SAME_S:
            raise OutOfBalanceError("something began before what comes before it was over")
        born, left = self.ends_s[: tracks.n], self.ends_s[tracks.last]
        events = np.concatenate([born, left])
        order = np.argsort(events, kind="stable")
        inside = np.cumsum(np.repeat([1, -1], tracks.n)[order])[:-1]
        if inside.min() < 0:
            raise OutOfBalanceError("more queries left than had come")
        counted, stayed = float(inside @ np.diff(events[order])), float((left - born).sum())
        if not abs(counted - stayed) <= _TOLERANCE * max(counted, stayed):
            raise OutOfBalanceError(f"Little's law: {counted!r} query seconds counted, {stayed!r} stayed")


def run(network: Network, came: Seconds, queries_per_s: float, *, is_whole: bool = False) -> Run:
    """Run a network at a load.

    came       arrivals at a mean rate of 1, as many as the tracks have queries, shape (n,)
    is_whole   whether all queries are counted, as of a trace; else those after the warm-up, but for those so
               late that too few come behind them
    """
    born = came / queries_per_s
    begun, ends = network.run(born)
    tracks = network.stations.tracks
    if is_whole:
        return Run(network, queries_per_s, begun, ends, slice(0, tracks.n))
    longest = float((ends[tracks.last] - born).max())
    start = ceil(WARM_UP * tracks.n)
    stop = int(np.searchsorted(born, born[-1] - longest, side="right"))
    return Run(network, queries_per_s, begun, ends, slice(start, max(stop, (start + tracks.n) // 2)))


def estimate(stays_s: Array, share: float) -> Estimate:
    """The time that this share of the stays does not exceed, by groups of consecutive ones.

    The interval is that of the share below it, turned into times (Heidelberger and Lewis, Operations Research
    32, 1984); since groups may depend on each other, longer ones are looked at too, and the widest counts.
    """
    ordered = np.sort(stays_s)
    value = _quantile(ordered, share)
    below = stays_s <= value
    off = max(_half_width(below, n, student) for n, student in _STUDENT.items())
    return Estimate(value, _quantile(ordered, share - off), _quantile(ordered, share + off))


def _quantile(ordered: Array, share: float) -> float:
    """The smallest of them that this share does not exceed."""
    rank = ceil(share * len(ordered) - 1e-9) - 1
    return float(ordered[min(max(rank, 0), len(ordered) - 1)])


def _half_width(below: NDArray[np.bool_], n_groups: int, student: float) -> float:
    """Of the share, by so many groups; the whole range where they are too few to tell."""
    if len(below) < 2 * n_groups:
        return 1.0
    shares = [float(group.mean()) for group in np.array_split(below, n_groups)]
    return student * float(np.std(shares, ddof=1)) / sqrt(n_groups)
