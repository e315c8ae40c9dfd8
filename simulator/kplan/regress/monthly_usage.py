"""What two plans pay by the month: units at the book's prices, and contracts, by either side's factors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from kplan.engine.calendar import days_in, month_after
from kplan.engine.contracts import Contracts
from kplan.engine.ledger import CONTRACT_KINDS, Kind
from kplan.engine.plan import Metered
from kplan.engine.terms import Terms
from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph, Node
from kplan.money import ONE, quotient
from kplan.regress.priced import Billed, PricedPlan, Runner
from kplan.regress.shapley import Factor, Sides
from kplan.scenario.monthly import MonthlyUse
from kplan.scenario.values import Values

Key = tuple[tuple[Factor, int], ...]
Bills = Mapping[tuple[str, str], tuple[Sequence[Fraction], Sequence[Fraction]]]
"""Units and cost [USD] of each model and meter, one a month."""


class Days(NamedTuple):
    """Days of one month on which no price changes."""

    month: int
    since: date
    part: Fraction
    """Of the month [0..1]."""


@dataclass
class MonthlyUsage:
    """The lines of one design that are paid by the month and depend on more than an amount.

    A fixed cost at the book's price is units (fixed) x price of a unit on the day (price) x months
    (volume). A contract's terms are fixed; what they look at, the units and the cost of a month, are
    those of the usage, each factor from either side, so that a top-up which shrinks because more queries
    come is due to volume. The lines are made by the plan's own form (`engine.contracts`).

    query   what one query of the mix bills on a day, by the factors of either side
    """

    sides: tuple[PricedPlan, PricedPlan]
    query: Callable[[Sides, date], Iterable[Billed]]
    _lines: dict[Key, Mapping[tuple[Kind, str], Fraction]] = field(default_factory=dict)
    _days: dict[int, list[Days]] = field(default_factory=dict)
    _uses: dict[tuple[str, int, int, int], list[tuple[int, Billed]]] = field(default_factory=dict)

    def usd(self, kind: Kind, name: str, sides: Sides) -> Fraction | None:
        """A line over the horizon [USD]; none where it is a plain amount on both sides."""
        if kind is Kind.FIXED:
            uses = [side.plan.scenario.fixed.get(name) for side in self.sides]
            if not any(isinstance(use, MonthlyUse) for use in uses):
                return None
            return sum((each.usd for _, each in self._fixed(name, sides)), Fraction(0))
        return self._contract_lines(sides).get((kind, name), Fraction(0)) if kind in CONTRACT_KINDS else None

    def _fixed(self, label: str, sides: Sides) -> list[tuple[int, Billed]]:
        """What a fixed cost bills, with the month; the other factors leave it as it is."""
        key = (label, sides[Factor.FIXED], sides[Factor.VOLUME], sides[Factor.PRICE])
        if key not in self._uses:
            self._uses[key] = list(self._used(label, sides))
        return self._uses[key]

    def _used(self, label: str, sides: Sides) -> Iterator[tuple[int, Billed]]:
        own = self.sides[sides[Factor.FIXED]]
        use = own.plan.scenario.fixed.get(label)
        if isinstance(use, Decimal):
            n_months = len(self.sides[sides[Factor.VOLUME]].plan.months)
            yield from ((month, Billed("", "", Fraction(0), Fraction(use))) for month in range(n_months))
        elif use is not None:
            units = Values.of(own.plan.scenario.params).value(use.quantity)
            runner = Runner(own.plan.models[use.model].ref, use.mode, use.region, Fraction(1), ONE)
            for days in self._of(sides[Factor.VOLUME]):
                for each in self._priced(runner, (use.meter, units), sides, days.since):
                    yield days.month, each.times(days.part)

    def _priced(
        self, runner: Runner, units: tuple[str, Decimal], sides: Sides, day: date
    ) -> tuple[Billed, ...]:
        """At the wanted prices, or at the other side's, or at its own of the first day."""
        wanted, own = self.sides[sides[Factor.PRICE]], self.sides[sides[Factor.FIXED]]
        other = self.sides[1 - sides[Factor.PRICE]]
        for side in (wanted, other):
            try:
                return side.billed(runner, [units], day, is_call=False)
            except KplanError:
                continue
        return own.billed(runner, [units], own.horizon.starts_on, is_call=False)

    def _of(self, volume: int) -> list[Days]:
        """A side's months, cut where either side's prices may change."""
        if volume not in self._days:
            horizon = self.sides[volume].horizon
            start, end = horizon.starts_on, horizon.ends_on
            cuts = set(horizon.months).union(
                *(side.change_days(_models(self.sides), start, end) for side in self.sides)
            )
            self._days[volume] = [
                Days(month, since, Fraction((until - since) // timedelta(days=1), days_in(first)))
                for month, first in enumerate(horizon.months)
                for since, until in _spans(first, cuts)
            ]
        return self._days[volume]

    def _contract_lines(self, sides: Sides) -> Mapping[tuple[Kind, str], Fraction]:
        key = tuple(sides.items())
        if key not in self._lines:
            terms = self.sides[sides[Factor.FIXED]].plan.contracts
            self._lines[key] = self._made(terms, self._bills(terms, sides), sides) if terms else {}
        return self._lines[key]

    def _bills(self, terms: Sequence[Terms], sides: Sides) -> Bills:
        """What stands under the contracts, month by month."""
        volume = self.sides[sides[Factor.VOLUME]]
        queries = [Fraction(Decimals(volume.plan.graph)[node]) for node in volume.plan.month_queries]
        found: dict[tuple[str, str], tuple[list[Fraction], list[Fraction]]] = {}
        for month, each in self._all(sides, queries):
            if any(each_terms.covers(each.model) for each_terms in terms):
                none = ([Fraction(0)] * len(queries), [Fraction(0)] * len(queries))
                units, usd = found.setdefault((each.model, each.meter), none)
                units[month] += each.units
                usd[month] += each.usd
        return found

    def _all(self, sides: Sides, queries: Sequence[Fraction]) -> Iterator[tuple[int, Billed]]:
        for days in self._of(sides[Factor.VOLUME]):
            for each in self.query(sides, days.since):
                yield days.month, each.times(queries[days.month] * days.part)
        for label in self.sides[sides[Factor.FIXED]].plan.scenario.fixed:
            yield from self._fixed(label, sides)

    def _made(self, terms: Sequence[Terms], bills: Bills, sides: Sides) -> dict[tuple[Kind, str], Fraction]:
        """The contracts' lines over these bills, summed over the horizon."""
        graph, own = Graph(), Decimals(self.sides[sides[Factor.FIXED]].plan.graph)
        moved = tuple(each.on(lambda node: graph.number(own[node])) for each in terms)
        n_months = len(self.sides[sides[Factor.VOLUME]].plan.months)
        lines = Contracts(graph, n_months, moved).lines(list(_metered(graph, bills)))
        values, found = Decimals(graph), dict[tuple[Kind, str], Fraction]()
        for line in lines:
            usd = sum((Fraction(values[node]) for node in line.months), Fraction(0))
            found[line.kind, line.label] = found.get((line.kind, line.label), Fraction(0)) + usd
        return found


def _metered(graph: Graph, bills: Bills) -> Iterator[Metered]:
    for (model, meter), (units, usd) in bills.items():
        costs = [_number(graph, each) for each in usd]
        yield Metered(
            model, meter, tuple(_number(graph, each) for each in units), tuple(costs), graph.sum(costs)
        )


def _number(graph: Graph, value: Fraction) -> Node:
    return graph.number(quotient(Decimal(value.numerator), Decimal(value.denominator)))


def _models(sides: Iterable[PricedPlan]) -> set[str]:
    """Every model that either plan prices anything of."""
    found = {runner.model for side in sides for slot in side.slots.values() for runner in slot.runners}
    return found | {charge.model for side in sides for charge in side.plan.priced()}


def _spans(first: date, cuts: Iterable[date]) -> Iterator[tuple[date, date]]:
    end = month_after(first)
    inside = sorted({first, *(day for day in cuts if first < day < end), end})
    yield from pairwise(inside)
