"""What moves a design's total: one input at a time at two values, all others where they are."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from kplan.engine.plan import Plan, PlannedDesign
from kplan.errors import KplanError
from kplan.form.decimals import Changed, Decimals
from kplan.form.graph import Graph, Node
from kplan.money import ZERO, exact

Ends = tuple[Decimal, Decimal]


class Swing(Struct, frozen=True):
    """An input at both ends, and the total of a design there [USD]."""

    node: Node
    low: Decimal
    high: Decimal
    usd_at_low: Decimal | None
    """None where the plan has no total there: more turns than are written out, a division by zero."""
    usd_at_high: Decimal | None

    @property
    def size_usd(self) -> Decimal:
        """How far the total moves from end to end, either way; 0 where an end has none."""
        if self.usd_at_low is None or self.usd_at_high is None:
            return ZERO
        with exact():
            return abs(self.usd_at_high - self.usd_at_low)


def swings(design: PlannedDesign, values: Decimals, ends: Mapping[Node, Ends]) -> list[Swing]:
    """The total of a design with each input that moves it at its ends, the widest swing first.

    Exact: the plan's own graph in Decimals, with one leaf changed. What a leaf was baked out of does not
    move it, so an input that went into one must not be asked for.
    """
    nodes = values.graph.under([design.total])
    used = set(nodes)
    found = []
    for node, (low, high) in ends.items():
        if node in used:
            above = _above(values.graph, nodes, node)
            at_low, at_high = (_total(design, values, above, node, end) for end in (low, high))
            swing = Swing(node, low, high, at_low, at_high)
            if swing.size_usd or at_low is None or at_high is None:
                found.append(swing)
    return sorted(found, key=lambda swing: (-swing.size_usd, swing.node))


def parts_of_wholes(plan: Plan) -> frozenset[Node]:
    """Leaves that add up to 1 with others: one of them alone cannot move."""
    wholes = [*plan.shares.values(), *(part.node for part in plan.parts if part.is_whole)]
    return frozenset(plan.graph.under(wholes))


def _above(graph: Graph, nodes: list[Node], changed: Node) -> frozenset[Node]:
    """Of the nodes in their order the changed one and those worked out from it."""
    found = {changed}
    for node in nodes:
        if node > changed and not found.isdisjoint(graph.entries[node].args):
            found.add(node)
    return frozenset(found)


def _total(
    design: PlannedDesign, values: Decimals, above: frozenset[Node], node: Node, end: Decimal
) -> Decimal | None:
    try:
        return Changed.of(values, above, node, end)[design.total]
    except KplanError:
        return None
