"""From a plan to the same plan in which the models of stages can be exchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kplan.engine.compile import Compiled
from kplan.engine.live.candidates import Candidates, Exchange, Runs, by_stage
from kplan.engine.live.cells import Cells
from kplan.engine.plan import Charge, Pick, Plan, PlannedDesign
from kplan.form.graph import Graph
from kplan.prices.book import Book
from kplan.scenario.names import dotted

_Group = tuple[int, str, str]
"""Epoch, stage and class."""

_BOUGHT = "its design buys units, which are chosen for the calls as they are"


def live_plan(compiled: Compiled, book: Book) -> Plan:
    """The plan with a choice of model for every stage that can have one.

    A stage can have another model where it runs on one chat model, the same for all classes, and uses no
    prompt cache. It can have those that the scenario names, but for what their limits or prices refuse.
    Only costs follow: quality and times stay those of the planned models.
    """
    candidates = Candidates.of(compiled, book)
    stages = by_stage(compiled.stages)
    designs = []
    for design in compiled.plan.designs:
        own = {name: runs for (of, name), runs in stages.items() if of == design.id}
        designs.append(_Design(compiled, candidates, design, own).live())
    return replace(compiled.plan, designs=tuple(designs))


class _Design(Struct, frozen=True):
    compiled: Compiled
    candidates: Candidates
    planned: PlannedDesign
    stages: Mapping[str, Runs]

    @property
    def graph(self) -> Graph:
        return self.compiled.plan.graph

    def live(self) -> PlannedDesign:
        """The design with its picks; the planned one where no stage has any."""
        if self.planned.bought:
            return replace(self.planned, held=dict.fromkeys(self.stages, _BOUGHT))
        held = {name: why for name, runs in self.stages.items() if (why := self.candidates.held(runs))}
        found = {
            name: self.candidates.exchange(runs) for name, runs in self.stages.items() if name not in held
        }
        held |= {name: _alone(exchange) for name, exchange in found.items() if len(exchange.models) == 1}
        found = {name: exchange for name, exchange in found.items() if name not in held}
        return self._with(found, held) if found else replace(self.planned, held=held)

    def _with(self, found: Mapping[str, Exchange], held: Mapping[str, str]) -> PlannedDesign:
        picks = {name: self._pick(name, exchange) for name, exchange in found.items()}
        cells: list[Charge] = []
        billed: list[Charge] = []
        for group, charges in self._groups().items():
            _, stage, _ = group
            if stage in picks:
                options = list(self._options(group, charges, found[stage]))
                exchanged = Cells(self.graph, picks[stage].choice, found[stage].planned, options)
                cells += exchanged.joined()
                billed += exchanged.billed() if self.compiled.plan.contracts else ()
            else:
                cells += charges
                billed += charges
        live = self.compiled.costs.design(self.planned.id, self.compiled.stages, cells, None, billed)
        return replace(live, lost=self.planned.lost, picks=tuple(picks.values()), held=held)

    def _pick(self, stage: str, exchange: Exchange) -> Pick:
        name, number = dotted(("designs", self.planned.id, "models", stage)), exchange.planned + 1
        choice = self.graph.choice(name, exchange.models, number)
        return Pick(self.planned.id, stage, choice, exchange.models, number, exchange.refused)

    def _groups(self) -> dict[_Group, list[Charge]]:
        found: dict[_Group, list[Charge]] = {}
        for charge in self.compiled.charges:
            if charge.design == self.planned.id:
                found.setdefault((charge.epoch, charge.stage, charge.query_class), []).append(charge)
        return found

    def _options(
        self, group: _Group, planned: Sequence[Charge], exchange: Exchange
    ) -> Iterator[Sequence[Charge]]:
        """The charges of a stage on each of its models."""
        epoch, _, query_class = group
        day = self.compiled.plan.epochs[epoch].starts_on
        for number, runs in enumerate(exchange.runs):
            if number == exchange.planned:
                yield planned
            else:
                own = [run for run in runs if run.query_class == query_class]
                yield list(self.candidates.pricer.charges(own, epoch, day))


def _alone(exchange: Exchange) -> str:
    """Why a stage has no other model than its own."""
    reasons = "; ".join(f"{model}: {why}" for model, why in exchange.refused.items())
    return reasons or "the scenario names no other chat model"
