"""What the draws of uncertain parameters found: ranges, chances of being cheapest, what drives them."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from kplan.ranges import Interval


class Draws(Struct, frozen=True):
    """How many draws of all uncertain parameters are made, from which seed; 0 draws make no ranges."""

    n: int = 10_000
    seed: int = 1

    @property
    def options(self) -> tuple[str, ...]:
        """The words of the command line that ask for them."""
        return "--draws", str(self.n), "--seed", str(self.seed)


DEFAULT = Draws()


class Driver(Struct, frozen=True):
    """One uncertain parameter, and what it does to the total of a design by itself [USD]."""

    parameter: str
    """`second_pass_rate`, or `second_pass_rate of hard` for a class's own."""
    unit: str
    is_share: bool
    value: Decimal
    low: Decimal
    """Its P10."""
    high: Decimal
    """Its P90."""
    usd_at_low: Decimal
    """The total with it at P10 and all others at their values."""
    usd_at_high: Decimal
    rank_correlation: Decimal | None
    """Spearman's, of the parameter and the total over all draws; none where the total never moves."""
    cheapest_at_low: str
    """Id of the cheapest written design with it at P10."""
    cheapest_at_high: str

    @property
    def swing_usd(self) -> Decimal:
        """How far the total moves from P10 to P90, either way."""
        return abs(self.usd_at_high - self.usd_at_low)


class Ranges(Struct, frozen=True):
    """How sure the figures of one design are."""

    per_query: Interval
    """Usage alone, on the first day of the plan [USD]."""
    first_month: Interval
    total: Interval
    total_per_query: Interval
    saving_usd: Interval | None
    """Against the baseline, draw by draw; none for the baseline itself."""
    saving_share: Interval | None
    """Part of the baseline's total."""
    saving_vs_single_usd: Interval | None
    """Against the design that is the cheapest single model at the parameters' values."""
    cheapest: Decimal
    """In which part of the draws it has the lowest total, of the written designs; an added one of all.
    Where there are floors, of those that clear them."""
    cheapest_at_values: str
    """Id of the cheapest written design, of those that clear the floors, as the scenario stands."""
    over_budget: Decimal | None
    """In which part of the draws some month breaks the budget; none without one."""
    drivers: tuple[Driver, ...]
    """The parameters that its total depends on, the widest swing first."""
