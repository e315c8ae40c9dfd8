"""From a compiled plan to what draws its queries: a sampler for each class under each design."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from kplan.engine.calls import Callers
from kplan.engine.charges import Pricer
from kplan.engine.compile import Compiled
from kplan.engine.flow.expectation import ExpectedCall
from kplan.engine.flow.formulas import Bill, Formulas, Law, Variable, Variables
from kplan.engine.flow.prompt import Caches
from kplan.engine.flow.sampler import MOST_WAYS, Sampler
from kplan.engine.flow.speeds import Speeds
from kplan.engine.flow.whole import Flow
from kplan.engine.speed_table import SpeedTable
from kplan.form.graph import Graph, Node
from kplan.kinds.primitives import Charge
from kplan.money import ONE

Samplers = Mapping[str, Mapping[str, Sampler]]
"""By design and class."""


def samplers(
    compiled: Compiled,
    laws: Mapping[str, Law] | None = None,
    speeds: Speeds | None = None,
    most_ways: int = MOST_WAYS,
) -> Samplers:
    """The samplers of all designs, at the prices of the plan's first day.

    laws       further laws by the name of the input that they stand for
    speeds     how fast models answer, if not as the scenario says
    most_ways  see `Sampler`
    """
    callers, plan = compiled.callers, compiled.plan
    table = SpeedTable.of(plan.scenario, compiled.pricer.timeline.book)
    bill = _bill(callers, compiled.pricer, plan.epochs[0].starts_on)
    found = {}
    for design in plan.designs:
        placed = callers.placed(design.id)
        single = compiled.singles.get(design.id)
        run = single.everywhere(placed) if single else placed
        flows, _, warm = callers.followed(design.id, run)
        found[design.id] = {
            query_class: Sampler(
                query_class,
                flow.body,
                Formulas(plan.graph, flow.node, bill, Caches(flow.caches, warm), variables(flow, laws or {})),
                speeds or table.speeds(plan.graph, flow.stages, flow.node),
                most_ways,
            )
            for query_class, flow in flows.items()
        }
    return found


def variables(flow: Flow, laws: Mapping[str, Law]) -> Variables:
    """What differs from query to query in a flow."""
    stages = [each.id for each in flow.stages]
    found = {}
    for n, entry in enumerate(flow.graph.entries):
        law = laws.get(entry.name) or getattr(entry, "law", None)
        if law is not None:
            parts = entry.name.removeprefix("stages.").split(".")
            found[Node(n)] = Variable(entry.name, parts[0] if parts[0] in stages else "", law)
    return found


def _bill(callers: Callers, pricer: Pricer, day: date) -> Bill:
    """The same cells that the ledger is made of, for one call."""
    graph: Graph = callers.graph

    def bill(charge: Charge, ref: str, usage: Mapping[str, Node]) -> Node:
        once = ExpectedCall("", 0, charge, ((ref, ONE),), usage, graph.number(ONE))
        cells = [cell for call in callers.by_model(once) for cell in pricer.cells(call, day)]
        return graph.sum(graph.product(cell.quantity, cell.rate) for cell in cells)

    return bill
