"""What is being exported: each variant's plan with its values, and the cells of its nodes so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cached_property

from msgspec import Struct, field

from kplan.engine.ledger import Kind, LedgerRow
from kplan.engine.plan import Pick, Plan, PlannedDesign
from kplan.engine.results import DesignResult, Provenance, Results
from kplan.form.decimals import Decimals
from kplan.form.excel import Formulas, Place, steps
from kplan.form.graph import Entry, LeafKind, Node, Op
from kplan.money import ZERO
from kplan.prices.rows import PriceRow

SUMMARY, INPUTS, PRICES, MODELS, STAGES = "Summary", "Inputs", "Prices", "Models", "Stages"
BUDGET, SENSITIVITY, LATENCY, CAPACITY = "Budget", "Sensitivity", "Latency", "Capacity"
CHECKS, NOTES, STEPS = "Checks", "Notes", "Steps"


class DesignCells(Struct):
    """A design and where its figures lie; filled in sheet by sheet."""

    planned: PlannedDesign
    result: DesignResult
    usage: list[Place] = field(default_factory=list)
    """Usage cost per query, one an epoch (Stages)."""
    stages: dict[str, str] = field(default_factory=dict)
    """Rows of each stage in the first epoch, `Stages!$L$5:$L$6`."""
    total_row: int = 0
    headroom_row: int = 0
    """Rows of the budget; 0 for none."""
    parts: tuple[Place, ...] = ()
    """Horizon totals of usage, fixed costs, contracts' lines and contingency (Budget)."""
    usage_usd: Decimal = ZERO
    """Value of the first of them."""
    total: Place | None = None
    """Horizon total (Budget)."""
    by_stage: Place | None = None
    """Sum of its stages, per so many queries (Summary)."""
    shown_total: Place | None = None
    """Horizon total as the summary shows it."""
    last_month: Place | None = None
    """What has been paid by the end of the last month (Budget)."""
    number: int = 1
    """Which of the designs with its name it is: a spreadsheet's lists and look-ups are blind to case."""

    @property
    def label(self) -> str:
        """The id, marked `+` where kplan added the design, and `(2)` where it is the second of its name."""
        name = f"+ {self.result.id}" if self.result.added else self.result.id
        return name if self.number == 1 else f"{name} ({self.number})"


class VariantCells(Struct, dict=True):
    """One variant's plan, its values, and the cells of its nodes."""

    index: int
    plan: Plan
    values: Decimals
    designs: list[DesignCells]
    places: dict[Node, Place] = field(default_factory=dict)
    names: dict[str, Node] = field(default_factory=dict)
    """The named leaves."""
    seasons: Place | None = None
    """First of the twelve cells of the year's factors."""
    budget: Place | None = None
    """Budget per month (Inputs)."""
    budget_row: int = 0
    """Row of the months' budget (Budget); 0 for none."""
    baseline: Place | None = None
    """The name of the design that savings are counted against, chosen from a list (Summary)."""
    baselines: str = ""
    """The names it is chosen from, `$A$12:$A$15`."""
    queries: Place | None = None
    """Queries of the horizon (Budget)."""
    epochs: list[Place] = field(default_factory=list)
    """Queries of each price period; the same cell where there is only one."""
    chosen: dict[Node, Place] = field(default_factory=dict)
    """Choices of models -> the cell with the name of the one chosen (Models)."""
    picked: dict[tuple[str, str], Pick] = field(default_factory=dict)
    """The choices by design and stage."""
    charged: dict[Node, Place] = field(default_factory=dict)
    """Quantities and costs of charges (Stages)."""

    def formulas(self, sheet: str) -> Formulas:
        """Formulas for a sheet, over the cells known by now."""
        return Formulas(self.plan.graph, self.places, sheet)

    def entry(self, node: Node) -> Entry:
        """The node's entry in the graph."""
        return self.plan.graph.entries[node]

    @property
    def has_mix(self) -> bool:
        """Whether the scenario has classes of queries: then their shares are inputs."""
        return any(self.entry(node).name for node in self.plan.shares.values())

    @cached_property
    def used(self) -> frozenset[Node]:
        """The nodes that any design's total is made of."""
        return frozenset(self.plan.graph.under(design.total for design in self.plan.designs))

    @cached_property
    def baked(self) -> frozenset[Node]:
        """The nodes out of which kplan computed leaves that some design uses: formulas end there."""
        return frozenset(self.plan.graph.feeding(self.used))

    @cached_property
    def has_baked_seasons(self) -> bool:
        """Whether the year's factors, which the scenario states in one list, went into such leaves."""
        return any(self.entry(node).name.startswith("volume.seasonality.") for node in self.baked)

    @cached_property
    def price_rows(self) -> dict[PriceRow, None]:
        """The rows that price something in the plan, then those that would with another model.

        Charges share their rows: finding them by identity is quicker than by value.
        """
        charges = list(self.plan.priced())
        options = (row for design in self.plan.designs for charge in design.charges for row in charge.options)
        rows = {id(row): row for row in (*(charge.row for charge in charges), *options) if row is not None}
        return dict.fromkeys(rows.values())

    @cached_property
    def means(self) -> dict[Node, list[Node]]:
        """Nodes that are the mean of random amounts -> those amounts."""
        found: dict[Node, list[Node]] = {}
        for number, entry in enumerate(self.plan.graph.entries):
            if entry.op is Op.RANDOM:
                found.setdefault(entry.args[0], []).append(Node(number))
        return found

    @cached_property
    def steps(self) -> tuple[Node, ...]:
        """Inner nodes that get a cell of their own, since formulas over them would be too long."""
        return steps(self.plan.graph, self.targets(), ())

    def leaves(self, kind: LeafKind) -> Iterator[tuple[Node, Entry]]:
        """All leaves of a kind, in the graph's order."""
        for number, entry in enumerate(self.plan.graph.entries):
            if entry.op is Op.LEAF and entry.kind is kind:
                yield Node(number), entry

    def targets(self) -> list[Node]:
        """The nodes that formulas are written for, besides sums and products of cells."""
        plan = self.plan
        found = [charge.quantity for design in plan.designs for charge in design.charges]
        found += [
            *plan.shares.values(),
            *_fixed(plan),
            *(node for terms in plan.contracts for node in terms.inputs),
        ]
        if plan.contingency is not None:
            found.append(plan.contingency)
        return list(dict.fromkeys(found))


