"""One side of a comparison: what a run cost, whether it was simulated now or read from a saved result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache, cached_property, partial

from msgspec import Struct
from msgspec.structs import replace

from kplan.engine.ledger import Kind, LedgerRow
from kplan.engine.results import DesignResult, Event, MonthCost, Results
from kplan.prices.book import Book
from kplan.regress.priced import PricedCalls, PricedPlan


class RunDesign(Struct, frozen=True):
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


class Run(Struct, frozen=True, dict=True):
    """One side of a comparison."""

    name: str
    """As the command line has it."""
    scenario_sha256: str
    """Empty for a lock."""
    book_sha256: str
    kplan_version: str
    designs: tuple[RunDesign, ...]
    ledger: tuple[LedgerRow, ...]
    events: tuple[Event, ...]
    plans: Mapping[str, Callable[[], PricedCalls]]
    """The priced plan of each design, by its id; none for a saved result."""

    @property
    def is_locked(self) -> bool:
        """Whether it was read from a lock, which has hashes of its own for each design."""
        return not self.scenario_sha256

    def lines(self, design: RunDesign) -> tuple[LedgerRow, ...]:
        """The ledger's rows of a design."""
        return self._by_design.get((design.design, design.variant), ())

    @cached_property
    def _by_design(self) -> Mapping[tuple[str, str], tuple[LedgerRow, ...]]:
        """Sorted once: a comparison asks for the rows of each design several times."""
        found: dict[tuple[str, str], list[LedgerRow]] = {}
        for row in self.ledger:
            found.setdefault((row.design, row.variant), []).append(row)
        return {key: tuple(rows) for key, rows in found.items()}

    def usage(self, design: RunDesign) -> tuple[LedgerRow, ...]:
        """The rows of its stages alone."""
        return tuple(row for row in self.lines(design) if row.kind is Kind.USAGE)


def run_of(results: Results, books: Mapping[str, Book], name: str) -> Run:
    """The side that a simulation makes; books by variant, without which it is as a saved result."""
    priced = {
        plan.variant: cache(partial(PricedPlan.of, plan, books[plan.variant]))
        for plan in results.plans
        if plan.variant in books
    }
    return Run(
        name=name,
        scenario_sha256=results.provenance.scenario_sha256,
        book_sha256=results.provenance.book_sha256,
        kplan_version=results.provenance.kplan_version,
        designs=tuple(map(_design, results.designs)),
        ledger=results.ledger,
        events=results.events,
        plans={d.id: priced[d.variant] for d in results.designs if d.variant in priced},
    )


def _design(design: DesignResult) -> RunDesign:
    stages = {stage.id: stage.models for stage in design.stages}
    return RunDesign(
        design.id, design.design, design.variant, design.added, design.total_usd, design.months, stages
    )


def without_added(run: Run) -> Run:
    """The run without the designs that kplan added."""
    added = {(design.design, design.variant) for design in run.designs if design.added}
    return replace(
        run,
        designs=tuple(design for design in run.designs if not design.added),
        ledger=tuple(row for row in run.ledger if (row.design, row.variant) not in added),
    )
