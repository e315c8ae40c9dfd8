"""The graph in Python's own floats, a point at a time: arrays.py to the last bit, without numpy's import.

For a few points of a plain run, in which nothing else needs numpy; the tests hold both against each other.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, copysign, inf, isfinite, nan

from kplan.form.graph import CEIL_SLACK, GREATER_BY, Graph, Node, Op

_SLACK, _BY = float(CEIL_SLACK), float(GREATER_BY)


def _divide(a: float, b: float) -> float:
    """As IEEE 754 has it, where Python raises."""
    if b != 0:
        return a / b
    return nan if a == 0 or a != a else copysign(inf, a) * copysign(1.0, b)


def _least(a: float, b: float) -> float:
    return a if a < b or a != a else b


def _most(a: float, b: float) -> float:
    return a if a > b or a != a else b


def _greater(a: float, b: float) -> float:
    return 1.0 if a - b > _BY else 0.0


_FOLDS: Mapping[Op, Callable[[float, float], float]] = {
    Op.ADD: operator.add,
    Op.SUM: operator.add,
    Op.SUBTRACT: operator.sub,
    Op.MULTIPLY: operator.mul,
    Op.GROW: operator.mul,
    Op.DIVIDE: _divide,
    Op.MIN: _least,
    Op.MAX: _most,
    Op.GREATER: _greater,
}


def _ceil(value: float) -> float:
    return float(ceil(value - _SLACK)) if isfinite(value) else value


@dataclass(frozen=True)
class Floats:
    """The nodes under some targets, in their order."""

    graph: Graph
    targets: tuple[Node, ...]
    nodes: tuple[Node, ...]

    @classmethod
    def of(cls, graph: Graph, targets: Sequence[Node]) -> Floats:
        """Everything that the targets are made of."""
        seen: set[Node] = set()
        stack = list(targets)
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                stack.extend(graph.entries[node].args)
        return cls(graph, tuple(targets), tuple(sorted(seen)))

    def at(self, moved: Mapping[Node, float]) -> dict[Node, float]:
        """The targets' values where these leaves have other ones; a division by zero is inf or nan."""
        values: dict[Node, float] = {}
        for node in self.nodes:
            entry = self.graph.entries[node]
            args = entry.args
            if (fold := _FOLDS.get(entry.op)) is not None:
                value = values[args[0]]
                for arg in args[1:]:
                    value = fold(value, values[arg])
            elif entry.op is Op.LEAF:
                value = moved[node] if node in moved else float(entry.value)
            elif entry.op is Op.IF:
                value = values[args[1]] if values[args[0]] != 0 else values[args[2]]
            elif entry.op is Op.LOOK:
                value = values[args[int(values[args[0]])]]
            else:
                value = _ceil(values[args[0]]) if entry.op is Op.CEIL else values[args[0]]
            values[node] = value
        return {target: values[target] for target in self.targets}
