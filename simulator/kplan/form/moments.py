"""Means of what is worked out from random amounts: straight arithmetic as it stands, all else computed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, count

from msgspec import Struct, field

from kplan.form.graph import Entry, Graph, Node, Op
from kplan.form.spoken import spoken_mean
from kplan.money import ONE, ZERO

_SUMS = (Op.ADD, Op.SUBTRACT, Op.SUM)
_PRODUCTS = (Op.MULTIPLY, Op.GROW)


def expected(graph: Graph, node: Node) -> Node:
    """A node for the mean of another over all draws; see `Moments`."""
    return Moments(graph).expected(node)


class Moments(Struct):
    """Takes means over the random amounts of a graph.

    Where a node is straight in independent random amounts its mean is the same arithmetic over their means,
    which stay inputs: E[a + bX] = a + bE[X], E[XY] = E[X]E[Y]. Any other part (a long-context tier, min, max,
    ceil, a product of dependent amounts) becomes a baked leaf that holds its mean (see `expectation`). What
    a condition decides is taken apart where both are independent: E[if(C, A, B)] = P(C)E[A] + (1-P(C))E[B].
    """

    graph: Graph
    _found: dict[Node, Node] = field(default_factory=dict)

    def expected(self, node: Node) -> Node:
        """A node for the mean of this one; itself where nothing in it is random."""
        if not self.graph.randoms(node):
            return node
        if node not in self._found:
            self._found[node] = self._mean(node, self.graph.entries[node])
        return self._found[node]

    def _mean(self, node: Node, entry: Entry) -> Node:
        if entry.op is Op.RANDOM:
            return entry.args[0]
        if entry.op in _SUMS:
            return self.graph.apply(entry.op, *map(self.expected, entry.args))
        if entry.op in _PRODUCTS:
            return self._product(entry.op, entry.args)
        if entry.op is Op.DIVIDE and not self.graph.randoms(entry.args[1]):
            return self.graph.apply(Op.DIVIDE, self.expected(entry.args[0]), entry.args[1])
        if entry.op is Op.IF:
            return self._choice(node, *entry.args)
        return self._baked(node)

    def _product(self, op: Op, args: Sequence[Node]) -> Node:
        """Factors that share a random amount have one mean together."""
        groups: list[list[Node]] = []
        for arg in self._factors(args):
            mine = [group for group in groups if self._depend(arg, *group)]
            groups = [group for group in groups if group not in mine]
            groups.append([each for group in mine for each in group] + [arg])
        return self.graph.apply(op, *(self._together(group) for group in groups))

    def _factors(self, args: Sequence[Node]) -> list[Node]:
        """The operands of a product of products, as far as any of them is random."""
        found: list[Node] = []
        for arg in args:
            entry = self.graph.entries[arg]
            is_split = entry.op in _PRODUCTS and self.graph.randoms(arg)
            found += self._factors(entry.args) if is_split else [arg]
        return found

    def _together(self, group: Sequence[Node]) -> Node:
        if len(group) == 1:
            return self.expected(group[0])
        return self._baked(self.graph.product(*group))

    def _choice(self, node: Node, condition: Node, then: Node, other: Node) -> Node:
        graph = self.graph
        if not graph.randoms(condition):
            return graph.apply(Op.IF, condition, self.expected(then), self.expected(other))
        if graph.entries[condition].op is not Op.GREATER or self._depend(condition, then, other):
            return self._baked(node)
        taken = self.expected(condition)
        missed = graph.apply(Op.SUBTRACT, graph.number(ONE), taken)
        parts = [
            graph.product(chance, self.expected(part))
            for chance, part in ((taken, then), (missed, other))
            if not graph.is_number(part, ZERO)
        ]
        return graph.sum(parts)

    def _depend(self, node: Node, *others: Node) -> bool:
        mine = self.graph.randoms(node)
        return any(mine & self.graph.randoms(other) for other in others)

    def _baked(self, node: Node) -> Node:
        from kplan.form.expectation import expectation  # numpy and scipy: only where something varies

        name = spoken_mean(self.graph, node)
        others = {
            self.graph.entries[leaf].name for leaf, made_of in self.graph.baked.items() if made_of != (node,)
        }
        names = chain([name], (f"{name} #{n}" for n in count(2)))
        value = expectation(self.graph, node)
        return self.graph.bake(next(each for each in names if each not in others), value, node)