def _fixed(plan: Plan) -> Iterator[Node]:
    """Plain amounts of fixed costs, and the units of those that the book prices."""
    for cost in dict.fromkeys(cost for design in plan.designs for cost in design.fixed):
        yield from (charge.quantity for charge in cost.charges) if cost.charges else cost.months[:1]


class Export(Struct):
    """All of a workbook's material."""

    results: Results
    variants: list[VariantCells]
    prices: dict[PriceRow, Place] = field(default_factory=dict)
    """US dollars per unit of each price row (Prices)."""
    named: dict[PriceRow, Place] = field(default_factory=dict)
    """What each is called beside its model (Prices)."""
    blue: dict[PriceRow, Place] = field(default_factory=dict)
    """The same as the vendor writes it, which may be edited."""
    ledger: dict[tuple[str, str, str, Kind], list[LedgerRow]] = field(default_factory=dict)
    """Lines by variant, design, month and kind."""
    changed: list[str] = field(default_factory=list)
    """Columns that say of each cell that may be edited whether it was, `Inputs!$H$5:$H$40`."""

    @property
    def has_variants(self) -> bool:
        """Whether there is more than one."""
        return len(self.variants) > 1

    @property
    def designs(self) -> list[tuple[VariantCells, DesignCells]]:
        """Every design with its variant, in the order of the results."""
        by_id = {design.result.id: (cells, design) for cells in self.variants for design in cells.designs}
        return [by_id[result.id] for result in self.results.designs]

    @property
    def has_mix(self) -> bool:
        """Whether any variant has classes of queries."""
        return any(cells.has_mix for cells in self.variants)

    @property
    def months(self) -> tuple[date, ...]:
        """First day of every month of any variant, in order."""
        names = sorted({month for cells in self.variants for month in cells.plan.months})
        return tuple(date(int(name[:4]), int(name[5:]), 1) for name in names)

    @property
    def title(self) -> str:
        """What the scenario is called."""
        return title_of(self.results.provenance)

    @property
    def footer(self) -> str:
        """Version of kplan and fingerprint of the scenario, for every page."""
        return footer(self.results.provenance)


def title_of(provenance: Provenance) -> str:
    """What the scenario is called."""
    return provenance.scenario_name or provenance.scenario_file or "Scenario"


def footer(provenance: Provenance) -> str:
    """Version of kplan and fingerprint of the scenario, for every page."""
    as_of = f" - prices of {provenance.book_as_of}" if provenance.book_as_of else ""
    made = f"kplan {provenance.kplan_version} - scenario {provenance.scenario_sha256[:12]}{as_of}"
    return f"&L&8{made.replace('&', '&&')}&R&8Page &P of &N"


def export_of(results: Results) -> Export:
    """The results with no cell placed yet, over plans in which models can be exchanged."""
    by_key = {(design.variant, design.design): design for design in results.designs}
    variants = []
    for index, plan in enumerate(results.live or results.plans):
        designs = [DesignCells(planned, by_key[plan.variant, planned.id]) for planned in plan.designs]
        values = Decimals(plan.graph)
        for design in plan.designs:
            _ = values[design.total]  # most values at once, which takes a third of the time of one by one
        cells = VariantCells(index, plan, values, designs)
        cells.names = {
            entry.name: Node(n)
            for n, entry in enumerate(plan.graph.entries)
            if entry.op is Op.LEAF and entry.name
        }
        variants.append(cells)
    _tell_apart([design for cells in variants for design in cells.designs])
    export = Export(results, variants)
    for row in results.ledger:
        export.ledger.setdefault((row.variant, row.design, row.month, row.kind), []).append(row)
    return export


def _tell_apart(designs: Iterable[DesignCells]) -> None:
    """Number the designs whose labels differ in case alone."""
    known: set[str] = set()
    for design in designs:
        while design.label.casefold() in known:
            design.number += 1
        known.add(design.label.casefold())
