"""Expressions of a scenario as nodes of the graph."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.form.expressions import Apply, Expression, Name, Number, Random
from kplan.form.expressions import names as names_of
from kplan.form.graph import Graph, Node, Op
from kplan.form.numbers import clipped
from kplan.money import ZERO

_OPS = {
    "add": Op.ADD,
    "subtract": Op.SUBTRACT,
    "multiply": Op.MULTIPLY,
    "divide": Op.DIVIDE,
    "min": Op.MIN,
    "max": Op.MAX,
    "ceil": Op.CEIL,
    "gt": Op.GREATER,
    "if": Op.IF,
}


def bind(graph: Graph, expression: Expression, names: Mapping[str, Node]) -> Node:
    """The node of an expression; its names are parameters already in the graph.

    Raises KplanError for a name that is not a parameter, and for numbers that no distribution has.
    """
    if isinstance(expression, Number):
        return graph.number(expression.value)
    if isinstance(expression, Name):
        if expression.id not in names:
            raise KplanError(f"no parameter `{clipped(expression.id)}`")
        return names[expression.id]
    if isinstance(expression, Random):
        return _random(graph, expression, names)
    return _apply(graph, expression, [bind(graph, arg, names) for arg in expression.args])


def _apply(graph: Graph, expression: Apply, args: list[Node]) -> Node:
    if expression.op == "negate":
        return graph.apply(Op.SUBTRACT, graph.number(ZERO), args[0])
    return graph.apply(_OPS[expression.op], *args)


def _random(graph: Graph, random: Random, names: Mapping[str, Node]) -> Node:
    """A random amount. Its mean stays an input where it was stated and nothing is cut off.

    The mean of a truncated law and of a sample is computed, and so baked.
    """
    from kplan.form.laws import BOUNDS, law_of  # numpy and scipy: only where something varies

    given = {key: _given(graph, random, key, value, names) for key, value in random.given}
    values = Decimals(graph)
    law = law_of(random, {key: values[node] for key, node in given.items()})
    others = [node for key, node in given.items() if key != "mean"]
    if random.sample or not given.keys().isdisjoint(BOUNDS):
        mean = graph.bake(f"mean of {random.place or law.said}", law.mean, *given.values())
        return graph.random(random.name, law, mean, *others)
    return graph.random(random.name, law, given["mean"], *others)


def _given(graph: Graph, random: Random, key: str, value: Expression, names: Mapping[str, Node]) -> Node:
    """A stated mean is an input of its own; other numbers shape the law, which no formula follows."""
    if isinstance(value, Number) and key == "mean" and random.place:
        return graph.leaf(f"{random.place}.{key}", value.value)
    return bind(graph, value, names)


class Parameters(Struct, frozen=True):
    """The parameters of a scenario as nodes, for the base and for each class that overrides some."""

    graph: Graph
    base: Mapping[str, Expression]

    def nodes(self, overrides: Mapping[str, Expression], place: str) -> dict[str, Node]:
        """Nodes of all parameters under a class's overrides.

        A parameter that neither is overridden nor depends on one that is stays the base's own node.
        """
        found: dict[str, Node] = {}
        for name in self.base:
            self._resolve(name, overrides, place, found)
        return found

    def _resolve(
        self, name: str, overrides: Mapping[str, Expression], place: str, found: dict[str, Node]
    ) -> None:
        if name in found:
            return
        expression = overrides.get(name, self.base[name])
        for needed in sorted(names_of(expression)):
            self._resolve(needed, overrides, place, found)
        path = f"{place}.params.{name}" if name in overrides else f"params.{name}"
        if isinstance(expression, Number):
            found[name] = self.graph.leaf(path, expression.value)
        elif isinstance(expression, Random):
            found[name] = bind(self.graph, replace(expression, name=path, place=path), found)
        else:
            found[name] = bind(self.graph, expression, found)
