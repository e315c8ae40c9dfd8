"""How often a body is repeated, turn by turn, as nodes of the graph."""

from __future__ import annotations

from decimal import Decimal
from math import ceil

from msgspec import Struct

from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph, LeafKind, Node, Op
from kplan.form.visits import largest, of_others
from kplan.kinds.primitives import Repeat
from kplan.money import ONE, ZERO, counted, plain

SPARE_TURNS = 24
"""Turns unrolled of a loop that says no most, so that its turns can still be raised in the workbook."""
MOST_TURNS = 1_000
"""Turns followed one by one."""


class Turns(Struct, dict=True):
    """Numbers of turns over one graph."""

    graph: Graph
    drawn: int = 0
    """How many visits have drawn how often they do what they do."""

    def __post_init__(self) -> None:
        self.values = Decimals(self.graph)

    def of_this_visit(self, times: Node) -> Node:
        """How often, where each visit draws that anew: what came before depends on other draws."""
        self.drawn += 1
        return of_others(self.graph, times, 1, f"visit {self.drawn}")

    def takes_place(self, times: Node, before: int) -> Node:
        """Chance of one more turn behind so many: min(1, max(0, n - before))."""
        graph, n = self.graph, self.values[times]
        if graph.is_number(times, n):
            return graph.number(min(ONE, n - before))
        left = graph.apply(Op.SUBTRACT, times, graph.count(before)) if before else times
        return graph.apply(Op.MIN, graph.number(ONE), graph.apply(Op.MAX, graph.number(ZERO), left))

    def most(self, body: Repeat, times: Node, stage: str) -> int:
        """The turns to unroll: as said, or those that there are, and some to spare."""
        n = self.values[times] if not self.graph.randoms(times) else self._largest(times, stage)
        if body.most is not None and n > body.most:
            raise KplanError(f"stage {stage}: {plain(n)} turns are more than `most` allows: {body.most}")
        if n > MOST_TURNS:
            raise KplanError(f"{counted(n)} turns; at most {MOST_TURNS} are followed one by one")
        is_fixed = self.graph.is_number(times, n) or self.graph.randoms(times)
        return ceil(n) if is_fixed else body.most or max(ceil(n), min(2 * max(1, ceil(n)), SPARE_TURNS))

    def _largest(self, times: Node, stage: str) -> Decimal:
        found = largest(self.graph, times)
        if found is None:
            raise KplanError(
                f"how often {stage} repeats varies without a largest number, and each time depends"
                " on those before it: truncate the distribution with `most:`"
            )
        return found

    def guard(self, times: Node, most: int) -> Node:
        """1, or a division by zero where an input is raised to more turns than are written out."""
        graph = self.graph
        if graph.is_number(times, self.values[times]) or graph.randoms(times):
            return graph.number(ONE)
        bound = graph.leaf(f"{most} turns written out", Decimal(most), LeafKind.WEIGHT)
        never = graph.apply(Op.DIVIDE, graph.number(ONE), graph.number(ZERO))
        return graph.apply(Op.IF, graph.apply(Op.GREATER, times, bound), never, graph.number(ONE))
