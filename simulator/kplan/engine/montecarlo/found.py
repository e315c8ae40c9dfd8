"""What drawing queries found: how the cost and the time of a query spread, and what that makes of a month."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct


class Sample(Struct, frozen=True):
    """How many queries of each design are drawn, and from which seed."""

    n: int
    seed: int = 1

    @property
    def options(self) -> tuple[str, ...]:
        """The words of the command line that ask for it, but for the seed."""
        return "--sample", str(self.n)


class Estimate(Struct, frozen=True):
    """A figure from draws with its 95 % confidence interval."""

    value: Decimal
    low: Decimal
    high: Decimal

    @property
    def off(self) -> Decimal:
        """Half the width of the interval."""
        return (self.high - self.low) / 2


class Spreading(Struct, frozen=True):
    """How an amount spreads over queries: the cost of one [USD], or its time [s]."""

    mean: Estimate
    variance: Estimate
    percentiles: dict[int, Estimate]
    """By percent: 50, 90, 95, 99; to 0.2 % where amounts are drawn, else exact but for the draws."""


class Drawn(Struct, frozen=True):
    """The queries of a design, or those of one class."""

    n: int
    cost_usd: Spreading
    time_s: Spreading | None
    """None where nobody said how fast some model is."""
    stopped: Estimate
    """Share of the queries that stop on the way, since something failed and nothing caught it [0..1]."""


class Paired(Struct, frozen=True):
    """A design less another one, query by query on the same random numbers."""

    against: str
    """Id of the other design."""
    mean_usd: Estimate
    cheaper: Decimal
    """Share of the queries that cost less than under the other design [0..1]."""


class MonthRange(Struct, frozen=True):
    """The bill of a month, since queries differ: all lines, at the parameters' values [USD]."""

    month: str
    p10_usd: Decimal
    p90_usd: Decimal


class DesignSample(Struct, frozen=True):
    """All that was drawn of a design."""

    all: Drawn
    """All classes, each with its share."""
    classes: dict[str, Drawn]
    paired: Paired | None
    """Against the baseline; none for the baseline itself."""
    months: tuple[MonthRange, ...]
    """Empty under contracts, whose terms bend what a month may come to."""
    is_by_way: bool
    """Whether every query took one of few ways, so that amounts are exact."""
