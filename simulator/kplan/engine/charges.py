"""Prices the calls of a plan's stages: checks each, finds when rates change, and makes the charges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from kplan.engine.call import check_size
from kplan.engine.calls import ModelCall, StageCalls
from kplan.engine.plan import Charge
from kplan.engine.problems import Problems
from kplan.engine.timeline import RateChange, RateKey, Timeline
from kplan.errors import KplanError
from kplan.form.cells import assign
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph, Node
from kplan.money import ONE, ZERO, plain
from kplan.prices.models import ModelRow


@dataclass
class Pricer:
    """Puts a plan's calls into price cells, epoch by epoch."""

    graph: Graph
    timeline: Timeline
    problems: Problems
    allow_retired: bool
    models: dict[str, ModelRow] = field(default_factory=dict)
    """What each model name of the scenario resolved to."""
    _values: Decimals = field(init=False)
    _meters: dict[RateKey, dict[str, None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._values = Decimals(self.graph)

    def check(self, stage: StageCalls) -> None:
        """Keep as problems what the stage's calls may not do: see `compile_plan`."""
        for call in stage.calls:
            with self.problems.at(stage.placed.path):
                self._check(stage, call)

    def _check(self, stage: StageCalls, call: ModelCall) -> None:
        key = self._key(call)
        day = self.timeline.freeze or self.timeline.plan.starts_on
        if not self.allow_retired:
            self.timeline.book.alive(key.model, day)
        rates = self.timeline.rates(key, day)
        usage = {meter: self._values[node] for meter, node in call.usage.items()}
        _refuse_negative(stage, {**usage, "calls": self._values[call.times]})
        check_size(key.model, usage, f"stage {stage.placed.id} in class {stage.query_class}: ")
        for meter in self._billed(call, key, usage):
            rates.tiers(meter)
            self._meters.setdefault(key, {})[meter] = None

    def _billed(self, call: ModelCall, key: RateKey, usage: dict[str, Decimal]) -> Iterator[str]:
        """The meters of a call that need a rate: a quantity of 0 needs none, if the model has none."""
        rates = self.timeline.rates(key, self.timeline.freeze or self.timeline.plan.starts_on)
        for meter, node in call.usage.items():
            if self.graph.is_number(node, ZERO) or (usage[meter] == 0 and not rates.has(meter)):
                continue
            yield meter
        if rates.has("request"):
            yield "request"

    def _key(self, call: ModelCall) -> RateKey:
        if call.ref not in self.models:
            self.models[call.ref] = self.timeline.book.find(call.ref)
        return RateKey(self.models[call.ref], call.mode, call.region)

    def changes(self) -> list[RateChange]:
        """Where a rate that the plan uses changes within the horizon, in the order of days."""
        found = []
        for key, meters in self._meters.items():
            with self.problems.at(("prices",)):
                found += self.timeline.changes(key, meters)
        return sorted(found, key=lambda change: (change.on, change.key.model.ref))

    def charges(self, stages: Iterable[StageCalls], epoch: int, day: date) -> Iterator[Charge]:
        """The charges of all stages at the rates of a day."""
        for stage in stages:
            for call in stage.calls:
                with self.problems.at(stage.placed.path):
                    yield from self._charges(stage, call, epoch, day)

    def _charges(self, stage: StageCalls, call: ModelCall, epoch: int, day: date) -> list[Charge]:
        key = self._key(call)
        usage = self._usage(call, key)
        found = []
        for cell in assign(self.graph, usage, self.timeline.rates(key, day)):
            quantity = self.graph.product(call.times, cell.quantity)
            found.append(
                Charge(
                    design=stage.design,
                    query_class=stage.query_class,
                    stage=stage.placed.id,
                    model=key.model.ref,
                    meter=cell.meter,
                    row=cell.row,
                    epoch=epoch,
                    quantity=quantity,
                    rate=cell.rate,
                    cost=self.graph.product(quantity, cell.rate),
                    note=cell.note,
                )
            )
        return found

    def _usage(self, call: ModelCall, key: RateKey) -> dict[str, Node]:
        """The call's usage, and one request where the model bills per request."""
        priced = self._meters.get(key, {})
        usage = {meter: node for meter, node in call.usage.items() if meter in priced}
        return {**usage, "request": self.graph.number(ONE)} if "request" in priced else usage


def _refuse_negative(stage: StageCalls, amounts: dict[str, Decimal]) -> None:
    for name, amount in amounts.items():
        if amount < 0:
            raise KplanError(
                f"{name} comes to {plain(amount)} in class {stage.query_class}; it must not be negative"
            )
