"""How many calls are in flight at once, counted on a trace: bursts need more slots than any rule of thumb."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from kplan.errors import KplanError
from kplan.form.arrays import Array


class Concurrency(Struct, frozen=True):
    """Shares of the time with 0, 1, 2, ... calls in flight, shape (n,); they add up to 1."""

    shares: Array

    @classmethod
    def of(cls, arrivals_s: Array, service_s: Array) -> Concurrency:
        """Of calls that begin as they come, from the first arrival to the last one.

        arrivals_s  ascending instants, shape (n,)
        service_s   how long each is in flight, 0 or more, shape (n,)
        Raises KplanError for what is neither, and for a trace without any time in it.
        """
        if arrivals_s.shape != service_s.shape or not arrivals_s.size or (np.diff(arrivals_s) < 0).any():
            raise KplanError("a trace has ascending arrivals, and a time in flight for each")
        if not np.isfinite(service_s).all() or (service_s < 0).any():
            raise KplanError("a call is in flight for 0 seconds or more")
        last = arrivals_s[-1]
        if not last > arrivals_s[0]:
            raise KplanError("all calls of the trace come at one instant")
        events = np.concatenate([arrivals_s, np.minimum(arrivals_s + service_s, last)])
        order = np.argsort(events, kind="stable")
        steps = np.repeat([1, -1], arrivals_s.size)[order]
        spans = np.diff(events[order])
        return cls(np.bincount(np.cumsum(steps)[:-1], weights=spans) / spans.sum())

    @classmethod
    def around(cls, begun_s: Array, service_s: Array, span_s: float) -> Concurrency:
        """Of calls in a time that runs in a circle: what is in flight at its end is so at its beginning.

        begun_s, service_s   in any order, 0 or more, shape (n,)
        span_s               the way round, above 0
        """
        laps, rest_s = np.divmod(service_s, span_s)
        begun_s = begun_s % span_s
        ends_s = begun_s + rest_s
        is_over = ends_s >= span_s
        events = np.concatenate([begun_s, ends_s - span_s * is_over, [span_s]])
        order = np.argsort(events, kind="stable")
        steps = np.concatenate([np.ones(begun_s.size), -np.ones(begun_s.size), [0.0]])[order]
        levels = laps.sum() + is_over.sum() + np.concatenate([[0.0], np.cumsum(steps)[:-1]])
        shares = np.bincount(levels.astype(np.int64), weights=np.diff(events[order], prepend=0.0))
        return cls(shares / span_s)

    @property
    def mean(self) -> float:
        """Calls in flight on average."""
        return float((self.shares * np.arange(self.shares.size)).sum())

    @property
    def most(self) -> int:
        """Calls in flight at the worst instant that lasts."""
        return int(np.flatnonzero(self.shares).max())

    def slots(self, share: float) -> int:
        """The fewest slots that hold all calls for this share of the time [0 < share <= 1]."""
        return int(np.searchsorted(np.cumsum(self.shares), share - 1e-12))
