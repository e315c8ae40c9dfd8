"""Monthly costs that do not depend on the traffic: plain amounts, and units at the book's dated prices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct, field

from kplan.engine.calendar import days_shared
from kplan.engine.plan import FixedCharge, FixedCost, Period
from kplan.engine.problems import Problems
from kplan.engine.timeline import RateChange, RateKey, Timeline
from kplan.errors import KplanError
from kplan.form.bind import Parameters, bind
from kplan.form.cells import assign
from kplan.form.expressions import Expression, Number
from kplan.form.graph import Graph, Node
from kplan.prices.models import ModelRow
from kplan.scenario.model import Scenario
from kplan.scenario.monthly import MonthlyUse
from kplan.scenario.names import dotted


class FixedCosts(Struct):
    """The scenario's `fixed`, checked against the book and laid out month by month."""

    graph: Graph
    timeline: Timeline
    problems: Problems
    allow_retired: bool
    models: dict[str, ModelRow] = field(default_factory=dict)
    """What each model name resolved to."""
    keys: dict[str, RateKey] = field(default_factory=dict)
    """What prices each entry that the book prices, by label."""

    def check(self) -> None:
        """Keep as problems: unknown or retired models, and meters without a price for a month's units."""
        for label, use in self._uses():
            with self.problems.at(("fixed", label, "model")):
                key = self._key(use)
                if not self.allow_retired:
                    self.timeline.book.alive(key.model, self._first_day)
                rates = self.timeline.rates(key, self._first_day)
                self.keys[label] = key
                with self.problems.at(("fixed", label, "meter")):
                    if len(rates.tiers(use.meter).tiers) > 1:
                        what = "is priced by the size of a request; a month's units have none: use a stage"
                        raise KplanError(f"{use.meter} of {key.model.ref} {what}")

    def changes(self) -> list[RateChange]:
        """Where a rate that prices an entry changes within the horizon."""
        found: list[RateChange] = []
        for label, use in self._uses():
            try:
                found += self.timeline.changes(self.keys[label], [use.meter])
            except KplanError as error:
                if self.timeline.freeze is None:
                    self.problems.keep(("fixed", label), error)
        return found

    def costs(self, periods: Sequence[Period]) -> tuple[FixedCost, ...]:
        """Every entry with its amount in each month [USD]."""
        months = list(dict.fromkeys(period.month for period in periods))
        return tuple(
            self._priced(label, entry, months, periods)
            if isinstance(entry, MonthlyUse)
            else FixedCost(label, (self.graph.leaf(dotted(("fixed", label)), entry),) * len(months))
            for label, entry in self.problems.scenario.fixed.items()
        )

    def _priced(
        self, label: str, use: MonthlyUse, months: Sequence[str], periods: Sequence[Period]
    ) -> FixedCost:
        """The month's units spread evenly over its days, each day at its own price, as usage is."""
        path = ("fixed", label, "quantity")
        quantity = stated(self.graph, use.quantity, path, self.problems.scenario)
        charges: list[FixedCharge] = []
        amounts = []
        for month in months:
            held = [period for period in periods if period.month == month]
            days = [(period.ends_on - period.starts_on).days for period in held]
            shared = days_shared(self.graph, month, quantity, days)
            here = [
                c for p, part in zip(held, shared, strict=True) for c in self._charges(label, use, p, part)
            ]
            amounts.append(self.graph.sum(charge.cost for charge in here))
            charges += here
        return FixedCost(label, tuple(amounts), tuple(charges))

    def _charges(self, label: str, use: MonthlyUse, period: Period, units: Node) -> Iterator[FixedCharge]:
        key = self.keys[label]
        with self.problems.at(("fixed", label)):
            for cell in assign(self.graph, {use.meter: units}, self.timeline.rates(key, period.starts_on)):
                cost = self.graph.product(cell.quantity, cell.rate)
                yield FixedCharge(
                    period, key.model.ref, key.mode, key.region, cell.meter, cell.row,
                    cell.quantity, cell.rate, cost, cell.note,
                )  # fmt: skip

    def _uses(self) -> Iterable[tuple[str, MonthlyUse]]:
        fixed = self.problems.scenario.fixed
        return [(label, use) for label, use in fixed.items() if isinstance(use, MonthlyUse)]

    def _key(self, use: MonthlyUse) -> RateKey:
        if use.model not in self.models:
            self.models[use.model] = self.timeline.book.find(use.model)
        return RateKey(self.models[use.model], use.mode, use.region)

    @property
    def _first_day(self) -> date:
        return self.timeline.freeze or self.timeline.plan.starts_on


def stated(graph: Graph, amount: Expression, path: tuple[str, ...], scenario: Scenario) -> Node:
    """A stated number as an input of its own, anything else worked out of the params."""
    if isinstance(amount, Number):
        return graph.leaf(dotted(path), amount.value)
    params = Parameters(graph, {name: param.value for name, param in scenario.params.items()})
    return bind(graph, amount, params.nodes({}, ""))
