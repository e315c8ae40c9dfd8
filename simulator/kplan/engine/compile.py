"""From a scenario and a price book to a plan: all rates chosen, all costs written as one graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kplan.engine.bind import Parameters
from kplan.engine.calendar import Horizon, epochs, horizon, month_queries, periods
from kplan.engine.calls import Callers, StageCalls
from kplan.engine.charges import Pricer
from kplan.engine.plan import Charge, FixedCost, Period, Plan, PlannedDesign, PlannedStage
from kplan.engine.problems import Problems
from kplan.engine.timeline import RateChange, Timeline
from kplan.form.graph import Graph, Node, Op
from kplan.money import ONE
from kplan.prices.book import Book
from kplan.prices.windows import HourProfile
from kplan.scenario.model import Scenario
from kplan.scenario.names import dotted


@dataclass(frozen=True)
class Compiled:
    """A plan, with the rate changes that its horizon holds."""

    plan: Plan
    horizon: Horizon
    changes: tuple[RateChange, ...]


def compile_plan(
    scenario: Scenario,
    book: Book,
    *,
    variant: str = "",
    added: Mapping[str, tuple[str, ...]] | None = None,
    allow_retired: bool = False,
) -> Compiled:
    """Write a scenario as a plan.

    added   designs that kplan added, each with the stages whose pins it overrides
    Raises KplanError with every problem, each with its place in the scenario: unknown or retired
    models, missing rates, negative tokens, calls above a context window.
    """
    graph = Graph()
    problems = Problems(scenario)
    months = horizon(scenario.volume, book.as_of)
    timeline = Timeline(book, months, _profile(scenario), scenario.prices.freeze, scenario.prices.known_on)
    stages = _stages(scenario, graph, problems)
    pricer = Pricer(graph, timeline, problems, allow_retired)
    for stage in stages:
        pricer.check(stage)
    problems.raise_all()
    changes = pricer.changes()
    parts = epochs(months, [change.on for change in changes])
    queries = month_queries(graph, scenario.volume, months.months)
    costs = _Costs(
        graph=graph,
        shares=_shares(scenario, graph),
        months=months,
        queries=queries,
        periods=periods(graph, months, parts, queries),
        n_epochs=len(parts),
        fixed=_fixed(scenario, graph),
        contingency=graph.leaf("contingency", scenario.contingency) if scenario.contingency else None,
    )
    charges = [charge for n, part in enumerate(parts) for charge in pricer.charges(stages, n, part.starts_on)]
    problems.raise_all()
    designs = tuple(
        costs.design(
            id_, [s for s in stages if s.design == id_], [c for c in charges if c.design == id_], added or {}
        )
        for id_ in scenario.designs
    )
    plan = Plan(
        variant=variant,
        scenario=scenario,
        graph=graph,
        months=tuple(f"{month:%Y-%m}" for month in months.months),
        month_queries=queries,
        epochs=parts,
        periods=costs.periods,
        shares=costs.shares,
        designs=designs,
        fixed=costs.fixed,
        contingency=costs.contingency,
        models=pricer.models,
        notes=_notes(scenario, months, pricer, charges),
    )
    return Compiled(plan, months, tuple(changes))


def _profile(scenario: Scenario) -> HourProfile:
    return scenario.profile.hour_profile() if scenario.profile else HourProfile.uniform()


def _stages(scenario: Scenario, graph: Graph, problems: Problems) -> list[StageCalls]:
    """Every stage of every design and class, with its calls."""
    callers = Callers(
        scenario, graph, Parameters(graph, {name: param.value for name, param in scenario.params.items()})
    )
    found = []
    for design in scenario.designs:
        for query_class, placed in callers.placed(design):
            with problems.at(placed.path):
                found.append(callers.calls(design, query_class, placed))
    return found


def _shares(scenario: Scenario, graph: Graph) -> dict[str, Node]:
    if not scenario.mix:
        return dict.fromkeys(scenario.classes, graph.number(ONE))
    return {id_: graph.leaf(dotted(("mix", id_, "share")), share) for id_, share in scenario.shares().items()}


def _fixed(scenario: Scenario, graph: Graph) -> tuple[FixedCost, ...]:
    return tuple(
        FixedCost(label, graph.leaf(dotted(("fixed", label)), usd)) for label, usd in scenario.fixed.items()
    )


def _notes(scenario: Scenario, months: Horizon, pricer: Pricer, charges: Iterable[Charge]) -> tuple[str, ...]:
    """What was assumed on the way, once each."""
    notes: dict[str, None] = {}
    if scenario.volume.start is None:
        notes[f"starts in {months.starts_on:%Y-%m}, the month after the price book's date"] = None
    if scenario.prices.freeze is not None:
        notes[f"prices of {scenario.prices.freeze} held over the whole plan"] = None
    if scenario.prices.known_on is not None:
        notes[f"only prices recorded by {scenario.prices.known_on}"] = None
    for ref, model in pricer.models.items():
        if ref not in (model.id, model.ref):
            notes[f"{ref} is an alias of {model.ref}"] = None
    for charge in charges:
        if charge.note:
            notes[f"{charge.model}: {charge.note}"] = None
    return tuple(notes)


@dataclass(frozen=True)
class _Costs:
    """What all designs of a plan share, and the sums that make a design's costs of its charges."""

    graph: Graph
    shares: dict[str, Node]
    months: Horizon
    queries: tuple[Node, ...]
    periods: tuple[Period, ...]
    n_epochs: int
    fixed: tuple[FixedCost, ...]
    contingency: Node | None

    def design(
        self,
        id_: str,
        stages: Sequence[StageCalls],
        charges: Sequence[Charge],
        added: Mapping[str, tuple[str, ...]],
    ) -> PlannedDesign:
        """A design with its costs as nodes."""
        usage = tuple(self._mixed(charges, epoch) for epoch in range(self.n_epochs))
        months = tuple(self._month(month, usage) for month in self.months.months)
        return PlannedDesign(
            id=id_,
            added=id_ in added,
            single_model=_single_model(stages),
            pins_overridden=added.get(id_, ()),
            stages=tuple(
                self._stage(name, stages, charges) for name in dict.fromkeys(s.placed.id for s in stages)
            ),
            charges=tuple(charges),
            usage_per_query=usage,
            month_costs=months,
            total=self.graph.sum(months),
        )

    def _mixed(self, charges: Iterable[Charge], epoch: int) -> Node:
        """Cost of one query in an epoch, averaged over the classes [USD]."""
        held = [charge for charge in charges if charge.epoch == epoch]
        return self.graph.sum(
            self.graph.product(self.graph.sum(c.cost for c in held if c.query_class == class_id), share)
            for class_id, share in self.shares.items()
        )

    def _month(self, month: date, usage: Sequence[Node]) -> Node:
        name = f"{month:%Y-%m}"
        spent = [
            self.graph.product(period.queries, usage[period.epoch])
            for period in self.periods
            if period.month == name
        ]
        before = self.graph.sum([*spent, *(fixed.usd_per_month for fixed in self.fixed)])
        if self.contingency is None:
            return before
        return self.graph.apply(Op.ADD, before, self.graph.product(before, self.contingency))

    def _stage(self, name: str, stages: Sequence[StageCalls], charges: Sequence[Charge]) -> PlannedStage:
        held = [stage for stage in stages if stage.placed.id == name]
        refs = dict.fromkeys(ref for stage in held for ref, _ in stage.placed.models)
        visits = self.graph.sum(
            self.graph.product(stage.visits, self.shares[stage.query_class]) for stage in held
        )
        chances = dict.fromkeys(stage.chance for stage in held if stage.chance is not None)
        cost = self._mixed([charge for charge in charges if charge.stage == name], 0)
        return PlannedStage(name, held[0].placed.stage.kind, tuple(refs), visits, tuple(chances), cost)


def _single_model(stages: Sequence[StageCalls]) -> str:
    refs = {ref for stage in stages for ref, _ in stage.placed.models}
    return refs.pop() if len(refs) == 1 else ""
