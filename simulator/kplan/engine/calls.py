"""The calls of every stage: which model, how often, with how many tokens, as nodes of the graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from kplan.engine.flow.exact import expected
from kplan.engine.flow.expectation import Expected, ExpectedCall, share_of
from kplan.engine.flow.prompt import Caches, Prefix
from kplan.engine.flow.situation import CacheKey
from kplan.engine.flow.whole import Flow
from kplan.engine.parts import PartOfWhole, parts_of
from kplan.engine.plan import Lost
from kplan.engine.warmth import Warmth
from kplan.form.bind import Parameters, bind
from kplan.form.expressions import Expression, Name, Number, Random
from kplan.form.graph import Graph, Node
from kplan.kinds.block import Block
from kplan.kinds.primitives import Primitive
from kplan.kinds.stage import Stage
from kplan.money import ONE, ZERO
from kplan.prices.meters import is_text
from kplan.scenario.flow import PlacedStage, stages_of
from kplan.scenario.model import ONLY_CLASS, Scenario
from kplan.scenario.names import dotted
from kplan.scenario.pipeline import of_documents, of_queries, pipeline
from kplan.scenario.placed import with_part
from kplan.scenario.prompt_caches import PromptCache

PlacedByClass = Mapping[str, Sequence[PlacedStage]]
"""The stages of a design by class of queries."""
_INPUTS = ("chance",)
"""Fields that are inputs whatever they come to."""


class ModelCall(Struct, frozen=True):
    """A call to one model or service, with its usage in disjoint buckets.

    slot     calls of one slot are the models that share the calls of one charge
    share    the model's share of the slot's calls
    times    calls for one query of the class, on average
    profile  units of one call by meter, as the scenario counts them
    usage    the same as the model counts them: its tokenizer may make more of the same text
    factor   tokens of the model for each token of the scenario; none where they are the same
    parts    what the call itself says, behind its prefixes and without the context around it
    """

    ref: str
    mode: str
    region: str
    slot: int
    share: Decimal
    times: Node
    profile: Mapping[str, Node]
    usage: Mapping[str, Node]
    factor: Node | None
    parts: Mapping[str, Node]


class Corpus(Struct, frozen=True):
    """Documents that are read in, and read in again."""

    id: str
    documents: Node
    """In the first month."""
    new_per_month: Node
    again_every: int | None
    """Months after which all go through once more."""


class StageCalls(Struct, frozen=True):
    """A stage of a design as one class of queries runs it."""

    design: str
    query_class: str
    placed: PlacedStage
    visits: Node
    chance: Node | None
    """The chance as stated; none where every query visits the stage."""
    calls: tuple[ModelCall, ...]
    corpus: Corpus | None = None
    """Whose documents go through the stage, and not queries; all amounts are those of one document."""

    @property
    def in_class(self) -> str:
        """` in class NAME` for messages; empty where there is only one."""
        return "" if self.query_class == ONLY_CLASS else f" in class {self.query_class}"


class Callers(Struct):
    """Expands the stages of a scenario into calls; parameters are made nodes once a class."""

    scenario: Scenario
    graph: Graph
    parameters: Parameters
    months: Sequence[date]
    """First days of the plan's months."""
    tokenizers: Mapping[str, str] = field(default_factory=dict)
    """Model name -> the entry of the scenario's `tokenizers` that holds for it."""
    lost: dict[str, tuple[Lost, ...]] = field(default_factory=dict)
    """What each design loses of its queries, once its calls are known."""
    parts: dict[PartOfWhole, None] = field(default_factory=dict)
    """Shares that the stages seen so far state."""
    visits: dict[tuple[str, str, str], Node] = field(default_factory=dict)
    """Executions of a stage or block for a query, by design, class and stage seen so far."""
    bodies: dict[str, tuple[Primitive, ...]] = field(default_factory=dict)
    """The way of a query under each design seen so far, one a class."""
    _nodes: dict[str, dict[str, Node]] = field(default_factory=dict)

    def placed(self, design: str) -> PlacedByClass:
        """The stages of a design for each class."""
        return {each: stages_of(self.scenario, design, each) for each in self.scenario.classes}

    def flow(self, query_class: str, placed: Sequence[PlacedStage]) -> Flow:
        """The whole way of a query of the class, its plain numbers as named inputs.

        Raises KplanError for an unknown parameter.
        """
        names = dict(self._names(query_class))
        stages = [replace(each, stage=self._with_inputs(each, names)) for each in placed]
        caches = {
            name: self._cache(name, cache, names) for name, cache in self.scenario.prompt_caches.items()
        }
        return Flow(self.graph, pipeline(stages), names, tuple(stages), caches)

    def _cache(self, name: str, cache: PromptCache, names: Mapping[str, Node]) -> Prefix:
        place = dotted(("prompt_caches", name, "tokens"))
        tokens = cache.tokens
        if isinstance(tokens, Number):
            return Prefix(self.graph.leaf(place, tokens.value), cache.ttl)
        return Prefix(bind(self.graph, tokens, names), cache.ttl)

    def calls(self, design: str, placed: PlacedByClass) -> list[StageCalls]:
        """The calls of every stage but blocks, which have none of their own, class by class.

        Raises KplanError for an unknown parameter, and for flows that are too large to follow.
        """
        flows, found, _ = self.followed(design, placed)
        self.bodies[design] = tuple(flow.body for flow in flows.values())
        self.lost[design] = tuple(self._lost(name, flow, found[name]) for name, flow in flows.items())
        return [
            *self._of_flows(design, flows, found),
            *self._of_corpora(design, next(iter(placed.values()))),
        ]

    def _lost(self, query_class: str, flow: Flow, found: Expected) -> Lost:
        wrong = [
            self.graph.product(found.visits[each.id], flow.node(share))
            for each in flow.stages
            if (share := each.stage.served_wrong()) is not None and each.id in found.visits
        ]
        return Lost(query_class, found.stopped, self.graph.sum(wrong))

    def followed(
        self, design: str, placed: PlacedByClass
    ) -> tuple[Mapping[str, Flow], Mapping[str, Expected], Mapping[CacheKey, Node]]:
        """The flow of each class and what it comes to, with how likely caches are found warm."""
        flows = {each: self.flow(each, of_queries(stages)) for each, stages in placed.items()}
        found = {each: self._expected(flow, {}) for each, flow in flows.items()}
        warm = self._warmth.of(design, found)
        if warm:
            found = {each: self._expected(flow, warm) for each, flow in flows.items()}
        return flows, found, warm

    def _of_flows(
        self, design: str, flows: Mapping[str, Flow], found: Mapping[str, Expected]
    ) -> Iterator[StageCalls]:
        for query_class, flow in flows.items():
            self._note_parts(flow)
            for name, node in found[query_class].visits.items():
                self.visits[design, query_class, name] = node
            for each in flow.stages:
                if not isinstance(each.stage, Block):
                    yield self._of_stage(design, query_class, each, flow, found[query_class])

    def _of_corpora(self, design: str, placed: Sequence[PlacedStage]) -> Iterator[StageCalls]:
        """The stages that documents go through; they are the same for every class of queries."""
        for block, stages in of_documents(placed):
            corpus = self._corpus(block, stages)
            own = self.flow(ONLY_CLASS, stages)
            self._note_parts(own)
            found = self._expected(own, {})
            if warm := self._warmth.of_documents(found):
                found = self._expected(own, warm)
            for each in own.stages:
                if not isinstance(each.stage, Block):
                    calls = self._of_stage(design, ONLY_CLASS, each, own, found)
                    yield replace(calls, corpus=corpus)

    def _corpus(self, block: PlacedStage, stages: Sequence[PlacedStage]) -> Corpus:
        from kplan.kinds.ingestion import Ingestion

        flow = self.flow(ONLY_CLASS, [*stages, replace(block, stage=block.stage)])
        held = flow.stages[-1].stage
        assert isinstance(held, Ingestion)
        assert held.documents is not None
        documents, new = flow.node(held.documents), flow.node(held.new_per_month)
        return Corpus(block.id, documents, new, held.again_every)

    def _note_parts(self, flow: Flow) -> None:
        self.parts |= dict.fromkeys(parts_of(self.graph, flow.stages, flow.names))

    @property
    def _warmth(self) -> Warmth:
        return Warmth(self.scenario, self.graph, self.months, self._parameter)

    def _parameter(self, expression: Expression) -> Node:
        return bind(self.graph, expression, self.parameters.nodes({}, ""))

    def _expected(self, flow: Flow, warm: Mapping[CacheKey, Node]) -> Expected:
        return expected(self.graph, flow.body, flow.node, Caches(flow.caches, warm))

    def _of_stage(
        self, design: str, query_class: str, placed: PlacedStage, flow: Flow, found: Expected
    ) -> StageCalls:
        chance = None if placed.chance is None else flow.node(placed.chance)
        visits = found.visits.get(placed.id, self.graph.number(ZERO))
        calls = tuple(call for each in found.calls if each.stage == placed.id for call in self.by_model(each))
        return StageCalls(design, query_class, placed, visits, chance, calls)

    def _names(self, query_class: str) -> dict[str, Node]:
        if query_class not in self._nodes:
            own = self.scenario.mix.get(query_class)
            overrides = {name: param.value for name, param in own.params.items()} if own else {}
            self._nodes[query_class] = self.parameters.nodes(overrides, dotted(("mix", query_class)))
        return self._nodes[query_class]

    def _with_inputs(self, placed: PlacedStage, names: dict[str, Node]) -> Stage:
        """The stage with each plain number as a named input, and each random amount as a draw of its own.

        0 and 1 stay, they keep formulas short; but a stated chance is always an input, whatever it is.
        """
        fields: dict[str, Any] = {}
        for key, value in placed.expressions.items():
            if isinstance(value, Number) and (key in _INPUTS or value.value not in (ZERO, ONE)):
                path = dotted(placed.place(key))
                leaf = self.graph.leaf(path, value.value)
            elif isinstance(value, Random):
                path = f"{placed.id}.{key}"
                drawn = replace(value, name=path, place=dotted(placed.place(key)))
                leaf = bind(self.graph, drawn, names)
                self.graph.anew.add(leaf)
            else:
                continue
            if names.setdefault(path, leaf) != leaf:
                raise ValueError(f"two numbers of stage {placed.id} stand at {path}")
            name, *parts = key.split(".")
            held = fields.get(name, getattr(placed.stage, name))
            fields[name] = with_part(held, parts, Name(path))
        return placed.stage.model_copy(update=fields)

    def by_model(self, expected: ExpectedCall) -> Iterator[ModelCall]:
        """The calls that the models of a charge share."""
        charge, prices = expected.charge, self.scenario.prices
        mode, region = charge.mode or prices.mode, charge.region or prices.region
        for ref, share in expected.models:
            times = self.graph.product(expected.times, share_of(self.graph, ref, share))
            factor = self._factor(ref)
            usage = expected.usage if factor is None else self._counted(expected.usage, factor)
            yield ModelCall(
                ref, mode, region, expected.slot, share, times, expected.usage, usage, factor, expected.parts
            )

    def on_model(self, call: ModelCall, ref: str) -> ModelCall:
        """The same call on another model, which may count the same text as more tokens."""
        factor = self._factor(ref)
        usage = call.profile if factor is None else self._counted(call.profile, factor)
        return replace(call, ref=ref, usage=usage, factor=factor)

    def _factor(self, ref: str) -> Node | None:
        entry = self.tokenizers.get(ref)
        if entry is None:
            return None
        return self.graph.leaf(dotted(("tokenizers", entry)), self.scenario.tokenizers[entry].factor)

    def _counted(self, profile: Mapping[str, Node], factor: Node) -> dict[str, Node]:
        """The profile with its text in the tokens of a model; a plain 0 stays one, which needs no price."""
        return {
            meter: self.graph.product(units, factor)
            if is_text(meter) and not self.graph.is_number(units, ZERO)
            else units
            for meter, units in profile.items()
        }
