"""Open Jackson networks: stations with exponential service, and calls that go on at random."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike

from kplan.capacity.queues.mmc import MMc
from kplan.errors import KplanError
from kplan.form.arrays import Array

_SLACK = 1e-12


class JacksonNetwork(Struct, frozen=True):
    """Each station as if it stood alone, fed with Poisson arrivals at its total rate.

    external_per_s  arrivals from outside, shape (k,)
    routing         chance of going from the row's station to the column's, shape (k, k); the rest leaves
    service_s       mean service times, shape (k,)
    servers         slots of each station; None is as many as it takes
    Raises KplanError for chances that are none and for calls that never leave, UnstableError where a station
    cannot keep up. Numbers at the stations are independent, which times are not: sums of means only.
    Source: Jackson, Networks of waiting lines, Operations Research 5 (1957); Jobshop-like queueing systems,
    Management Science 10 (1963).
    """

    external_per_s: ArrayLike
    routing: ArrayLike
    service_s: ArrayLike
    servers: Sequence[int | None]

    @property
    def arrivals_per_s(self) -> Array:
        """Total rates, shape (k,): the solution of lambda = gamma + lambda P."""
        onward = np.asarray(self.routing, dtype=float)
        if (onward < 0).any() or (onward.sum(axis=1) > 1 + _SLACK).any():
            raise KplanError("a row of the routing is no set of chances: each 0 or more, together at most 1")
        if np.abs(np.linalg.eigvals(onward)).max() >= 1 - _SLACK:
            raise KplanError("the routing has a circle without an exit: calls would never leave")
        open_ends = np.eye(len(onward)) - onward
        return np.asarray(np.linalg.solve(open_ends.T, np.asarray(self.external_per_s, dtype=float)))

    @property
    def stations(self) -> tuple[MMc | None, ...]:
        """What each station is alone; None has as many slots as it takes, or nobody comes."""
        rates, service = self.arrivals_per_s, np.broadcast_to(self.service_s, len(self.servers))
        return tuple(
            None if slots is None or not rate else MMc(float(rate), float(mean_s), slots)
            for rate, mean_s, slots in zip(rates, service, self.servers, strict=True)
        )

    @property
    def mean_in_flight(self) -> Array:
        """Mean number of calls at each station, waiting or served, shape (k,)."""
        waits = np.array([station.mean_wait_s if station else 0.0 for station in self.stations])
        return np.asarray(self.arrivals_per_s * (waits + np.asarray(self.service_s, dtype=float)))

    @property
    def mean_sojourn_s(self) -> float:
        """Mean time from coming in to leaving, by Little's law."""
        return float(self.mean_in_flight.sum() / np.sum(self.external_per_s))
