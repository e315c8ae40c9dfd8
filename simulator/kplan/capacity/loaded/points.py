"""What a query takes at one load, and what is told of all loads."""

from __future__ import annotations

from math import inf, isfinite

from msgspec import Struct

CLOSED_FORM, GRID, EVENTS = "closed form", "hour-of-week grid", "discrete events"


class Estimate(Struct, frozen=True):
    """A figure with its 95 % interval; all three are one where it is exact."""

    value: float
    low: float
    high: float


UNSTABLE = Estimate(inf, inf, inf)


class LoadPoint(Struct, frozen=True):
    """Queries at one load."""

    queries_per_s: float
    p50_s: Estimate
    """From coming in to being answered, or to stopping; infinite where the load is unstable [s]."""
    p95_s: Estimate
    p99_s: Estimate
    engine: str
    """CLOSED_FORM, GRID or EVENTS."""
    delayed_calls: float = 0.0
    """Share of the calls to models that a limit holds back, or refuses at first [0..1]."""
    delayed_queries: float = 0.0
    """Share of the queries with such a call [0..1]."""
    is_short: bool = False
    """Whether so few queries were followed, this near to the unstable load, that the interval of p99, and at
    the end of the curve also that of p95, is too narrow."""

    @property
    def is_stable(self) -> bool:
        """Whether its limits let in all that comes."""
        return isfinite(self.p99_s.value)

    def at(self, quantile: float) -> Estimate:
        """The time that this part of the queries is through within, of 0.5, 0.95 and 0.99 [s]."""
        return {0.5: self.p50_s, 0.95: self.p95_s, 0.99: self.p99_s}[quantile]


class Slo(Struct, frozen=True):
    """A promise: this part of the queries is through within this time."""

    quantile: float
    """0.5, 0.95 or 0.99."""
    latency_s: float

    @property
    def name(self) -> str:
        """`p95`."""
        return f"p{self.quantile * 100:.0f}"


class InFlight(Struct, frozen=True):
    """Calls with the providers at once, over time."""

    mean: float
    p99: int
    """So many are enough for 99 % of the time."""
    most: int
    engine: str
    """Where it comes from, in words."""


class Loaded(Struct, frozen=True):
    """How long queries of a design take under load."""

    month: str
    """The month with the most queries, whose limits these are."""
    busiest: LoadPoint
    """At the rate of its busiest minute; of a trace, of its busiest hour."""
    points: tuple[LoadPoint, ...]
    """The curve, ascending in load, as far as it is stable."""
    unstable_per_s: float | None
    """The load from which more comes than some limit lets in [queries/s]; None where none limits it."""
    slo: Slo | None
    largest_per_s: float | None
    """Largest load of those on the curve, and between them, that keeps the SLO [queries/s]: 0 if none does,
    infinite if all do that there are, None without an SLO."""
    in_flight: InFlight | None
    """At the busiest load; None where that is unstable."""
    method: str
    """How it was found out, in words."""
    first_month: str
    first: LoadPoint
    """The same as `busiest`, in the first month and under its limits."""
    unstable_month: str
    """The first month whose busiest load is unstable; empty where none is."""
    binding: str
    """The limit that is full at `unstable_per_s`; empty where none limits it."""
    dispersion: float | None
    """Index of dispersion of the queries in 60 s at the busiest load; 1 is Poisson."""

    @property
    def is_at_least(self) -> bool:
        """Whether the highest load of the curve keeps the SLO: more may, which takes a longer run to tell."""
        found = self.largest_per_s
        return bool(found) and bool(self.points) and found == self.points[-1].queries_per_s
