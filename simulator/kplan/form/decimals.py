"""The graph in exact Decimals: the reference that every other evaluator is held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from kplan.errors import KplanError
from kplan.form.graph import CEIL_SLACK, GREATER_BY, Entry, Graph, Node, Op
from kplan.money import ONE, ZERO, cut, exact, quotient


def _divide(values: list[Decimal]) -> Decimal:
    if values[1] == 0:
        raise KplanError("division by zero")
    return quotient(values[0], values[1])


def _multiply(values: list[Decimal]) -> Decimal:
    result = values[0]
    for value in values[1:]:
        result *= value
    return result


_APPLY: Mapping[Op, Callable[[list[Decimal]], Decimal]] = {
    Op.ADD: lambda values: sum(values, ZERO),
    Op.SUM: lambda values: sum(values, ZERO),
    Op.SUBTRACT: lambda values: values[0] - values[1],
    Op.MULTIPLY: _multiply,
    Op.GROW: lambda values: cut(_multiply(values)),
    Op.DIVIDE: _divide,
    Op.MIN: min,
    Op.MAX: max,
    Op.CEIL: lambda values: (values[0] - CEIL_SLACK).to_integral_value(ROUND_CEILING),
    Op.GREATER: lambda values: ONE if values[0] - values[1] > GREATER_BY else ZERO,
}


@dataclass
class Decimals:
    """Values of a graph's nodes, worked out when asked for and kept.

    overrides   other values for some nodes: leaves, or whole expressions such as a chance
    Raises KplanError where something is divided by zero.
    """

    graph: Graph
    overrides: Mapping[Node, Decimal] = field(default_factory=dict)
    _values: dict[Node, Decimal] = field(default_factory=dict)

    def __getitem__(self, node: Node) -> Decimal:
        found = self._values.get(node)
        if found is None:
            with exact():
                self._evaluate(node)
            found = self._values[node]
        return found

    def _evaluate(self, target: Node) -> None:
        """Depth first without recursion; of an `if` only the branch taken is worked out."""
        stack = [target]
        while stack:
            node = stack[-1]
            waiting = [arg for arg in self._needed(node) if arg not in self._values]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            if node not in self._values:
                self._values[node] = self._value(node)

    def _needed(self, node: Node) -> tuple[Node, ...]:
        entry = self.graph.entries[node]
        if node in self.overrides:
            return ()
        if entry.op is Op.IF:
            return entry.args[:1] if entry.args[0] not in self._values else (self._taken(entry),)
        return entry.args

    def _taken(self, entry: Entry) -> Node:
        return entry.args[1] if self._values[entry.args[0]] != 0 else entry.args[2]

    def _value(self, node: Node) -> Decimal:
        if node in self.overrides:
            return self.overrides[node]
        entry = self.graph.entries[node]
        if entry.op is Op.LEAF:
            return entry.value
        if entry.op is Op.IF:
            return self._values[self._taken(entry)]
        return _APPLY[entry.op]([self._values[arg] for arg in entry.args])
