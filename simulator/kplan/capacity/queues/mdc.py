"""M/D/c: Poisson arrivals, constant service, c servers; M/D/1 is the same with one."""

from __future__ import annotations

from functools import cached_property
from math import ceil, floor, log, pi

import numpy as np
from msgspec import Struct

from kplan.capacity.queues.quantile import quantile
from kplan.capacity.queues.stability import stable_load
from kplan.errors import KplanError
from kplan.form.arrays import Array

_DIGITS = 40.0
"""Terms below exp(-40) of the largest are beyond float64."""
_MOST_POINTS = 1 << 22
"""Longest transform; it reaches to a utilisation of 99.999 %."""


class MDc(Struct, frozen=True, dict=True):
    """A stable M/D/c queue, first come, first served.

    arrivals_per_s  rate of the Poisson arrivals, above 0
    service_s       what every service takes, above 0
    servers         parallel slots, 1 or more
    Raises UnstableError where the servers cannot keep up, KplanError above a utilisation of 99.999 %.

    Seen every D = service_s, the calls that wait are M' = max(0, M + A - c), with A of Poisson(lambda D):
    whoever was in service has left, whoever came is there. So M is the maximum of a random walk, and by
    Spitzer's identity E z^M = exp(sum over n > 0 of l(n) (z^n - 1)), where l(n) is the coefficient of z^n in
    -log(1 - z^-c exp(lambda D (z - 1))). All l(n) are positive; they are read off a circle of radius 1/rho,
    where that logarithm has no singularity near, by a fast Fourier transform.
    Source: Crommelin, Delay probability formulae when the holding times are constant, P.O. Elec. Eng. J. 25
    (1932), for M'; Asmussen, Applied Probability and Queues, 2nd ed., chapter VIII, for Spitzer's identity.
    """

    arrivals_per_s: float
    service_s: float
    servers: int

    def __post_init__(self) -> None:
        load = stable_load(self.arrivals_per_s, self.service_s, self.servers)
        if _points(load / self.servers) > _MOST_POINTS:
            raise KplanError(
                f"utilisation {100 * load / self.servers:.7g}%: too close to 100% for any figure of a queue "
                "to be sure"
            )

    @property
    def load(self) -> float:
        """Servers that are busy on average [erlang]."""
        return self.arrivals_per_s * self.service_s

    @cached_property
    def _jumps(self) -> Array:
        """l(1), l(2), ...: rates of the compound Poisson law of M, shape (m,)."""
        load, servers = self.load, self.servers
        n = _points(load / servers)
        radius = servers / load
        angle = 2 * pi / n * np.arange(n // 2 + 1)
        z = radius * np.exp(1j * angle)
        step = np.exp(load * (z - 1) - servers * (log(radius) + 1j * angle))
        scaled = np.fft.irfft(-np.log1p(-step).conj(), n)[1 : n // 2]
        return np.asarray(np.maximum(scaled, 0.0) * np.exp(-log(radius) * np.arange(1, n // 2)))

    @cached_property
    def _waiting_up_to(self) -> Array:
        """P(M <= m), the calls that wait at an instant, shape (n,); 1 beyond."""
        jumps = np.concatenate([[0.0], self._jumps])
        n = 4 * jumps.size
        spectrum = np.exp(np.fft.rfft(jumps, n) - jumps.sum())
        chances = np.maximum(np.fft.irfft(spectrum, n), 0.0)
        return np.asarray(np.minimum(np.cumsum(chances[: n // 2]), 1.0))

    @property
    def waiting_probability(self) -> float:
        """Chance that a call does not begin at once."""
        return self.waits_longer(0.0)

    @cached_property
    def mean_wait_s(self) -> float:
        """E M / lambda, by Little's law; E M = sum of n l(n)."""
        jumps = self._jumps
        return float((jumps * np.arange(1, jumps.size + 1)).sum()) / self.arrivals_per_s

    @property
    def mean_sojourn_s(self) -> float:
        """Waiting and service."""
        return self.mean_wait_s + self.service_s

    def waits_longer(self, time_s: float) -> float:
        """P(W > t) = 1 - P(M + N <= k c - 1), with (k - 1) D <= t < k D and N of Poisson(lambda (k D - t)).

        A sum of positive terms, unlike Erlang's alternating series, so that it keeps its digits at any t.
        Source: Franx, A simple solution for the M/D/c waiting time distribution, OR Letters 29 (2001).
        """
        k = floor(time_s / self.service_s) + 1
        came = _poisson(self.arrivals_per_s * max(0.0, k * self.service_s - time_s))
        most = k * self.servers - 1
        came = came[: most + 1]
        known = self._waiting_up_to
        at = np.minimum(most - np.arange(came.size), known.size - 1)
        return max(0.0, 1.0 - float((came * known[at]).sum()))

    def stays_longer(self, time_s: float) -> float:
        """P(T > t): the wait alone varies."""
        return 1.0 if time_s < self.service_s else self.waits_longer(time_s - self.service_s)

    def wait_quantile_s(self, share: float) -> float:
        """Time within which this share of the calls begin [0 <= share < 1]."""
        return quantile(self.waits_longer, share, self.service_s)

    def sojourn_quantile_s(self, share: float) -> float:
        """Time within which this share of the calls are through [0 <= share < 1]."""
        return self.service_s + self.wait_quantile_s(share)


def _points(rho: float) -> int:
    """Points on the circle, so that what is folded over is below exp(-_DIGITS); a power of 2.

    The logarithm's nearest singularities lie at 1 and at about 1/rho^2, both a factor 1/rho away.
    """
    decay = min(-log(rho), 1.0) if rho < 1 else 0.0
    return 1 << ceil(log(2 * _DIGITS / decay) / log(2)) if decay > 1e-9 else 2 * _MOST_POINTS


def _poisson(mean: float) -> Array:
    """P(N = 0), P(N = 1), ... as far as they are seen in float64, shape (m,)."""
    last = ceil(mean + 12 * mean**0.5 + 30)
    counts = np.arange(1, last + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(mean / counts))]) if mean else np.zeros(1)
    return np.asarray(np.exp(logs - mean))
