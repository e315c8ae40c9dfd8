"""The whole way of a query, with the numbers that its stages are written in."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kplan.engine.flow.prompt import Prefix
from kplan.form.bind import bind
from kplan.form.expressions import Expression
from kplan.form.graph import Graph, Node
from kplan.kinds.primitives import Primitive
from kplan.scenario.placed import PlacedStage


class Flow(Struct, frozen=True):
    """The whole way of a query of one class under one design."""

    graph: Graph
    body: Primitive
    names: Mapping[str, Node]
    """Parameters and the stages' own numbers, by name."""
    stages: tuple[PlacedStage, ...]
    caches: Mapping[str, Prefix]
    """The scenario's prompt caches, as this class has them."""

    def node(self, expression: Expression) -> Node:
        """The node of an expression of the flow."""
        return bind(self.graph, expression, self.names)
