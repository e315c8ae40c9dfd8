"""From a scenario and a price book to a plan: all rates chosen, all costs written as one graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kplan.engine.bought import Purchases
from kplan.engine.calendar import Horizon, epochs, horizon, month_queries, periods
from kplan.engine.calls import Callers, StageCalls
from kplan.engine.charges import Pricer
from kplan.engine.contracts import contracts_of
from kplan.engine.costs import Costs
from kplan.engine.drawn import refuse_draws
from kplan.engine.entries import entries_of
from kplan.engine.fixed import FixedCosts
from kplan.engine.notes import notes
from kplan.engine.parts import class_shares
from kplan.engine.plan import Charge, Epoch, Plan
from kplan.engine.problems import Problems
from kplan.engine.singles import Singles, chat_models, pins_overridden
from kplan.engine.timeline import RateChange, Timeline
from kplan.errors import KplanError
from kplan.form.bind import Parameters, bind
from kplan.form.graph import Graph
from kplan.form.moments import expected
from kplan.prices.book import Book
from kplan.prices.windows import HourProfile
from kplan.scenario.model import Scenario


class Compiled(Struct, frozen=True):
    """A plan, with the rate changes that its horizon holds, and what it was made with."""

    plan: Plan
    horizon: Horizon
    changes: tuple[RateChange, ...]
    callers: Callers
    pricer: Pricer
    singles: Singles
    """Designs that kplan added."""
    stages: tuple[StageCalls, ...]
    """Every stage of every design and class."""
    charges: tuple[Charge, ...]
    costs: Costs


def compile_plan(
    scenario: Scenario,
    book: Book,
    *,
    variant: str = "",
    added: Singles | None = None,
    allow_retired: bool = False,
    purchases: Purchases | None = None,
) -> Compiled:
    """Write a scenario as a plan.

    added       designs that kplan added
    purchases   units that designs buy
    Raises KplanError with every problem, each with its place in the scenario: unknown or retired
    models, missing rates, negative tokens, calls above a context window.
    """
    graph, problems, singles = Graph(), Problems(scenario), added or {}
    months = horizon(scenario.volume, book.as_of)
    timeline = Timeline(book, months, _profile(scenario), scenario.prices.freeze, scenario.prices.known_on)
    pricer = Pricer(graph, timeline, problems, allow_retired, singles)
    fixed = FixedCosts(graph, timeline, problems, allow_retired)
    fixed.check()
    tokenizers = entries_of("tokenizers", scenario.tokenizers, book, problems)
    callers = Callers(scenario, graph, _parameters(scenario, graph), months.months, tokenizers)
    stages = _checked(callers, pricer, problems, singles)
    changes = sorted([*pricer.changes(), *fixed.changes()], key=lambda each: (each.on, each.key.model.ref))
    parts = epochs(months, [] if timeline.freeze else [change.on for change in changes])
    charges = [charge for n, part in enumerate(parts) for charge in pricer.charges(stages, n, part.starts_on)]
    problems.raise_all()
    costs = _costs(
        problems, fixed, months, parts, _used(charges), chat_models(scenario, book), purchases or {}
    )
    problems.raise_all()
    pricer.models |= fixed.models
    pins = {id_: pins_overridden(scenario, single) for id_, single in singles.items()}
    designs = (id_ for id_ in scenario.designs if id_ not in pricer.left_out)
    planned = {id_: costs.design(id_, stages, charges, pins.get(id_)) for id_ in designs}
    plan = Plan(
        variant=variant,
        scenario=scenario,
        graph=graph,
        months=tuple(f"{month:%Y-%m}" for month in months.months),
        month_queries=costs.queries,
        epochs=parts,
        periods=costs.periods,
        shares=costs.shares,
        designs=tuple(replace(each, lost=callers.lost[id_]) for id_, each in planned.items()),
        contingency=costs.contingency,
        models=pricer.models,
        notes=notes(scenario, timeline, pricer, charges, pins, costs, tokenizers),
        contracts=costs.contracts.terms,
        visits={key: expected(graph, node) for key, node in callers.visits.items()},
        parts=tuple(callers.parts),
    )
    return Compiled(
        plan, months, tuple(changes), callers, pricer, singles, tuple(stages), tuple(charges), costs
    )


def _used(charges: Iterable[Charge]) -> dict[str, set[str]]:
    """The meters that any design bills of each model."""
    used: dict[str, set[str]] = {}
    for charge in charges:
        used.setdefault(charge.model, set()).add(charge.meter)
    return used


def _costs(
    problems: Problems,
    fixed: FixedCosts,
    months: Horizon,
    parts: tuple[Epoch, ...],
    used: dict[str, set[str]],
    chat: Mapping[str, str],
    purchases: Purchases,
) -> Costs:
    scenario, graph = problems.scenario, fixed.graph
    queries = month_queries(graph, scenario.volume, months.months)
    names = _parameters(scenario, graph).nodes({}, "")
    shares = class_shares(scenario, graph, lambda each: bind(graph, each, names))
    by_period = periods(graph, months, parts, queries)
    amounts = fixed.costs(by_period)
    for charge in (charge for cost in amounts for charge in cost.charges):
        used.setdefault(charge.model, set()).add(charge.meter)
    return Costs(
        graph=graph,
        shares=shares,
        months=months,
        queries=queries,
        periods=by_period,
        n_epochs=len(parts),
        fixed=amounts,
        contracts=contracts_of(problems, graph, len(months.months), fixed.timeline.book, used),
        contingency=graph.leaf("contingency", scenario.contingency) if scenario.contingency else None,
        chat=chat,
        purchases=purchases,
    )


def _checked(callers: Callers, pricer: Pricer, problems: Problems, singles: Singles) -> list[StageCalls]:
    """The stages of all designs that can run; raises KplanError with every problem of a written one."""
    stages = _stages(callers, pricer, problems, singles)
    for stage in stages:
        pricer.check(stage)
    refuse_draws(callers.graph, callers.parts, problems)
    for n, ref in enumerate(callers.scenario.candidates):
        with problems.at(("candidates", n)):
            pricer.check_candidate(ref)
    problems.raise_all()
    return [stage for stage in stages if stage.design not in pricer.left_out]


def _profile(scenario: Scenario) -> HourProfile:
    return scenario.profile.hour_profile() if scenario.profile else HourProfile.uniform()


def _stages(callers: Callers, pricer: Pricer, problems: Problems, singles: Singles) -> list[StageCalls]:
    """Every stage of every design and class, with its calls.

    An added design without a service that only other designs name is left out, with the reason.
    """
    found = []
    for design in callers.scenario.designs:
        single = singles.get(design)
        try:
            placed = callers.placed(design)
        except KplanError as error:
            if single is None:
                raise
            pricer.left_out[design] = error.problems[0].what
            continue
        run = single.everywhere(placed) if single else placed
        with problems.at(("stages",)):
            found += callers.calls(design, run)
    return found


def _parameters(scenario: Scenario, graph: Graph) -> Parameters:
    return Parameters(graph, {name: param.value for name, param in scenario.params.items()})
