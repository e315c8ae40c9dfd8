"""How many replicas the hours of a week need, how much of them is used, and what their GPUs cost.

replicas(h) = max(ceil(load(h) x (1 + headroom) / rate) + spare, least), with the rate that was measured at
the bounds; all hours have those of the busiest one where the number is fixed. Utilisation is derived, never
said: what was served over what the replicas could serve at that rate, spare ones included. Effective cost
is what all GPUs cost over the tokens that were served, C_eff of Patil, Beyond Per-Token Pricing, arXiv
2606.11690: at full use it is that of a busy replica, else that over the utilisation.
"""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.capacity.base_load import Loads, checked
from kplan.capacity.offers import HOURS
from kplan.money import ONE, ZERO, exact, quotient

SECONDS_OF_HOUR = Decimal(3600)
HOURS_OF_MONTH = HOURS["month"]
Counts = NDArray[np.int64]
"""Replicas of each hour, shape of the loads."""
_TIE = 1e-9
"""What is above a whole number of replicas by less than a billionth of it is that number."""


class Replica(Struct, frozen=True):
    """What one takes and costs."""

    requests_per_s: Decimal
    """At the bounds."""
    gpus: int
    usd_per_gpu_hour: Decimal

    @property
    def usd_per_hour(self) -> Decimal:
        """Of all its GPUs."""
        with exact():
            return self.usd_per_gpu_hour * self.gpus


class Policy(Struct, frozen=True):
    """How many replicas run beyond those that the load fills."""

    headroom: Decimal = ZERO
    """Share of the load that is added to it."""
    spare: int = 0
    """Replicas that may fail: N + spare."""
    least: int = 1
    """Never fewer, whatever the hour."""
    is_scaled: bool = True
    """Every hour has as many as it needs; else all have those of the busiest."""


class Tokens(Struct, frozen=True):
    """Mean tokens of a request."""

    input: Decimal
    output: Decimal

    @property
    def all(self) -> Decimal:
        """Both."""
        with exact():
            return self.input + self.output


class Running(Struct, frozen=True, eq=False):
    """The replicas of a week's hours, and a month of such weeks; months have 730 hours."""

    loads_per_s: Loads
    """Requests of each hour, shape (h,)."""
    counts: Counts
    replica: Replica

    @property
    def mean_per_s(self) -> float:
        """Requests on average."""
        return float(self.loads_per_s.mean())

    @property
    def gpu_hours(self) -> Decimal:
        """In a month."""
        with exact():
            hours = int(self.counts.sum()) * self.replica.gpus * HOURS_OF_MONTH
        return quotient(hours, Decimal(self.counts.size))

    @property
    def usd(self) -> Decimal:
        """What they cost in a month."""
        with exact():
            return self.gpu_hours * self.replica.usd_per_gpu_hour

    @property
    def utilisation(self) -> float:
        """Of what the replicas could serve within the bounds; 0 where there are none."""
        could = int(self.counts.sum()) * float(self.replica.requests_per_s)
        return float(self.loads_per_s.sum()) / could if could else 0.0

    @property
    def requests(self) -> float:
        """In a month."""
        return self.mean_per_s * float(SECONDS_OF_HOUR * HOURS_OF_MONTH)

    def usd_per_million(self, tokens: Decimal) -> Decimal | None:
        """All GPUs over so many tokens of each request [USD per million]; None where none is served."""
        with exact():
            usd, served = self.usd * 1_000_000, Decimal(self.requests) * tokens
        return quotient(usd, served) if served else None


def running(loads_per_s: Loads, replica: Replica, policy: Policy) -> Running:
    """The replicas that the loads need; raises KplanError for loads that are none."""
    loads = checked(loads_per_s)
    filled = loads * (1 + float(policy.headroom)) / float(replica.requests_per_s)
    needed = np.ceil(filled - _TIE * np.maximum(1.0, filled)).astype(np.int64)
    counts = np.maximum(needed + policy.spare, policy.least)
    return Running(loads, counts if policy.is_scaled else np.full_like(counts, counts.max()), replica)


def usd_per_million_when_full(replica: Replica, tokens: Decimal) -> Decimal | None:
    """What a replica costs that is busy all the time at its bounds [USD per million tokens]."""
    with exact():
        usd, served = replica.usd_per_hour * 1_000_000, replica.requests_per_s * SECONDS_OF_HOUR * tokens
    return quotient(usd, served) if served else None


def growing(mean_per_s: float, growth: Decimal, months: int) -> tuple[float, ...]:
    """The mean load of each month; growth starts in the second."""
    return tuple(mean_per_s * math.pow(float(ONE + growth), month) for month in range(months))
