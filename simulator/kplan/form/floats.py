"""The graph in Python's own floats, a point at a time: arrays.py to the last bit, without numpy's import.

For a few points of a plain run, in which nothing else needs numpy; the tests hold both against each other.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from math import ceil, copysign, inf, isfinite, nan

from msgspec import Struct

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


def _ceil(values: Mapping[Node, float], args: Sequence[Node]) -> float:
    value = values[args[0]]
    return float(ceil(value - _SLACK)) if isfinite(value) else value


_CHOSEN: Mapping[Op, Callable[[Mapping[Node, float], Sequence[Node]], float]] = {
    Op.CEIL: _ceil,
    Op.IF: lambda values, args: values[args[1] if values[args[0]] != 0 else args[2]],
    Op.LOOK: lambda values, args: values[args[int(values[args[0]])]],
    Op.RANDOM: lambda values, args: values[args[0]],
}


class Floats(Struct, frozen=True):
    """The nodes under some targets: leaves with their values, then what is worked out of them, in order."""

    targets: tuple[Node, ...]
    leaves: Mapping[Node, float]
    steps: tuple[tuple[Node, Op, tuple[Node, ...]], ...]

    @classmethod
    def of(cls, graph: Graph, targets: Sequence[Node]) -> Floats:
        """Everything that the targets are made of."""
        held = [(node, graph.entries[node]) for node in graph.under(targets)]
        leaves = {node: float(entry.value) for node, entry in held if entry.op is Op.LEAF}
        steps = tuple((node, entry.op, entry.args) for node, entry in held if entry.op is not Op.LEAF)
        return cls(tuple(targets), leaves, steps)

    def at(self, moved: Mapping[Node, float]) -> dict[Node, float]:
        """The targets' values where these leaves have other ones; a division by zero is inf or nan."""
        values = {**self.leaves, **moved}
        for node, op, args in self.steps:
            if (fold := _FOLDS.get(op)) is not None:
                value = fold(values[args[0]], values[args[1]])
                for arg in args[2:]:
                    value = fold(value, values[arg])
            else:
                value = _CHOSEN[op](values, args)
            values[node] = value
        return {target: values[target] for target in self.targets}
