"""The graph that every cost is written in: leaves, and a dozen operations over them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from msgspec import Struct, field

from kplan.form.law import Law
from kplan.money import ONE, ZERO

Node = NewType("Node", int)
"""A place in the graph; arguments always come before what uses them."""

GREATER_BY = Decimal("1e-6")
"""`a > b` means more than this much above, since spreadsheets snap near-ties."""
CEIL_SLACK = Decimal("1e-9")
"""`ceil(x)` means ceil(x - 1e-9), for the same reason."""


MOST_ADDENDS = 200
"""Most terms of one sum: a spreadsheet's formula holds no more of them by far."""


class Op(StrEnum):
    """What a node does with its arguments; `grow` is a product cut to 60 digits."""

    LEAF = "leaf"
    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    DIVIDE = "divide"
    GROW = "grow"
    MIN = "min"
    MAX = "max"
    CEIL = "ceil"
    GREATER = "gt"
    IF = "if"
    SUM = "sum"
    LOOK = "look"
    """The argument whose number, counted from 1 behind it, the first argument says."""
    RANDOM = "random"
    """An amount that differs from draw to draw. Its value is its first argument, its mean; the others are
    what else its law was made of."""


class LeafKind(StrEnum):
    """What a leaf is: an input that a user wrote, a rate out of a book, a weight, or a plain number.

    A baked leaf is a number that kplan computed beforehand, from a distribution or the traffic: `Graph.baked`
    knows out of what.
    A choice is the number of one of its options, counted from 1: `Graph.options` names them.
    """

    INPUT = "input"
    RATE = "rate"
    WEIGHT = "weight"
    NUMBER = "number"
    BAKED = "baked"
    CHOICE = "choice"


class Entry(Struct, frozen=True):
    """One node: an operation over earlier nodes, or a named leaf with its value."""

    op: Op
    args: tuple[Node, ...] = ()
    name: str = ""
    kind: LeafKind = LeafKind.NUMBER
    value: Decimal = ZERO
    law: Law | None = None
    """The law of a random amount."""


