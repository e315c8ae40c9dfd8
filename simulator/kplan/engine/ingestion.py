"""Corpora: what reading documents in, and keeping them, costs each month, design by design."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from kplan.engine.calendar import days_shared
from kplan.engine.calls import Corpus, StageCalls
from kplan.engine.plan import Charge, FixedCharge, FixedCost, Period
from kplan.form.graph import Graph, Node


class Corpora(Struct, frozen=True):
    """The ingestions of a plan: their stages, each with the charges of one document."""

    graph: Graph
    periods: Sequence[Period]
    stages: Sequence[StageCalls]

    def costs(self, design: str, charges: Iterable[Charge]) -> tuple[FixedCost, ...]:
        """Every corpus of a design, month by month; `charges` are those of one document."""
        by_corpus: dict[Corpus, list[StageCalls]] = {}
        for stage in self.stages:
            if stage.design == design and stage.corpus is not None:
                by_corpus.setdefault(stage.corpus, []).append(stage)
        held = list(charges)
        return tuple(self._cost(corpus, stages, held) for corpus, stages in by_corpus.items())

    def _cost(self, corpus: Corpus, stages: Sequence[StageCalls], charges: Sequence[Charge]) -> FixedCost:
        months = list(dict.fromkeys(period.month for period in self.periods))
        lines: list[FixedCharge] = []
        amounts = []
        for n, month in enumerate(months):
            here = [line for stage in stages for line in self._lines(n, month, corpus, stage, charges)]
            amounts.append(self.graph.sum(line.cost for line in here))
            lines += here
        return FixedCost(corpus.id, tuple(amounts), tuple(lines))

    def _lines(
        self, n: int, month: str, corpus: Corpus, stage: StageCalls, charges: Sequence[Charge]
    ) -> Iterator[FixedCharge]:
        """A stage's month: its documents spread evenly over the days, each day at its own price."""
        is_kept = stage.placed.stage.by_month
        documents = self._kept(corpus, n) if is_kept else self._read_in(corpus, n)
        held = [period for period in self.periods if period.month == month]
        days = [(period.ends_on - period.starts_on).days for period in held]
        for period, part in zip(held, days_shared(self.graph, month, documents, days), strict=True):
            for charge in charges:
                if charge.stage == stage.placed.id and charge.epoch == period.epoch:
                    yield self._line(period, part, charge)

    def _line(self, period: Period, documents: Node, charge: Charge) -> FixedCharge:
        quantity = self.graph.product(documents, charge.quantity)
        cost = self.graph.product(quantity, charge.rate)
        return FixedCharge(
            period, charge.model, charge.mode, charge.region, charge.meter, charge.row,
            quantity, charge.rate, cost, charge.note, charge.stage,
        )  # fmt: skip

    def _kept(self, corpus: Corpus, n: int) -> Node:
        """Documents there in month n, counted from 0."""
        joined = self.graph.product(corpus.new_per_month, self.graph.count(n))
        return self.graph.sum([corpus.documents, joined]) if n else corpus.documents

    def _read_in(self, corpus: Corpus, n: int) -> Node:
        """Documents that go through the stages in month n."""
        is_all = n == 0 or (corpus.again_every is not None and n % corpus.again_every == 0)
        return self._kept(corpus, n) if is_all else corpus.new_per_month
