"""How long queries take and what that is held against: figures of a design and of its classes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

PERCENTILES: Mapping[str, Decimal] = {
    "p50": Decimal("0.5"),
    "p90": Decimal("0.9"),
    "p95": Decimal("0.95"),
    "p99": Decimal("0.99"),
}
"""Part of the queries that are through within each."""


class TimeFigures(Struct, frozen=True):
    """Time of a query until it is answered or stops, without load, to the nanosecond [s]."""

    mean: Decimal
    p50: Decimal
    p90: Decimal
    p95: Decimal
    p99: Decimal
    within_s: Decimal
    """None of them lies further from the exact one; 0 but where times were merged to keep them few."""

    def by_name(self) -> dict[str, Decimal]:
        """The mean and each percentile [s]."""
        return {name: getattr(self, name) for name in TIME_FIGURES}


TIME_FIGURES = ("mean", *PERCENTILES)


class Met(Struct, frozen=True):
    """A target and what came of it [s, or USD for `per_query`]."""

    figure: str
    limit: Decimal
    value: Decimal | None
    """None where it is unknown."""

    @property
    def is_met(self) -> bool | None:
        """None where nobody can tell."""
        return None if self.value is None else self.value <= self.limit


class ClassTime(Struct, frozen=True):
    """The queries of one class; `all` for those of the whole mix."""

    query_class: str
    share: Decimal
    cost_per_query_usd: Decimal
    """Usage alone, on the first day of the plan."""
    times: TimeFigures | None
    """None where they are unknown."""
    targets: tuple[Met, ...] = ()


class DesignTime(Struct, frozen=True):
    """How long the queries of a design take."""

    whole: ClassTime
    classes: tuple[ClassTime, ...]
    """Each class of the mix; empty where there is only one."""
    unknown: tuple[str, ...]
    """Why times are unknown; empty where they are known, or where nobody asked for any."""

    @property
    def told(self) -> tuple[ClassTime, ...]:
        """The classes, and the whole before them."""
        return (self.whole, *self.classes)
