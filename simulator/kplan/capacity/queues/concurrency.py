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
