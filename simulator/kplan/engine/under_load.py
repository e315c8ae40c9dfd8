"""How long the queries of a design take in its busiest minute, where a check asks for that."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

UNDER_LOAD = "_under_load"
"""Behind `p50`, `p95` and `p99` in the names of metrics."""
PERCENTILES = ("p50", "p95", "p99")


class UnderLoad(Struct, frozen=True):
    """Times of a query under load, by percentile [s]; infinite where more comes than the limits let in."""

    month: str
    """The month of the plan with the most queries."""
    times_s: dict[str, Decimal]
    why: str = ""
    """Why they are not known, and what to say; empty where they are."""