class Graph(Struct):
    """Nodes in the order they were made; equal expressions are one node."""

    entries: list[Entry] = field(default_factory=list)
    baked: dict[Node, tuple[Node, ...]] = field(default_factory=dict)
    """Leaves computed beforehand -> the nodes they were computed out of."""
    anew: set[Node] = field(default_factory=set)
    """Random amounts that each visit of a stage draws for itself; others are drawn once for a query."""
    others: dict[Node, Node] = field(default_factory=dict)
    """Means of what other visits have drawn -> the amount that this one draws."""
    options: dict[Node, tuple[str, ...]] = field(default_factory=dict)
    """What can be chosen at each choice."""
    _seen: dict[Entry, Node] = field(default_factory=dict)
    _applied: dict[tuple[Op, tuple[Node, ...]], Node] = field(default_factory=dict)
    """Operations by what is asked for, before anything is left out."""
    _randoms: dict[Node, frozenset[Node]] = field(default_factory=dict)
    """Random amounts under each node that has any."""

    def node(self, entry: Entry) -> Node:
        """The node of this entry, made once."""
        found = self._seen.get(entry)
        if found is None:
            found = self._seen[entry] = Node(len(self.entries))
            self.entries.append(entry)
            self._note_randoms(found, entry)
        return found

    def _note_randoms(self, node: Node, entry: Entry) -> None:
        if entry.op is Op.RANDOM:
            self._randoms[node] = frozenset((node,))
        elif self._randoms and (held := [self._randoms[arg] for arg in entry.args if arg in self._randoms]):
            self._randoms[node] = held[0].union(*held[1:])

    def random(self, name: str, law: Law, mean: Node, *others: Node) -> Node:
        """An amount that is drawn anew each time: one name stands for one draw.

        mean     its mean; draws scale with it
        others   what else its law was made of
        """
        return self.node(Entry(Op.RANDOM, (mean, *others), name, law=law))

    def randoms(self, node: Node) -> frozenset[Node]:
        """The random amounts that a node is worked out from; none where it is the same in every draw."""
        return self._randoms.get(node, frozenset())

    def bake(self, name: str, value: Decimal, *sources: Node) -> Node:
        """A leaf that holds a number computed out of these nodes: it does not follow when they change."""
        node = self.leaf(name, value, LeafKind.BAKED)
        self.baked.setdefault(node, sources)
        return node

    def under(
        self,
        targets: Iterable[Node],
        until: Collection[Node] = (),
        *,
        by_mean: bool = False,
        through_baked: bool = False,
    ) -> list[Node]:
        """The targets and all that they are made of, arguments before what uses them.

        until           nodes that are not followed, and not in the answer
        by_mean         random amounts are followed to their mean alone
        through_baked   what was computed beforehand is followed to what it was computed out of
        """
        held, seen = frozenset(until), set[Node]()
        stack = list(targets)
        while stack:
            node = stack.pop()
            if node not in seen and node not in held:
                seen.add(node)
                entry = self.entries[node]
                stack.extend(entry.args[:1] if by_mean and entry.op is Op.RANDOM else entry.args)
                stack.extend(self.baked.get(node, ()) if through_baked else ())
        return sorted(seen)

    def feeding(self, used: Collection[Node]) -> dict[Node, tuple[Node, ...]]:
        """The nodes that leaves among these were computed out of -> those leaves: formulas end there."""
        found: dict[Node, tuple[Node, ...]] = {}
        for leaf in sorted(self.baked.keys() & used):
            for node in self.under(self.baked[leaf], through_baked=True):
                found[node] = (*found.get(node, ()), leaf)
        return found

    def leaf(self, name: str, value: Decimal, kind: LeafKind = LeafKind.INPUT) -> Node:
        """A named leaf; a name stands for one value."""
        return self.node(Entry(Op.LEAF, (), name, kind, value))

    def choice(self, name: str, options: tuple[str, ...], chosen: int) -> Node:
        """A named leaf that picks one of these options.

        chosen   which one it is as planned, counted from 1
        """
        node = self.leaf(name, Decimal(chosen), LeafKind.CHOICE)
        self.options[node] = options
        return node

    def look(self, choice: Node, values: Iterable[Node]) -> Node:
        """The value of the option that is chosen; where all have the same, nothing is asked."""
        nodes = tuple(values)
        return nodes[0] if len(set(nodes)) == 1 else self.node(Entry(Op.LOOK, (choice, *nodes)))

    def number(self, value: Decimal) -> Node:
        """A plain number."""
        return self.node(Entry(Op.LEAF, (), "", LeafKind.NUMBER, value))

    def count(self, n: int) -> Node:
        """A count that kplan makes, such as which turn it is: a weight, but for 0 and 1."""
        value = Decimal(n)
        return self.number(value) if n < 2 else self.leaf(f"count of {n}", value, LeafKind.WEIGHT)

    def apply(self, op: Op, *args: Node) -> Node:
        """An operation over nodes; a product with 1 and a sum with 0 are left out."""
        found = self._applied.get((op, args))
        if found is None:
            found = self._applied[op, args] = self._apply(op, args)
        return found

    def _apply(self, op: Op, args: tuple[Node, ...]) -> Node:
        if op in (Op.MULTIPLY, Op.GROW):
            args = tuple(arg for arg in args if not self.is_number(arg, ONE)) or args[:1]
        elif op in (Op.ADD, Op.SUM):
            args = tuple(arg for arg in args if not self.is_number(arg, ZERO)) or args[:1]
        if len(args) == 1 and op in (Op.MULTIPLY, Op.GROW, Op.ADD, Op.SUM, Op.MIN, Op.MAX):
            return args[0]
        return self.node(Entry(op, args))

    def product(self, *args: Node) -> Node:
        """Left fold of multiplications, as every evaluator does them."""
        result = args[0]
        for arg in args[1:]:
            result = self.apply(Op.MULTIPLY, result, arg)
        return result

    def sum(self, args: Iterable[Node]) -> Node:
        """Sum of the nodes, from left to right; 0 for none."""
        nodes = tuple(args)
        while len(nodes) > MOST_ADDENDS:
            nodes = (self.apply(Op.SUM, *nodes[:MOST_ADDENDS]), *nodes[MOST_ADDENDS:])
        return self.apply(Op.SUM, *nodes) if nodes else self.number(ZERO)

    def is_number(self, node: Node, value: Decimal) -> bool:
        """Whether the node is this plain number, whatever the inputs."""
        entry = self.entries[node]
        return entry.op is Op.LEAF and entry.kind is LeafKind.NUMBER and entry.value == value
