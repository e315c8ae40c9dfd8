"""One side of a comparison: what a run cost, whether it was simulated now or read from a saved result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kplan.engine.ledger import Kind, LedgerRow
from kplan.engine.plan import Plan
from kplan.engine.results import DesignResult, Event, MonthCost, Results
from kplan.prices.book import Book


@dataclass(frozen=True, slots=True)
class RunDesign:
    """What is compared of a design."""

    id: str
    """`design`, or `design@variant`."""
    design: str
    variant: str
    added: bool
    """Added by kplan: one model everywhere."""
    total_usd: Decimal
    months: tuple[MonthCost, ...]
    stages: Mapping[str, tuple[str, ...]]
    """The models of each stage, as the scenario writes them."""


@dataclass(frozen=True)
class Run:
    """One side of a comparison."""

    name: str
    """As the command line has it."""
    scenario_sha256: str
    book_sha256: str
    kplan_version: str
    designs: tuple[RunDesign, ...]
    ledger: tuple[LedgerRow, ...]
    events: tuple[Event, ...]
    plans: Mapping[str, tuple[Plan, Book]]
    """Each variant's plan and its price book; none for a saved result."""

    def lines(self, design: RunDesign) -> tuple[LedgerRow, ...]:
        """The ledger's rows of a design."""
        return tuple(
            row for row in self.ledger if (row.design, row.variant) == (design.design, design.variant)
        )

    def usage(self, design: RunDesign) -> tuple[LedgerRow, ...]:
        """The rows of its stages alone."""
        return tuple(row for row in self.lines(design) if row.kind is Kind.USAGE)


def run_of(results: Results, books: Mapping[str, Book], name: str) -> Run:
    """The side that a simulation makes; books by variant."""
    return Run(
        name=name,
        scenario_sha256=results.provenance.scenario_sha256,
        book_sha256=results.provenance.book_sha256,
        kplan_version=results.provenance.kplan_version,
        designs=tuple(map(_design, results.designs)),
        ledger=results.ledger,
        events=results.events,
        plans={plan.variant: (plan, books[plan.variant]) for plan in results.plans},
    )


def _design(design: DesignResult) -> RunDesign:
    stages = {stage.id: stage.models for stage in design.stages}
    return RunDesign(
        design.id, design.design, design.variant, design.added, design.total_usd, design.months, stages
    )
