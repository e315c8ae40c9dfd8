"""A plan taken apart into the factors of its bill, so that each can be put beside another plan's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct

from kplan.engine.calendar import Horizon, days_in, month_after
from kplan.engine.calls import Callers, ModelCall, StageCalls
from kplan.engine.entries import entries_of
from kplan.engine.plan import Plan
from kplan.engine.problems import Problems
from kplan.engine.singles import Single, chat_models
from kplan.engine.timeline import REQUEST, RateKey, Timeline
from kplan.errors import KplanError
from kplan.form.bind import Parameters
from kplan.form.cells import assign
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph
from kplan.money import ONE, exact
from kplan.prices.book import Book
from kplan.prices.meters import is_text
from kplan.prices.windows import HourProfile

SlotId = tuple[str, str, str, int]
"""Design, class, stage, and which of the stage's calls."""


class Runner(Struct, frozen=True):
    """A model that takes a share of a slot's calls."""

    model: str
    """`provider/model`."""
    mode: str
    region: str
    share: Fraction
    factor: Decimal
    """Tokens of the model for each token of a slot's usage."""


class Billed(NamedTuple):
    """Units of a model's meter and their cost [USD]."""

    model: str
    meter: str
    units: Fraction
    usd: Fraction
    price_row: str = ""

    def times(self, factor: Fraction) -> Billed:
        """The same so many times."""
        return self._replace(units=self.units * factor, usd=self.usd * factor)


class Slot(Struct, frozen=True):
    """A call of a stage for one class of queries.

    flow    calls for one query of the whole mix: the class's share x visits x calls x retries
    usage   units of each meter in one call, as the scenario counts them
    """

    flow: Fraction
    usage: tuple[tuple[str, Decimal], ...]
    runners: tuple[Runner, ...]


@dataclass
class PricedCalls:
    """The calls of one side's stages at its prices, whether a plan tells of them or a lock.

    timeline        the prices, with the plan's months
    slots           every call of every stage
    month_queries   queries of each month
    """

    timeline: Timeline
    slots: Mapping[SlotId, Slot]
    month_queries: tuple[Fraction, ...]
    _graph: Graph = field(default_factory=Graph, kw_only=True)

    def __post_init__(self) -> None:
        self._values = Decimals(self._graph)

    @property
    def book(self) -> Book:
        """The book that the side is priced with."""
        return self.timeline.book

    @property
    def horizon(self) -> Horizon:
        """The plan's months."""
        return self.timeline.plan

    def billed(
        self, runner: Runner, usage: Iterable[tuple[str, Decimal]], day: date, *, is_call: bool = True
    ) -> tuple[Billed, ...]:
        """One call at this side's prices of a day, through the cells of every plan.

        is_call   whether it is a request, or units bought without any
        Raises KplanError where the side has no such price.
        """
        key = RateKey(self.book.find(runner.model), runner.mode, runner.region)
        rates = self.timeline.rates(key, day)
        with exact():
            counted = {meter: units * runner.factor if is_text(meter) else units for meter, units in usage}
        nodes = {meter: self._graph.number(units) for meter, units in counted.items()}
        if is_call and rates.has(REQUEST):
            nodes = {REQUEST: self._graph.number(ONE), **nodes}
        return tuple(
            Billed(runner.model, cell.meter, units, units * Fraction(self._values[cell.rate]), cell.row.id)
            for cell in assign(self._graph, nodes, rates)
            for units in [Fraction(self._values[cell.quantity])]
        )

    def change_days(self, models: Iterable[str], start: date, end: date) -> set[date]:
        """Days in (start, end) on which this side's price of one of the models may change."""
        if self.timeline.freeze:
            return set()
        found: set[date] = set()
        for ref in models:
            try:
                model = self.book.find(ref)
                profile, known_on = self.timeline.profile, self.timeline.known_on
                found.update(self.book.changes(model, start, end, profile, known_on=known_on))
            except KplanError:
                continue  # a model of the other side alone
        return found

    def queries(self, cuts: Iterable[date]) -> dict[date, Fraction]:
        """Queries from each of these days to the next; a month's fall evenly on its days.

        cuts   ascending; the first is no later than the plan's start
        """
        days = list(cuts)
        found: dict[date, Fraction] = {}
        for month, queries in zip(self.horizon.months, self.month_queries, strict=True):
            a_day = queries / days_in(month)
            end = month_after(month)
            for start, until in zip(days, [*days[1:], date.max], strict=True):
                n_days = (min(until, end) - max(start, month)) // timedelta(days=1)
                if n_days > 0:
                    found[start] = found.get(start, Fraction(0)) + a_day * n_days
        return found


@dataclass
class PricedPlan(PricedCalls):
    """All factors of one side's bill: its calls, and the plan with what is paid by the month."""

    plan: Plan

    @classmethod
    def of(cls, plan: Plan, book: Book) -> PricedPlan:
        """From a plan and the book that it is priced with."""
        scenario = plan.scenario
        profile = scenario.profile.hour_profile() if scenario.profile else HourProfile.uniform()
        horizon = Horizon(tuple(date.fromisoformat(f"{month}-01") for month in plan.months))
        timeline = Timeline(book, horizon, profile, scenario.prices.freeze, scenario.prices.known_on)
        values = Decimals(plan.graph)
        queries = tuple(Fraction(values[node]) for node in plan.month_queries)
        return cls(timeline, _slots(plan, book), queries, plan)


def _slots(plan: Plan, book: Book) -> dict[SlotId, Slot]:
    """Every call of every stage, as the plan's designs run them."""
    scenario, graph = plan.scenario, Graph()
    parameters = Parameters(graph, {name: param.value for name, param in scenario.params.items()})
    months = [date.fromisoformat(f"{month}-01") for month in plan.months]
    tokenizers = entries_of("tokenizers", scenario.tokenizers, book, Problems(scenario))
    callers = Callers(scenario, graph, parameters, months, tokenizers)
    values, shares = Decimals(graph), Decimals(plan.graph)
    chat = chat_models(scenario, book)
    found: dict[SlotId, Slot] = {}
    for design in plan.designs:
        single = Single(design.single_model, chat) if design.added else None
        placed = callers.placed(design.id)
        for stage in callers.calls(design.id, single.everywhere(placed) if single else placed):
            if stage.corpus is not None:
                continue  # paid by the month
            share = Fraction(shares[plan.shares[stage.query_class]])
            for number, slot in enumerate(_of_stage(plan, stage, values, share)):
                found[design.id, stage.query_class, stage.placed.id, number] = slot
    return found


def _of_stage(plan: Plan, stage: StageCalls, values: Decimals, class_share: Fraction) -> list[Slot]:
    """The stage's calls, slot by slot; those that no query makes are none."""
    slots: dict[int, list[ModelCall]] = {}
    for call in stage.calls:
        slots.setdefault(call.slot, []).append(call)
    return [_slot(plan, calls, values, class_share) for calls in slots.values()]


def _slot(plan: Plan, calls: list[ModelCall], values: Decimals, class_share: Fraction) -> Slot:
    times = sum((Fraction(values[call.times]) for call in calls), Fraction(0))
    usage = tuple((meter, values[node]) for meter, node in calls[0].profile.items())
    runners = tuple(
        Runner(
            model=plan.models[call.ref].ref,
            mode=call.mode,
            region=call.region,
            share=Fraction(call.share),
            factor=ONE if call.factor is None else values[call.factor],
        )
        for call in calls
    )
    return Slot(class_share * times, usage, runners)
