"""What a call costs and leaves behind, as programs over what varies: the one cost form, in arrays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from msgspec import Struct

from kplan.engine.flow.crowd import Value
from kplan.engine.flow.prompt import Caches, Prompt
from kplan.engine.flow.situation import CacheKey, Situation
from kplan.form.arrays import Array, Program
from kplan.form.expressions import Expression
from kplan.form.graph import Graph, LeafKind, Node
from kplan.kinds.primitives import Charge, Context
from kplan.money import ZERO

Bill = Callable[[Charge, str, Mapping[str, Node]], Node]
"""The cost of one call of a charge on a model with this usage [USD]."""


class Law(Protocol):
    """A distribution of amounts."""

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Independent draws, shape (n,)."""


class Variable(Struct, frozen=True):
    """An amount that differs from query to query.

    name   of its stream
    stage  whose visits draw it anew, each of its calls; empty where it is drawn once for a query
    """

    name: str
    stage: str
    law: Law


Variables = Mapping[Node, Variable]


class Formula(Struct, frozen=True):
    """Targets over the nodes that vary; plain numbers where nothing does."""

    program: Program
    varying: tuple[Node, ...]
    """Those of its nodes that are no plain numbers."""
    fixed: tuple[float, ...] | None

    @classmethod
    def of(cls, graph: Graph, targets: Sequence[Node], varying: Collection[Node]) -> Formula:
        """The formula of some targets, where these nodes may vary."""
        used = tuple(sorted(_under(graph, targets, varying)))
        program = Program.of(graph, targets, used)
        fixed = None if used else tuple(float(value) for value in program.run({}))
        return cls(program, used, fixed)

    def run(self, values: Mapping[Node, Value]) -> Sequence[Value]:
        """The targets where the nodes that vary have these values."""
        if self.fixed is not None:
            return self.fixed
        given = {node: np.asarray(value, dtype=np.float64) for node, value in values.items()}
        return [value if value.ndim else float(value) for value in self.program.run(given)]


def _under(graph: Graph, targets: Sequence[Node], varying: Collection[Node]) -> set[Node]:
    """The varying nodes that targets rest on."""
    between = graph.under(targets, until=varying)
    return {*targets, *(arg for node in between for arg in graph.entries[node].args)}.intersection(varying)


class CallFormula(Struct, frozen=True):
    """One call on one model, in the contexts around it."""

    formula: Formula
    cost: int
    """Place of the cost among the targets [USD]."""
    meters: tuple[str, ...]
    """Whose units stand first among the targets, as the scenario counts them."""
    prompt: Prompt
    warm: Mapping[CacheKey, Node]
    """Leaves that are 1 where a prefix is warm on the model, else 0."""


@dataclass
class Formulas:
    """Makes the formulas of one class of queries under one design, each once.

    Situations are the same as those of the exact interpreter, but with leaves for what a query carries: the
    tokens that the cache holds of its context, those that came since, and whether a prefix is warm.
    """

    graph: Graph
    bind: Callable[[Expression], Node]
    bill: Bill
    caches: Caches
    variables: Variables
    _amounts: dict[Expression, Formula] = field(default_factory=dict)
    _calls: dict[tuple[object, ...], CallFormula] = field(default_factory=dict)

    def __post_init__(self) -> None:
        weight = LeafKind.WEIGHT
        self.held = self.graph.leaf("tokens of the context that the cache holds", ZERO, weight)
        self.since = self.graph.leaf("tokens of the context since then", ZERO, weight)

    def amount(self, expression: Expression) -> Formula:
        """The formula of a number in the flow: a chance, a time."""
        if expression not in self._amounts:
            node = self.bind(expression)
            self._amounts[expression] = Formula.of(self.graph, [node], self.variables)
        return self._amounts[expression]

    def number(self, node: Node) -> float:
        """What a node comes to, in which nothing varies."""
        return float(Program.of(self.graph, [node], ()).run({})[0])

    def call(
        self, charge: Charge, ref: str, contexts: Sequence[tuple[Context, str]], stage: str
    ) -> CallFormula:
        """The formula of a call."""
        key = (stage, id(charge), ref, tuple(name for _, name in contexts))
        if key not in self._calls:
            self._calls[key] = self._call(charge, ref, contexts)
        return self._calls[key]

    def _call(self, charge: Charge, ref: str, contexts: Sequence[tuple[Context, str]]) -> CallFormula:
        graph, zero = self.graph, self.graph.number(ZERO)
        around = [(context, name, zero) for context, name in contexts]
        prompt = Prompt.of(graph, self.bind, self.caches, charge, around)
        keys = [(key, ref) for key, _ in prompt.prefixes]
        warm = {key: graph.leaf(f"{key[0]} is warm on {ref}", ZERO, LeafKind.WEIGHT) for key in keys}
        prompt = Prompt.of(graph, self.bind, Caches(self.caches.known, warm), charge, around)
        usage = prompt.usage(self._situation(prompt, ref), ref)
        targets = [*usage.values(), *prompt.adds, self.bill(charge, ref, usage)]
        varying = {*self.variables, *warm.values(), self.held, self.since}
        formula = Formula.of(graph, targets, varying)
        return CallFormula(formula, len(targets) - 1, tuple(usage), prompt, warm)

    def _situation(self, prompt: Prompt, ref: str) -> Situation:
        """Any: what the context holds stands in leaves."""
        if prompt.context is None:
            return Situation()
        held = ((self.held, 1),)
        return Situation((((prompt.context_name, ref), held),), (tuple(sorted((*held, (self.since, 1)))),))
