"""One figure taken apart: the charges of a stage, class by class, with the price rows they came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from msgspec import Struct

from kplan.amounts import added
from kplan.engine.drawn import laws_of
from kplan.engine.ledger import LedgerRow, total_usd
from kplan.engine.plan import Charge, Plan
from kplan.engine.results import DesignResult, Results, StageResult
from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.form.graph import Node, Op
from kplan.prices.rows import PriceRow
from kplan.render.monthly_explanation import BUYS, monthly_names
from kplan.scenario.flow import laid_out


class Line(Struct, frozen=True):
    """quantity x unit price = cost, for one query of the class.

    factors    what the quantity is a product of; one where it is none
    is_summed  whether it is a sum over the ways that a query may go; what the scenario adds is none
    """

    meter: str
    model: str
    quantity: Decimal
    factors: tuple[Decimal, ...]
    is_summed: bool
    row: PriceRow
    unit_price_usd: Decimal
    cost_usd: Decimal
    note: str


class Part(Struct, frozen=True):
    """The stage as one class of queries runs it; the cost is for one query of the class [USD]."""

    query_class: str
    share: Decimal
    lines: tuple[Line, ...]
    cost_usd: Decimal


class Later(Struct, frozen=True):
    """What a query of each class costs from a day on which a rate of the plan changes [USD]."""

    on: date
    costs_usd: Mapping[str, Decimal]


class Explanation(Struct, frozen=True):
    """A stage's cost per query, and what it makes in the first month [USD]."""

    design: DesignResult
    stage: StageResult
    parts: tuple[Part, ...]
    month: str
    month_queries: Decimal
    month_cost_usd: Decimal
    later: tuple[Later, ...]
    laws: Mapping[str, str]
    """What is random in it, by name, each with its law in words."""
    served_by: tuple[str, ...]
    """What the design buys that serves some of its calls, as it is asked for."""

    @property
    def rows(self) -> tuple[PriceRow, ...]:
        """The price rows of the lines, once each."""
        return tuple(dict.fromkeys(line.row for part in self.parts for line in part.lines))


def explanation(results: Results, figure: str) -> Explanation:
    """Of a figure `DESIGN.STAGE`; both may hold dots.

    Raises KplanError for a design or a stage that is not there.
    """
    design, stage = _found(results, figure)
    plan = next(plan for plan in results.plans if plan.variant == design.variant)
    first = design.months[0]
    rows = [
        row
        for row in results.ledger
        if (row.variant, row.design, row.stage) == (design.variant, design.design, stage.id)
    ]
    charges = _charges(plan, design, stage)
    return Explanation(
        design=design,
        stage=stage,
        parts=tuple(_parts(plan, charges)),
        month=first.month,
        month_queries=first.queries,
        month_cost_usd=total_usd(row for row in rows if row.month == first.month),
        later=tuple(later for epoch in plan.epochs[1:] if (later := _later(epoch.starts_on, rows)).costs_usd),
        laws={name: law.said for name, law in laws_of(plan.graph, charges).items()},
        served_by=tuple(_serving(plan, design, charges)),
    )


def _serving(plan: Plan, design: DesignResult, charges: Sequence[Charge]) -> Iterator[str]:
    planned = next(each for each in plan.designs if each.id == design.design)
    for each in planned.bought:
        if any(each.serves(charge.model, charge.mode, charge.meter) for charge in charges):
            yield f"{design.id}.{BUYS}.{each.model}"


def _found(results: Results, figure: str) -> tuple[DesignResult, StageResult]:
    designs = {design.id: design for design in results.designs}
    for design in designs.values():
        for stage in design.stages:
            if figure == f"{design.id}.{stage.id}":
                return design, stage
    named = max((id_ for id_ in designs if f"{figure}.".startswith(f"{id_}.")), key=len, default=None)
    if named is None:
        raise KplanError(f'no design "{figure.rpartition(".")[0] or figure}"{_near(figure, list(designs))}')
    stages = [f"{named}.{stage.id}" for stage in designs[named].stages]
    if figure == named:
        raise KplanError(f"{named} is a whole design; name one of its stages: {', '.join(stages)}")
    if inside := _inside(results, designs[named], figure.removeprefix(f"{named}.")):
        held = ", ".join(f"{named}.{stage}" for stage in inside)
        raise KplanError(f"{figure} is a block, billed for nothing itself; name one of its stages: {held}")
    known = [*stages, *monthly_names(results, designs[named])]
    raise KplanError(f'no stage "{figure.removeprefix(f"{named}.")}" in {named}{_near(figure, known)}')


def _inside(results: Results, design: DesignResult, block: str) -> list[str]:
    """The stages of a block of the design, in any class of queries."""
    scenario = next(plan.scenario for plan in results.plans if plan.variant == design.variant)
    placed = (laid_out(scenario, design.design, query_class)[0] for query_class in scenario.classes)
    return list(dict.fromkeys(each.id for found in placed for each in found if each.stage.inside == block))


def _near(name: str, known: Sequence[str]) -> str:
    head = name.rpartition(".")[0] or name
    near = get_close_matches(name, known, 1) or get_close_matches(head, known, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"


def _charges(plan: Plan, design: DesignResult, stage: StageResult) -> list[Charge]:
    """Those of the first epoch."""
    planned = next(found for found in plan.designs if found.id == design.design)
    return [charge for charge in planned.charges if charge.stage == stage.id and charge.epoch == 0]


def _parts(plan: Plan, charges: Sequence[Charge]) -> Iterator[Part]:
    """Read off the plan's graph, since the ledger does not tell the factors of a quantity."""
    values = Decimals(plan.graph)
    for query_class, share in plan.shares.items():
        mine = [charge for charge in charges if charge.query_class == query_class and values[charge.quantity]]
        lines = tuple(_line(plan, values, charge) for charge in mine)
        yield Part(query_class, values[share], lines, added(line.cost_usd for line in lines))


def _later(on: date, rows: Sequence[LedgerRow]) -> Later:
    """From the stage's ledger lines of the period that begins on the day."""
    begun = [row for row in rows if row.starts_on == on]
    classes = dict.fromkeys(row.query_class for row in begun)
    return Later(
        on, {id_: added(row.cost_per_query_usd for row in begun if row.query_class == id_) for id_ in classes}
    )


def _line(plan: Plan, values: Decimals, charge: Charge) -> Line:
    return Line(
        meter=charge.meter,
        model=charge.model,
        quantity=values[charge.quantity],
        factors=tuple(values[node] for node in _factors(plan, charge.quantity)),
        is_summed=plan.graph.entries[charge.quantity].op is Op.SUM,
        row=charge.row,
        unit_price_usd=values[charge.rate],
        cost_usd=values[charge.cost],
        note=charge.note,
    )


def _factors(plan: Plan, node: Node) -> Iterator[Node]:
    """The operands of a product of products."""
    entry = plan.graph.entries[node]
    if entry.op is not Op.MULTIPLY:
        yield node
        return
    for arg in entry.args:
        yield from _factors(plan, arg)
