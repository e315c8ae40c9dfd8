"""The calls of every stage: which model, how often, with how many tokens, as nodes of the graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kplan.engine.expected import ExpectedCall, expected_calls
from kplan.form.bind import Parameters, bind
from kplan.form.expressions import Expression, Name, Number
from kplan.form.graph import Graph, Node
from kplan.kinds.stage import Stage
from kplan.money import ONE, ZERO
from kplan.prices.meters import is_text
from kplan.scenario.flow import PlacedStage, stages_of
from kplan.scenario.model import ONLY_CLASS, Scenario
from kplan.scenario.names import dotted


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A call to one model or service, with its usage in disjoint buckets.

    times    calls for one query of the class, on average
    profile  units of one call by meter, as the scenario counts them
    usage    the same as the model counts them: its tokenizer may make more of the same text
    factor   tokens of the model for each token of the scenario; none where they are the same
    """

    ref: str
    mode: str
    region: str
    times: Node
    profile: Mapping[str, Node]
    usage: Mapping[str, Node]
    factor: Node | None


@dataclass(frozen=True, slots=True)
class StageCalls:
    """A stage of a design as one class of queries runs it."""

    design: str
    query_class: str
    placed: PlacedStage
    visits: Node
    chance: Node | None
    """The chance as stated; none where every query visits the stage."""
    calls: tuple[ModelCall, ...]

    @property
    def in_class(self) -> str:
        """` in class NAME` for messages; empty where there is only one."""
        return "" if self.query_class == ONLY_CLASS else f" in class {self.query_class}"


@dataclass
class Callers:
    """Expands the stages of a scenario into calls; parameters are made nodes once a class."""

    scenario: Scenario
    graph: Graph
    parameters: Parameters
    tokenizers: Mapping[str, str] = field(default_factory=dict)
    """Model name -> the entry of the scenario's `tokenizers` that holds for it."""
    _nodes: dict[str, dict[str, Node]] = field(default_factory=dict)

    def placed(self, design: str) -> Iterator[tuple[str, PlacedStage]]:
        """Every stage of a design with its class, class by class."""
        for query_class in self.scenario.classes:
            for placed in stages_of(self.scenario, design, query_class):
                yield query_class, placed

    def calls(self, design: str, query_class: str, placed: PlacedStage) -> StageCalls:
        """The calls of one stage.

        Raises KplanError for an unknown parameter.
        """
        names = dict(self._names(query_class))
        stage = self._with_inputs(placed, names)
        body = stage.expand(placed.models)
        one = self.graph.number(ONE)
        found = expected_calls(self.graph, body, lambda expression: self._bind(expression, names), one)
        calls = tuple(call for each in found for call in self._by_model(each, names))
        chance = self._chance(stage, names)
        return StageCalls(design, query_class, placed, one if chance is None else chance, chance, calls)

    def _chance(self, stage: Stage, names: Mapping[str, Node]) -> Node | None:
        """The stated chance of a stage whose kind has one."""
        chance: Expression | None = getattr(stage, "chance", None)
        return None if chance is None else self._bind(chance, names)

    def _names(self, query_class: str) -> dict[str, Node]:
        if query_class not in self._nodes:
            overrides = self.scenario.mix[query_class].params if self.scenario.mix else {}
            self._nodes[query_class] = self.parameters.nodes(overrides, dotted(("mix", query_class)))
        return self._nodes[query_class]

    def _with_inputs(self, placed: PlacedStage, names: dict[str, Node]) -> Stage:
        """The stage with each plain number as a named input.

        0 and 1 stay, they keep formulas short; but a stated chance is always an input, whatever it is.
        """
        fields: dict[str, Any] = {}
        for key, value in placed.expressions().items():
            if isinstance(value, Number) and (key == "chance" or value.value not in (ZERO, ONE)):
                path = dotted(placed.place(key))
                names[path] = self.graph.leaf(path, value.value)
                name, _, part = key.partition(".")
                of_map = fields.get(name) or getattr(placed.stage, name)
                fields[name] = {**of_map, part: Name(path)} if part else Name(path)
        return placed.stage.model_copy(update=fields)

    def _bind(self, expression: Expression, names: Mapping[str, Node]) -> Node:
        return bind(self.graph, expression, names)

    def _by_model(self, expected: ExpectedCall, names: Mapping[str, Node]) -> Iterator[ModelCall]:
        charge, prices = expected.charge, self.scenario.prices
        mode, region = charge.mode or prices.mode, charge.region or prices.region
        profile = {meter: self._bind(units, names) for meter, units in charge.usage.buckets.items()}
        for ref, share in charge.models:
            times = self.graph.product(expected.times, self._share(ref, share))
            factor = self._factor(ref)
            usage = profile if factor is None else self._counted(profile, factor)
            yield ModelCall(ref, mode, region, times, profile, usage, factor)

    def _share(self, ref: str, share: Decimal) -> Node:
        return self.graph.number(ONE) if share == ONE else self.graph.leaf(f"share of {ref}: {share}", share)

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
