"""A plan: every rate dated, every rule chosen, every cost written as one graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import Struct, field

from kplan.engine.bought import Bought
from kplan.engine.ledger import Kind
from kplan.engine.parts import PartOfWhole
from kplan.engine.terms import Terms
from kplan.form.graph import Graph, Node
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow
from kplan.scenario.model import Scenario


class Epoch(Struct, frozen=True):
    """Days on which no rate of the plan changes, [starts_on, ends_on)."""

    starts_on: date
    ends_on: date


class Period(Struct, frozen=True):
    """A month, or the part of a month within one epoch, [starts_on, ends_on)."""

    month: str
    starts_on: date
    ends_on: date
    epoch: int
    queries: Node


class Charge(Struct, frozen=True):
    """A price cell of a stage: for one query of the class, quantity x rate [USD]."""

    design: str
    query_class: str
    stage: str
    model: str
    mode: str
    region: str
    meter: str
    row: PriceRow
    epoch: int
    quantity: Node
    rate: Node
    cost: Node
    note: str
    drawn: Node
    """The quantity before its mean is taken; the same node where nothing in it is random."""
    options: tuple[PriceRow | None, ...] = ()
    """In a live plan: the row of the cell by the model picked, none where that has no such cell.

    Model and row are then those of the planned model, or of the first that has the cell.
    """


class Pick(Struct, frozen=True):
    """A stage of a design whose model can be exchanged in a live plan."""

    design: str
    stage: str
    choice: Node
    """Leaf that holds the number of the model picked, counted from 1."""
    models: tuple[str, ...]
    """As the scenario names them."""
    planned: int
    """The number of the planned model."""
    refused: Mapping[str, str]
    """Models of the scenario that cannot run the stage as it is -> why."""


class PlannedStage(Struct, frozen=True):
    """A stage as a design runs it."""

    id: str
    kind: str
    block: str
    """The block that it stands in; empty for none."""
    models: tuple[str, ...]
    """As the scenario writes them."""
    visits: Node
    """Executions for one query, averaged over the classes."""
    chances: tuple[Node, ...]
    """The stated chance, one a class where classes differ; empty where none is stated."""
    cost: Node
    """Cost per query in the first epoch, averaged over the classes [USD]."""


class Metered(Struct, frozen=True):
    """What a design bills of a model's meter in each month, fixed costs included."""

    model: str
    meter: str
    units: tuple[Node, ...]
    months: tuple[Node, ...]
    """What they cost [USD]."""
    total: Node
    """Over the plan [USD]."""


class MonthLine(Struct, frozen=True):
    """A line that a contract or a purchase makes of a month's sums, one amount a month [USD]."""

    kind: Kind
    label: str
    model: str
    """Whose cost a credit lowers; empty for other lines."""
    meter: str
    months: tuple[Node, ...]
    total: Node
    """Over the plan [USD]."""
    served: tuple[Node, ...] = ()
    """Of what units serve: which part of the month's work that is, one a month [0..1]."""


class FixedCharge(Struct, frozen=True):
    """A price cell of a fixed cost over the days of a period: quantity x rate [USD]."""

    period: Period
    model: str
    mode: str
    region: str
    meter: str
    row: PriceRow
    quantity: Node
    rate: Node
    cost: Node
    note: str
    stage: str = ""
    """Stage of an ingestion that it is for; empty for what `fixed` says."""


class FixedCost(Struct, frozen=True):
    """A monthly cost that does not depend on the traffic."""

    label: str
    months: tuple[Node, ...]
    """One a month [USD]."""
    charges: tuple[FixedCharge, ...] = ()
    """What it is the sum of where the book prices it; empty for a plain amount."""


class Lost(Struct, frozen=True):
    """Shares of a class's queries that end without a right answer, whatever its stages do [0..1]."""

    query_class: str
    stopped: Node
    """Stopped on the way: something failed and nothing caught it."""
    served_wrong: Node
    """Served a wrong answer by a stage that keeps answers."""


class PlannedDesign(Struct, frozen=True):
    """A design with its costs as nodes of the graph [USD]."""

    id: str
    added: bool
    single_model: str
    pins_overridden: tuple[str, ...]
    stages: tuple[PlannedStage, ...]
    charges: tuple[Charge, ...]
    usage_per_query: tuple[Node, ...]
    """One an epoch, averaged over the classes."""
    contingencies: tuple[Node, ...]
    """One a month; empty where none is stated."""
    month_costs: tuple[Node, ...]
    """One a month, with fixed costs, contracts' lines and contingency."""
    total: Node
    fixed: tuple[FixedCost, ...] = ()
    """What is paid by the month: the scenario's fixed costs, and what its corpora cost the design."""
    lost: tuple[Lost, ...] = ()
    """One a class."""
    metered: tuple[Metered, ...] = ()
    """What contracts look at; empty without contracts."""
    lines: tuple[MonthLine, ...] = ()
    """What contracts add or give back, and what units cost and serve."""
    picks: tuple[Pick, ...] = ()
    """In a live plan: the stages whose model can be exchanged."""
    held: Mapping[str, str] = field(default_factory=dict)
    """In a live plan: stages whose model stays -> why."""
    bought: tuple[Bought, ...] = ()
    """Units that serve some of its calls."""


class Plan(Struct, frozen=True):
    """One variant of a scenario, resolved against a price book."""

    variant: str
    scenario: Scenario
    graph: Graph
    months: tuple[str, ...]
    month_queries: tuple[Node, ...]
    epochs: tuple[Epoch, ...]
    periods: tuple[Period, ...]
    shares: dict[str, Node]
    """Share of each class of queries [0..1]; one class, `all`, where the scenario has no mix."""
    designs: tuple[PlannedDesign, ...]
    contingency: Node | None
    models: dict[str, ModelRow]
    """What each model name of the scenario resolved to."""
    notes: tuple[str, ...]
    contracts: tuple[Terms, ...] = ()
    visits: Mapping[tuple[str, str, str], Node] = field(default_factory=dict)
    """Executions of each stage and block for a query, by design, class and stage; left out where none."""
    parts: tuple[PartOfWhole, ...] = ()
    """Shares that stages state."""

    def priced(self) -> Iterator[Charge | FixedCharge]:
        """Everything that a price row prices: the stages' charges of all designs, then fixed costs."""
        for design in self.designs:
            yield from design.charges
        for cost in dict.fromkeys(cost for design in self.designs for cost in design.fixed):
            yield from cost.charges

    def price_rows(self) -> Iterator[PriceRow]:
        """Every row that prices something, or would with another model picked; some more than once."""
        for charge in self.priced():
            yield charge.row
            if isinstance(charge, Charge):
                yield from (row for row in charge.options if row is not None)

    def name_of(self, design: str) -> str:
        """What results call a design: `design`, or `design@variant`."""
        return f"{design}@{self.variant}" if self.variant else design
