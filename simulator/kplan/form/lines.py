"""Which nodes are straight lines in one other node: told from the graph itself, not from samples."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from msgspec import Struct

from kplan.form.decimals import Changed, Decimals, Users
from kplan.form.graph import Entry, LeafKind, Node, Op
from kplan.money import ONE, ZERO, exact

_SUMS = (Op.ADD, Op.SUBTRACT, Op.SUM)
_PRODUCTS = (Op.MULTIPLY, Op.GROW)


class Line(Struct, frozen=True):
    """A node's value a + b x in the value x of another node."""

    at_zero: Decimal
    slope: Decimal

    def at(self, x: Decimal) -> Decimal:
        """The value at x."""
        with exact():
            return self.at_zero + self.slope * x


class Lines:
    """Finds lines in a graph; the values of nodes that do not move come from the base."""

    def __init__(self, values: Decimals) -> None:
        self.values = values
        self._users = Users(values.graph)
        self._moved: dict[Node, tuple[frozenset[Node], frozenset[Node], Changed, Changed]] = {}

    def of(self, node: Node, variable: Node) -> Line | None:
        """The node as a line in the variable, level where it does not depend on it; none where it bends."""
        if variable not in self._moved:
            self._moved[variable] = self._move(variable)
        dependents, bent, low, high = self._moved[variable]
        if node not in dependents:
            return Line(self.values[node], ZERO)
        if node in bent:
            return None
        with exact():
            return Line(low[node], high[node] - low[node])

    def is_line(self, node: Node, variable: Node) -> bool:
        """Whether the node is a line in the variable, told without working it out."""
        if variable not in self._moved:
            self._moved[variable] = self._move(variable)
        return node not in self._moved[variable][1]

    def inputs(self, node: Node) -> frozenset[Node]:
        """The inputs of the scenario that a node is worked out from."""
        graph, entries = self.values.graph, self.values.graph.entries
        under = graph.under([node])
        return frozenset(n for n in under if entries[n].op is Op.LEAF and entries[n].kind is LeafKind.INPUT)

    def _move(self, variable: Node) -> tuple[frozenset[Node], frozenset[Node], Changed, Changed]:
        dependents = self._users.dependents(variable)
        bent: set[Node] = set()
        for node in sorted(dependents - {variable}):
            entry = self.values.graph.entries[node]
            if bent & set(entry.args) or not _keeps_lines(entry, dependents):
                bent.add(node)
        low, high = (Changed.of(self.values, dependents, variable, x) for x in (ZERO, ONE))
        return dependents, frozenset(bent), low, high


def _keeps_lines(entry: Entry, moving: Collection[Node]) -> bool:
    """Whether an operation on lines in one variable gives a line again; a baked leaf does not follow."""
    if entry.op in _SUMS or entry.op is Op.RANDOM:
        return True
    if entry.op in _PRODUCTS:
        return sum(arg in moving for arg in entry.args) <= 1
    if entry.op is Op.DIVIDE:
        return entry.args[1] not in moving
    if entry.op in (Op.IF, Op.LOOK):
        return entry.args[0] not in moving
    return False
