"""Sums of charges: what a design costs by query, month and horizon, as nodes of the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat

from msgspec import Struct

from kplan.engine.bought import Bought, Purchases
from kplan.engine.calendar import Horizon
from kplan.engine.calls import StageCalls
from kplan.engine.contracts import Contracts
from kplan.engine.ingestion import Corpora
from kplan.engine.ledger import Kind
from kplan.engine.plan import (
    Charge,
    FixedCharge,
    FixedCost,
    Metered,
    MonthLine,
    Period,
    PlannedDesign,
    PlannedStage,
)
from kplan.form.graph import Graph, Node, Op
from kplan.form.moments import expected
from kplan.money import ONE, ZERO, exact


class Costs(Struct, frozen=True):
    """What all designs of a plan share, and the sums that make a design's costs of its charges."""

    graph: Graph
    shares: dict[str, Node]
    months: Horizon
    queries: tuple[Node, ...]
    periods: tuple[Period, ...]
    n_epochs: int
    fixed: tuple[FixedCost, ...]
    contracts: Contracts
    contingency: Node | None
    chat: Mapping[str, str]
    """Every chat model that the scenario names -> its full name."""
    purchases: Purchases

    def design(
        self,
        id_: str,
        stages: Sequence[StageCalls],
        charges: Sequence[Charge],
        pins: tuple[str, ...] | None,
        billed: Sequence[Charge] | None = None,
    ) -> PlannedDesign:
        """A design with its costs as nodes, out of all stages and charges of the plan.

        pins     stages whose pins it overrides, for a design that kplan added
        billed   the charges by the models that are billed, where those of the stages stand for several
        """
        of_documents = {stage.placed.id for stage in stages if stage.design == id_ and stage.corpus}
        stages = [stage for stage in stages if stage.design == id_]
        own = [charge for charge in charges if charge.design == id_]
        charges = [charge for charge in own if charge.stage not in of_documents]
        used = charges if billed is None else [each for each in billed if each.stage not in of_documents]
        corpora = Corpora(self.graph, self.periods, stages)
        fixed = (*self.fixed, *corpora.costs(id_, [each for each in own if each.stage in of_documents]))
        usage = tuple(self._mixed(charges, epoch) for epoch in range(self.n_epochs))
        metered = tuple(self._metered(used, fixed))
        bought = self.purchases.get(id_, ())
        lines = (*self._units(bought, charges), *self.contracts.lines(metered))
        before = [self._before_contingency(n, usage, fixed, lines) for n in range(len(self.months.months))]
        extra = tuple(self._contingency(amount) for amount in before) if self.contingency is not None else ()
        months = tuple(map(self.graph.apply, repeat(Op.ADD), before, extra)) if extra else tuple(before)
        return PlannedDesign(
            id=id_,
            added=pins is not None,
            single_model=_single_model(stages, self.chat),
            pins_overridden=pins or (),
            stages=tuple(
                self._stage(name, stages, charges)
                for name in dict.fromkeys(s.placed.id for s in stages if s.corpus is None)
            ),
            charges=tuple(charges),
            usage_per_query=usage,
            contingencies=extra,
            month_costs=months,
            total=self.graph.sum(months),
            fixed=fixed,
            metered=metered,
            lines=lines,
            bought=bought,
        )

    def _mixed(
        self, charges: Iterable[Charge], epoch: int, of: Callable[[Charge], Node] = lambda charge: charge.cost
    ) -> Node:
        """Cost of one query in an epoch, averaged over the classes [USD]."""
        held = [charge for charge in charges if charge.epoch == epoch]
        return self.graph.sum(
            self.graph.product(self.graph.sum(of(c) for c in held if c.query_class == class_id), share)
            for class_id, share in self.shares.items()
        )

    def _before_contingency(
        self, month: int, usage: Sequence[Node], fixed: Iterable[FixedCost], lines: Iterable[MonthLine]
    ) -> Node:
        spent = self._billed(month, usage)
        paid = [cost.months[month] for cost in fixed]
        return self.graph.sum([*spent, *paid, *(line.months[month] for line in lines)])

    def _billed(self, month: int, per_query: Sequence[Node]) -> list[Node]:
        """Queries of each part of a month times what one is billed in its epoch."""
        name = f"{self.months.months[month]:%Y-%m}"
        return [
            self.graph.product(period.queries, per_query[period.epoch])
            for period in self.periods
            if period.month == name
        ]

    def _metered(self, charges: Sequence[Charge], paid: Iterable[FixedCost]) -> Iterator[Metered]:
        """Units and cost of every model and meter under a contract, month by month."""
        if not self.contracts.terms:
            return
        fixed = [charge for cost in paid for charge in cost.charges]
        priced: list[Charge | FixedCharge] = [*charges, *fixed]
        pairs = dict.fromkeys((charge.model, charge.meter) for charge in priced)
        for model, meter in (pair for pair in pairs if self.contracts.covers(pair[0])):
            held = [charge for charge in charges if (charge.model, charge.meter) == (model, meter)]
            bought = [charge for charge in fixed if (charge.model, charge.meter) == (model, meter)]
            units = self._by_month(held, bought, lambda charge: charge.quantity)
            costs = self._by_month(held, bought, lambda charge: charge.cost)
            yield Metered(model, meter, units, costs, self.graph.sum(costs))

    def _units(self, bought: Iterable[Bought], charges: Sequence[Charge]) -> Iterator[MonthLine]:
        """What units cost, and what the calls that they serve are not billed."""
        graph, names = self.graph, [f"{month:%Y-%m}" for month in self.months.months]
        zero = graph.number(ZERO)
        for each in bought:
            held = [charge for charge in charges if each.serves(charge.model, charge.mode, charge.meter)]
            costs = self._by_month(held, (), lambda charge: charge.cost)
            filling = (*dict.fromkeys(charge.quantity for charge in held), *self.shares.values())
            paid, parts, served = [], [], []
            for name, queries, cost, usd, spilled in zip(
                names, self.queries, costs, each.usd_per_month, each.spilled_share, strict=True
            ):
                of = f"{each.design} {name}, {each.units} x {each.label}"
                with exact():
                    share = ONE - spilled
                paid.append(graph.bake(f"{of}: USD", usd, *self.queries, *filling))
                parts.append(graph.bake(f"{of}: share of the work served", share, queries, *filling))
                served.append(graph.apply(Op.SUBTRACT, zero, graph.product(cost, parts[-1])))
            yield MonthLine(Kind.CAPACITY, each.label, "", "", tuple(paid), graph.sum(paid))
            yield MonthLine(
                Kind.CAPACITY, each.credit, each.billed, "", tuple(served), graph.sum(served), tuple(parts)
            )

    def _by_month(
        self,
        held: Sequence[Charge],
        bought: Sequence[FixedCharge],
        of: Callable[[Charge | FixedCharge], Node],
    ) -> tuple[Node, ...]:
        per_query = [self._mixed(held, epoch, of) for epoch in range(self.n_epochs)]
        return tuple(
            self.graph.sum(
                [
                    *(self._billed(n, per_query) if held else ()),
                    *(of(charge) for charge in bought if charge.period.month == f"{month:%Y-%m}"),
                ]
            )
            for n, month in enumerate(self.months.months)
        )

    def _contingency(self, amount: Node) -> Node:
        assert self.contingency is not None
        return self.graph.product(amount, self.contingency)

    def _stage(self, name: str, stages: Sequence[StageCalls], charges: Sequence[Charge]) -> PlannedStage:
        held = [stage for stage in stages if stage.placed.id == name]
        refs = dict.fromkeys(ref for stage in held for ref, _ in stage.placed.models)
        visits = self.graph.sum(
            self.graph.product(stage.visits, self.shares[stage.query_class]) for stage in held
        )
        chances = dict.fromkeys(
            expected(self.graph, stage.chance) for stage in held if stage.chance is not None
        )
        cost = self._mixed([charge for charge in charges if charge.stage == name], 0)
        kind, visits = held[0].placed.stage.kind, expected(self.graph, visits)
        block = held[0].placed.stage.inside or ""
        return PlannedStage(name, kind, block, tuple(refs), visits, tuple(chances), cost)


def _single_model(stages: Sequence[StageCalls], chat: Mapping[str, str]) -> str:
    """The one chat model, as first written, that every stage runs on that runs on chat models."""
    named = (ref for stage in stages if stage.placed.runs_on_chat for ref, _ in stage.placed.models)
    refs = dict.fromkeys(ref for ref in named if ref in chat)
    return next(iter(refs)) if len({chat[ref] for ref in refs}) == 1 else ""
