"""How long the queries of every design take, where a scenario says how fast its models are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from kplan.engine.calls import Callers
from kplan.engine.flow.latency import latency
from kplan.engine.flow.prompt import Caches
from kplan.engine.flow.times import Times, mixed
from kplan.engine.plan import Plan, PlannedDesign
from kplan.engine.results import DesignResult
from kplan.engine.singles import Single, chat_models
from kplan.engine.speed_table import SpeedTable
from kplan.engine.targets import PERCENTILES, ClassTime, DesignTime, Met, TimeFigures
from kplan.form.bind import Parameters
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph
from kplan.money import ONE, ZERO, exact
from kplan.prices.book import Book
from kplan.scenario.model import ONLY_CLASS


def with_times(
    designs: Sequence[DesignResult], plan: Plan, values: Decimals, book: Book
) -> list[DesignResult]:
    """The designs, each with the times of its queries and what the targets say to them.

    Queries are followed in a graph of their own, which changes no cost.
    Raises KplanError for entries of `latency` that fit no model, or one as well as another does.
    """
    graph = Graph()
    params = {name: param.value for name, param in plan.scenario.params.items()}
    months = [date.fromisoformat(f"{month}-01") for month in plan.months]
    callers = Callers(plan.scenario, graph, Parameters(graph, params), months)
    shares = {name: values[node] for name, node in plan.shares.items()}
    table = SpeedTable.of(plan.scenario, book)
    clock = _Clock(plan, values, callers, shares, table, chat_models(plan.scenario, book))
    planned = {design.id: design for design in plan.designs}
    return [replace(each, time=clock.time(planned[each.design])) for each in designs]


@dataclass
class _Clock:
    plan: Plan
    values: Decimals
    callers: Callers
    shares: Mapping[str, Decimal]
    table: SpeedTable
    chat: Mapping[str, str]

    def time(self, design: PlannedDesign) -> DesignTime:
        """Times by class and over the mix, and what the targets say to them."""
        costs, unknown = self._costs(design), dict[str, None]()
        found: dict[str, Times | None] = dict.fromkeys(self.shares)
        if self.plan.scenario.latency:
            found = self._times(design, unknown)
        classes = [self._class(name, self.shares[name], costs[name], found[name]) for name in found]
        known = [(name, times) for name, times in found.items() if times is not None and self.shares[name]]
        whole = None
        if known and not unknown:
            whole = mixed(times.scaled(float(self.shares[name])) for name, times in known)
        with exact():
            cost = sum((costs[name] * share for name, share in self.shares.items()), ZERO)
        return DesignTime(
            self._class(ONLY_CLASS, ONE, cost, whole),
            tuple(classes) if self.plan.scenario.mix else (),
            tuple(unknown),
        )

    def _costs(self, design: PlannedDesign) -> dict[str, Decimal]:
        """Usage of a query of each class on the first day of the plan [USD]."""
        costs = dict.fromkeys(self.shares, ZERO)
        with exact():
            for charge in design.charges:
                if charge.epoch == 0:
                    costs[charge.query_class] += self.values[charge.cost]
        return costs

    def _times(self, design: PlannedDesign, unknown: dict[str, None]) -> dict[str, Times | None]:
        """The distribution of each class's times; none, and why, where it is unknown."""
        single = Single(design.single_model, self.chat) if design.added else None
        placed = self.callers.placed(design.id)
        flows, _, warm = self.callers.followed(design.id, single.everywhere(placed) if single else placed)
        found: dict[str, Times | None] = {}
        for name, flow in flows.items():
            speeds = self.table.speeds(flow.graph, flow.stages, flow.node)
            query = latency(flow.graph, flow.body, flow.node, Caches(flow.caches, warm), speeds)
            stages = {each.id: each for each in flow.stages}
            why = [self.table.why_unknown(stages[slow.stage], slow.ref) for slow in query.unknown]
            unknown.update(dict.fromkeys(why))
            found[name] = None if why else query.times
        return found

    def _class(self, name: str, share: Decimal, cost_usd: Decimal, times: Times | None) -> ClassTime:
        figures, target = None if times is None else _figures(times), self.plan.scenario.targets.get(name)
        reached = {"per_query": cost_usd} | ({} if figures is None else figures.by_name())
        limits = {} if target is None else target.limits()
        met = tuple(Met(figure, limit, reached.get(figure)) for figure, limit in limits.items())
        return ClassTime(name, share, cost_usd, figures, met)


def _figures(times: Times) -> TimeFigures:
    found = {name: _seconds(times.percentile_ns(float(part))) for name, part in PERCENTILES.items()}
    return TimeFigures(mean=_seconds(round(times.mean_ns())), within_s=_seconds(times.off_ns), **found)


def _seconds(ns: int) -> Decimal:
    return Decimal(ns).scaleb(-9)
