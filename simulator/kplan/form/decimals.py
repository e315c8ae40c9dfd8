"""The graph in exact Decimals: the reference that every other evaluator is held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal, DecimalException

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
    Op.RANDOM: lambda values: values[0],
    Op.IF: lambda values: values[0],
    Op.LOOK: lambda values: values[0],
}
_TAKING = (Op.IF, Op.LOOK)
"""Operations that take one of their arguments, as the first one says."""


@dataclass
class Decimals:
    """Values of a graph's nodes, worked out when asked for and kept.

    Raises KplanError where something is divided by zero.
    """

    graph: Graph
    _values: dict[Node, Decimal] = field(default_factory=dict)

    def __getitem__(self, node: Node) -> Decimal:
        found = self._known(node)
        if found is None:
            try:
                with exact():
                    self._evaluate(node)
            except DecimalException as error:
                raise KplanError("a number too long or too large to compute with") from error
            found = self._values[node]
        return found

    def _known(self, node: Node) -> Decimal | None:
        return self._values.get(node)

    def _evaluate(self, target: Node) -> None:
        """Depth first without recursion; of an `if` and a look-up only what is taken is worked out."""
        known, entries, stack = self._known, self.graph.entries, [target]
        while stack:
            node = stack[-1]
            entry = entries[node]
            needed = self._needed(entry) if entry.op in _TAKING else entry.args
            values = [value for value in map(known, needed) if value is not None]
            if len(values) < len(needed):
                stack.extend(arg for arg in needed if known(arg) is None)
                continue
            stack.pop()
            self._values[node] = entry.value if entry.op is Op.LEAF else _APPLY[entry.op](values)

    def _needed(self, entry: Entry) -> tuple[Node, ...]:
        """What an `if` or a look-up asks; once that is known, the argument that it takes."""
        asked = self._known(entry.args[0])
        if asked is None:
            return entry.args[:1]
        if entry.op is Op.LOOK:
            return (entry.args[int(asked)],)
        return (entry.args[1] if asked != 0 else entry.args[2],)


@dataclass
class Changed(Decimals):
    """The values of a graph in which one node has another value; all that does not depend on it is shared."""

    base: Decimals = field(kw_only=True)
    dependents: frozenset[Node] = field(kw_only=True)
    """The changed node and every node above it."""

    @classmethod
    def of(cls, base: Decimals, dependents: frozenset[Node], node: Node, value: Decimal) -> Changed:
        """The base's graph with this value for a node: a leaf, or a whole expression such as a chance."""
        return cls(base.graph, {node: value}, base=base, dependents=dependents)

    def _known(self, node: Node) -> Decimal | None:
        if node in self.dependents:
            return self._values.get(node)
        found = self.base._known(node)
        return self.base[node] if found is None else found


class Users:
    """Which nodes use which: to find all that depends on one. A baked leaf depends on what it was made of."""

    def __init__(self, graph: Graph) -> None:
        self._users: list[list[Node]] = [[] for _ in graph.entries]
        for index, entry in enumerate(graph.entries):
            for arg in entry.args:
                self._users[arg].append(Node(index))
        for leaf, sources in graph.baked.items():
            for source in sources:
                self._users[source].append(leaf)

    def dependents(self, node: Node) -> frozenset[Node]:
        """The node and every node that is worked out from it."""
        found = {node}
        stack = [node]
        while stack:
            for user in self._users[stack.pop()]:
                if user not in found:
                    found.add(user)
                    stack.append(user)
        return frozenset(found)
