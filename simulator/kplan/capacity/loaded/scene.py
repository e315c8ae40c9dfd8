"""What all designs of a plan see: its traffic and limits, and how much of it is simulated."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from kplan.capacity.headroom import Array, rates_per_s
from kplan.capacity.limit_book import LimitBook
from kplan.capacity.loaded.came import Coming
from kplan.capacity.loaded.drawing import Drawer
from kplan.capacity.loaded.points import Slo
from kplan.capacity.pattern import Pattern
from kplan.engine.plan import Plan
from kplan.prices.book import Book
from kplan.scenario.model import ONLY_CLASS
from kplan.scenario.traffic import Burstiness

_SLOS = {"p95": 0.95, "p99": 0.99, "p50": 0.5}
"""Percentiles of `targets` that are a promise under load, the first that is said."""


class Effort(Struct, frozen=True):
    """How much is simulated: the seed, and the queries that are followed at each load."""

    seed: int = 1
    queries: int = 5_000


class Scene(Struct, frozen=True, eq=False, dict=True):
    """The traffic and limits that all designs of a plan see."""

    plan: Plan
    book: Book
    traffic: Pattern
    limits: LimitBook
    effort: Effort = Effort()
    slo: Slo | None = None
    """Instead of the plan's targets."""

    @cached_property
    def drawer(self) -> Drawer:
        """Draws the queries of the plan's designs."""
        return Drawer(self.plan, self.book)

    @cached_property
    def coming(self) -> Coming:
        """How queries come."""
        traffic = self.plan.scenario.traffic
        said = (traffic and traffic.burstiness) or Burstiness()
        return Coming(said, self.traffic.trace, self.effort.seed)

    @cached_property
    def rates(self) -> Array:
        """Queries in the busiest minute of each month; of a trace, in the busiest hour [1/s], shape (m,)."""
        found: Array = rates_per_s(self.plan) * float(self.traffic.week.max()) * self.peak_factor
        return found

    @property
    def peak_factor(self) -> float:
        """The busiest minute of an hour over its mean; a trace has its own."""
        return 1.0 if self.traffic.trace is not None else self.traffic.peak_factor

    @property
    def promise(self) -> Slo | None:
        """The SLO that was asked for, else the target of all queries."""
        target = self.plan.scenario.targets.get(ONLY_CLASS)
        if self.slo is not None or target is None:
            return self.slo
        said = target.limits()
        return next((Slo(part, float(said[name])) for name, part in _SLOS.items() if name in said), None)
