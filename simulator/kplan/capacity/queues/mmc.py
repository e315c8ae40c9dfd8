"""M/M/c: Poisson arrivals, exponential service, one line before c servers; all of it in closed form."""

from __future__ import annotations

from functools import cached_property
from math import exp, expm1, log

from msgspec import Struct

from kplan.capacity.queues.erlang import erlang_c
from kplan.capacity.queues.quantile import quantile
from kplan.capacity.queues.stability import stable_load


class MMc(Struct, frozen=True, dict=True):
    """A stable M/M/c queue, first come, first served.

    arrivals_per_s  rate of the Poisson arrivals, above 0
    service_s       mean of the exponential service times, above 0
    servers         parallel slots, 1 or more; 1 is M/M/1
    Raises UnstableError where the servers cannot keep up.
    Source: Gross, Shortle, Thompson and Harris, Fundamentals of Queueing Theory, 4th ed., 2.3.
    """

    arrivals_per_s: float
    service_s: float
    servers: int

    def __post_init__(self) -> None:
        stable_load(self.arrivals_per_s, self.service_s, self.servers)

    @property
    def load(self) -> float:
        """Servers that are busy on average [erlang]."""
        return self.arrivals_per_s * self.service_s

    @property
    def spare_per_s(self) -> float:
        """Rate at which the line shrinks: c mu - lambda."""
        return (self.servers - self.load) / self.service_s

    @cached_property
    def waiting_probability(self) -> float:
        """Chance that all servers are busy: Erlang's C."""
        return float(erlang_c(self.load, self.servers))

    @property
    def mean_wait_s(self) -> float:
        """C / (c mu - lambda)."""
        return self.waiting_probability / self.spare_per_s

    @property
    def mean_sojourn_s(self) -> float:
        """Waiting and service."""
        return self.mean_wait_s + self.service_s

    def waits_longer(self, time_s: float) -> float:
        """P(W > t) = C exp(-(c mu - lambda) t), for t >= 0."""
        return self.waiting_probability * exp(-self.spare_per_s * time_s)

    def stays_longer(self, time_s: float) -> float:
        """P(T > t): service alone, or a wait of rate theta = c mu - lambda and then service of rate mu.

        exp(-mu t) + C mu (exp(-theta t) - exp(-mu t)) / (mu - theta), whose quotient tends to t exp(-mu t)
        where theta is mu; written so that it neither divides by 0 nor loses digits near by.
        """
        mu, theta = 1 / self.service_s, self.spare_per_s
        apart = abs(mu - theta) * time_s
        mean_of_slope = -expm1(-apart) / apart if apart else 1.0
        queued = mu * time_s * exp(-min(mu, theta) * time_s) * mean_of_slope
        return exp(-mu * time_s) + self.waiting_probability * queued

    def wait_quantile_s(self, share: float) -> float:
        """Time within which this share of the calls begin [0 <= share < 1]."""
        longer = 1 - share
        if self.waiting_probability <= longer:
            return 0.0
        return log(self.waiting_probability / longer) / self.spare_per_s

    def sojourn_quantile_s(self, share: float) -> float:
        """Time within which this share of the calls are through [0 <= share < 1]."""
        return quantile(self.stays_longer, share, self.mean_sojourn_s)
