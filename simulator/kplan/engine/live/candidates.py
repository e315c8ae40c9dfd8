"""Which models a stage can be moved to with everything else as it is, and why not to the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from kplan.engine.calls import StageCalls
from kplan.engine.charges import Pricer
from kplan.engine.compile import Compiled
from kplan.engine.problems import Problems
from kplan.engine.singles import chat_models
from kplan.errors import KplanError
from kplan.form.graph import Node
from kplan.kinds.primitives import Charge, Context, Primitive, Visit, parts
from kplan.money import ZERO
from kplan.prices.book import Book

Runs = tuple[StageCalls, ...]
"""A stage of a design, one a class."""
_Shape = tuple[object, ...]
"""What decides whether a model can run a call: calls of one shape are looked at once."""


class Exchange(Struct, frozen=True):
    """A stage with the models that it can run on."""

    models: tuple[str, ...]
    """As the scenario names them."""
    runs: tuple[Runs, ...]
    """What the stage calls on each."""
    planned: int
    """The place of the planned model, from 0."""
    refused: Mapping[str, str]


class Candidates(Struct):
    """The chat models that a scenario names, for the stages of its designs.

    A stage is exchanged by itself: it must not matter to any other stage on which model it runs, nor to it
    on which others do. So a stage that finds or leaves something in a prompt cache keeps its model.
    """

    compiled: Compiled
    pricer: Pricer
    names: Mapping[str, str]
    """`provider/model` -> what the scenario calls it first."""
    _refs: dict[str, str]
    """What the scenario calls a model -> `provider/model`."""
    _found: dict[_Shape, str] = field(default_factory=dict)
    _caching: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, compiled: Compiled, book: Book) -> Candidates:
        """The models that are named where stages run on chat models, and `candidates`."""
        base, plan = compiled.pricer, compiled.plan
        pricer = Pricer(
            plan.graph,
            base.timeline,
            Problems(plan.scenario),
            base.allow_retired,
            plan.scenario.designs.keys(),
        )
        refs = chat_models(plan.scenario, book)
        names: dict[str, str] = {}
        for name, ref in refs.items():
            names.setdefault(ref, name)
        return cls(compiled, pricer, names, refs)

    def held(self, runs: Runs) -> str:
        """Why the stage keeps its model; empty where it can have another."""
        design, stage = runs[0].design, runs[0].placed
        if design in self.compiled.singles:
            return "kplan added this design: one model everywhere"
        if not any(run.calls for run in runs):
            return "no query comes to it"
        if not stage.runs_on_chat or any(call.ref not in self._refs for run in runs for call in run.calls):
            return "it runs on a service, not on a chat model"
        if len({run.placed.models for run in runs}) > 1:
            return "its model differs by class of queries"
        if any(run.placed.model_path[0] == "mix" for run in runs):
            return "a class of queries names its model"
        if len(stage.models) > 1:
            return "several models share its calls"
        if runs[0].corpus is not None:
            return "documents go through it, not queries"
        if stage.id in self._cached_stages(design):
            return "it uses a prompt cache, which each model keeps for itself"
        return ""

    def _cached_stages(self, design: str) -> frozenset[str]:
        if design not in self._caching:
            bodies = self.compiled.callers.bodies[design]
            self._caching[design] = frozenset().union(*map(caching, bodies))
        return self._caching[design]

    def exchange(self, runs: Runs) -> Exchange:
        """The stage on every model that can run it as it is, in the order of the scenario."""
        ((ref, _),) = runs[0].placed.models
        models: list[str] = []
        options: list[Runs] = []
        refused: dict[str, str] = {}
        planned = 0
        for full, name in self.names.items():
            if full == self._refs[ref]:
                planned = len(models)
                models.append(ref)
                options.append(runs)
                continue
            moved = tuple(self._moved(run, name) for run in runs)
            if reason := self._refusal(moved):
                refused[name] = reason
            else:
                models.append(name)
                options.append(moved)
        return Exchange(tuple(models), tuple(options), planned, refused)

    def _moved(self, run: StageCalls, name: str) -> StageCalls:
        callers = self.compiled.callers
        return replace(run, calls=tuple(callers.on_model(call, name) for call in run.calls))

    def _refusal(self, runs: Runs) -> str:
        """Why a model cannot run the stage; empty where it can."""
        for run in runs:
            shape = _shape(run)
            if shape not in self._found:
                self._found[shape] = self._look(run)
            if self._found[shape]:
                return self._found[shape]
        return ""

    def _look(self, run: StageCalls) -> str:
        self.pricer.left_out.clear()
        self.pricer.check(run)
        if self.pricer.left_out:
            return self.pricer.left_out[run.design]
        try:
            return self._moves(run)
        except KplanError as error:
            return str(error)

    def _moves(self, run: StageCalls) -> str:
        """Whether a price changes on a day on which no price of the plan does: then months would be split."""
        timeline, plan = self.pricer.timeline, self.compiled.plan
        if timeline.freeze is not None:
            return ""
        known = {epoch.starts_on for epoch in plan.epochs}
        for call in run.calls:
            used = [meter for meter, node in call.usage.items() if not plan.graph.is_number(node, ZERO)]
            for change in timeline.changes(self.pricer.key(call), used):
                if change.on not in known:
                    return f"its price changes on {change.on}, when no design's does; name it in a design"
        return ""


def _shape(run: StageCalls) -> _Shape:
    return tuple((c.ref, c.mode, c.region, c.times, _nodes(c.usage), _nodes(c.parts)) for c in run.calls)


def _nodes(units: Mapping[str, Node]) -> tuple[tuple[str, Node], ...]:
    return tuple(units.items())


def by_stage(stages: Sequence[StageCalls]) -> dict[tuple[str, str], Runs]:
    """The stages that run on models, each with its classes together."""
    found: dict[tuple[str, str], list[StageCalls]] = {}
    for stage in (stage for stage in stages if stage.placed.models):
        found.setdefault((stage.design, stage.placed.id), []).append(stage)
    return {key: tuple(runs) for key, runs in found.items()}


def caching(body: Primitive) -> frozenset[str]:
    """The stages with calls that find or leave something in a provider's cache."""
    found = set()
    pending = [(body, "", "")]
    while pending:
        here, stage, cache = pending.pop()
        if isinstance(here, Visit):
            stage = here.stage
        elif isinstance(here, Context):
            cache = here.cache
        elif isinstance(here, Charge) and (here.prefixes or (cache and here.reads_context)):
            found.add(stage)
        pending.extend((part, stage, cache) for part in parts(here))
    return frozenset(found)
