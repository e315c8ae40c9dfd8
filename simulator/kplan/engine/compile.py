"""From a scenario and a price book to a plan: all rates chosen, all costs written as one graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kplan.engine.bind import Parameters
from kplan.engine.calendar import Horizon, epochs, horizon, month_queries, periods
from kplan.engine.calls import Callers, StageCalls
from kplan.engine.charges import Pricer
from kplan.engine.costs import Costs
from kplan.engine.plan import Charge, FixedCost, Plan
from kplan.engine.problems import Problems
from kplan.engine.singles import Singles, pins_overridden
from kplan.engine.timeline import RateChange, Timeline
from kplan.form.graph import Graph, Node
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
    added: Singles | None = None,
    allow_retired: bool = False,
) -> Compiled:
    """Write a scenario as a plan.

    added   designs that kplan added
    Raises KplanError with every problem, each with its place in the scenario: unknown or retired
    models, missing rates, negative tokens, calls above a context window.
    """
    graph, problems, singles = Graph(), Problems(scenario), added or {}
    months = horizon(scenario.volume, book.as_of)
    timeline = Timeline(book, months, _profile(scenario), scenario.prices.freeze, scenario.prices.known_on)
    pricer = Pricer(graph, timeline, problems, allow_retired, singles)
    stages = _checked(scenario, graph, pricer, problems, singles)
    changes = pricer.changes()
    parts = epochs(months, [change.on for change in changes])
    charges = [charge for n, part in enumerate(parts) for charge in pricer.charges(stages, n, part.starts_on)]
    problems.raise_all()
    pins = {id_: pins_overridden(scenario, single) for id_, single in singles.items()}
    costs = Costs(
        graph=graph,
        shares=_shares(scenario, graph),
        months=months,
        queries=(queries := month_queries(graph, scenario.volume, months.months)),
        periods=periods(graph, months, parts, queries),
        n_epochs=len(parts),
        fixed=_fixed(scenario, graph),
        contingency=graph.leaf("contingency", scenario.contingency) if scenario.contingency else None,
    )
    plan = Plan(
        variant=variant,
        scenario=scenario,
        graph=graph,
        months=tuple(f"{month:%Y-%m}" for month in months.months),
        month_queries=costs.queries,
        epochs=parts,
        periods=costs.periods,
        shares=costs.shares,
        designs=tuple(
            costs.design(id_, stages, charges, pins.get(id_))
            for id_ in scenario.designs
            if id_ not in pricer.left_out
        ),
        fixed=costs.fixed,
        contingency=costs.contingency,
        models=pricer.models,
        notes=_notes(scenario, months, pricer, charges, pins),
    )
    return Compiled(plan, months, tuple(changes))


def _checked(
    scenario: Scenario, graph: Graph, pricer: Pricer, problems: Problems, singles: Singles
) -> list[StageCalls]:
    """The stages of all designs that can run; raises KplanError with every problem of a written one."""
    stages = _stages(scenario, graph, problems, singles)
    for stage in stages:
        pricer.check(stage)
    problems.raise_all()
    return [stage for stage in stages if stage.design not in pricer.left_out]


def _profile(scenario: Scenario) -> HourProfile:
    return scenario.profile.hour_profile() if scenario.profile else HourProfile.uniform()


def _stages(scenario: Scenario, graph: Graph, problems: Problems, singles: Singles) -> list[StageCalls]:
    """Every stage of every design and class, with its calls."""
    callers = Callers(
        scenario, graph, Parameters(graph, {name: param.value for name, param in scenario.params.items()})
    )
    found = []
    for design in scenario.designs:
        single = singles.get(design)
        for query_class, placed in callers.placed(design):
            run = single.applied(placed) if single else placed
            with problems.at(placed.path):
                found.append(callers.calls(design, query_class, run))
    return found


def _shares(scenario: Scenario, graph: Graph) -> dict[str, Node]:
    if not scenario.mix:
        return dict.fromkeys(scenario.classes, graph.number(ONE))
    return {id_: graph.leaf(dotted(("mix", id_, "share")), share) for id_, share in scenario.shares().items()}


def _fixed(scenario: Scenario, graph: Graph) -> tuple[FixedCost, ...]:
    return tuple(
        FixedCost(label, graph.leaf(dotted(("fixed", label)), usd)) for label, usd in scenario.fixed.items()
    )


def _notes(
    scenario: Scenario,
    months: Horizon,
    pricer: Pricer,
    charges: Iterable[Charge],
    overridden: Mapping[str, tuple[str, ...]],
) -> tuple[str, ...]:
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
    for id_, pins in overridden.items():
        if pins and id_ not in pricer.left_out:
            notes[f"{id_} everywhere overrides the pinned model of {', '.join(pins)}"] = None
    for id_, reason in pricer.left_out.items():
        notes[f"{id_} everywhere is not shown: {reason}"] = None
    for charge in charges:
        if charge.note:
            notes[f"{charge.model}: {charge.note}"] = None
    return tuple(notes)
