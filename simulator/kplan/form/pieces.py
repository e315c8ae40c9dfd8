"""Where a node, seen as a function of one random amount, turns: between these points it is a polynomial."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from kplan.errors import KplanError
from kplan.form.arrays import Array, evaluate
from kplan.form.graph import CEIL_SLACK, GREATER_BY, Graph, Node, Op
from kplan.form.laws.distribution import Distribution

MAX_STEPS = 100_000
"""Steps of a `ceil` that are told apart."""
_TAIL = 1e-15
"""Share of the draws on either side beyond which a `ceil` counts as constant."""


def degree(graph: Graph, node: Node, variable: Node, *, has_steps: bool) -> int | None:
    """Power of the variable in the pieces of the node; none where they are no polynomials.

    has_steps   whether a `ceil` of the variable may be taken apart, step by step
    """
    found: dict[Node, int | None] = {variable: 1}
    for each in _under(graph, node, variable):
        entry = graph.entries[each]
        below = [found[arg] if variable in graph.randoms(arg) else 0 for arg in entry.args]
        powers = [power for power in below if power is not None]
        found[each] = _power(entry.op, powers, has_steps) if len(powers) == len(below) else None
    return found[node]


def _power(op: Op, powers: list[int], has_steps: bool) -> int | None:
    if op in (Op.MULTIPLY, Op.GROW):
        return sum(powers)
    if op in (Op.MIN, Op.MAX, Op.GREATER):
        return None if max(powers) > 1 else 0 if op is Op.GREATER else max(powers)
    if op is Op.CEIL:
        return 0 if has_steps and powers[0] <= 1 else None
    if op is Op.DIVIDE:
        return None if powers[1] else powers[0]
    return max(powers[1:] if op is Op.IF else powers)


def _under(graph: Graph, node: Node, variable: Node) -> list[Node]:
    """The nodes between the variable and this one, in the graph's order, without the variable itself."""
    seen: set[Node] = set()
    stack = [node]
    while stack:
        here = stack.pop()
        if here not in seen and here != variable and variable in graph.randoms(here):
            seen.add(here)
            stack.extend(graph.entries[here].args)
    return sorted(seen)


@dataclass
class Pieces:
    """Intervals of the variable, column by column: one for each point of a grid over other amounts.

    edges   ascending along the first axis, shape (pieces + 1, n); pieces may be empty
    """

    graph: Graph
    variable: Node
    given: dict[Node, Array]
    scale: float
    edges: Array

    @classmethod
    def of(
        cls, graph: Graph, node: Node, variable: Node, law: Distribution, given: dict[Node, Array]
    ) -> Pieces:
        """The pieces of a node: cut wherever a comparison under it turns, innermost first."""
        n = next((points.size for points in given.values()), 1)
        edges = np.repeat([[float(law.least)], [law.high]], n, axis=1)
        pieces = cls(graph, variable, given, float(law.mean), edges)
        for each in _under(graph, node, variable):
            op = graph.entries[each].op
            if op in (Op.GREATER, Op.MIN, Op.MAX):
                pieces._cut(each)
            elif op is Op.CEIL:
                pieces._step(each, law)
        return pieces

    def points(self, count: int) -> Array:
        """Points within each piece, evenly apart, shape (count, pieces, n)."""
        low, high = self.edges[:-1], self.edges[1:]
        with np.errstate(invalid="ignore"):
            span = np.where(np.isinf(high), np.maximum(low, self.scale) * (count + 1), high - low)
            parts = np.arange(1, count + 1) / (count + 1)
            return np.asarray(low + parts[:, None, None] * span)

    def evaluate(self, node: Node, points: Array) -> Array:
        """The node at such points, same shape."""
        found = evaluate(self.graph, [node], {**self.given, self.variable: points})[0]
        return np.broadcast_to(found, points.shape)

    def _cut(self, node: Node) -> None:
        """At the roots of the differences of what is compared, which are straight within a piece."""
        entry = self.graph.entries[node]
        by = float(GREATER_BY) if entry.op is Op.GREATER else 0.0
        for left, right in combinations(entry.args, 2):
            if self.variable in self.graph.randoms(left) | self.graph.randoms(right):
                start, slope = self._line(left), self._line(right)
                self._insert(self._roots(start[0] - slope[0] - by, start[1] - slope[1]))

    def _line(self, node: Node) -> tuple[Array, Array]:
        """The node as a + b x in each piece, shapes (pieces, n)."""
        points = self.points(2)
        first, second = self.evaluate(node, points)
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = (second - first) / (points[1] - points[0])
            return first - slope * points[0], slope

    def _roots(self, start: Array, slope: Array) -> Array:
        """Where the lines meet 0 within their own pieces; nan where they do not."""
        with np.errstate(invalid="ignore", divide="ignore"):
            root = -start / slope
            return np.where((root > self.edges[:-1]) & (root < self.edges[1:]), root, np.nan)

    def _insert(self, roots: Array) -> None:
        """New edges; columns with fewer than others are filled up with empty pieces at their ends."""
        n_most = int(np.max(np.sum(np.isfinite(roots), axis=0)))
        found = np.sort(roots, axis=0)[:n_most]
        last = np.broadcast_to(self.edges[-1], found.shape)
        found = np.where(np.isnan(found), last, found)
        self.edges = np.sort(np.concatenate([self.edges, found]), axis=0)

    def _step(self, node: Node, law: Distribution) -> None:
        """At every step of a `ceil`, within the range where draws are to be expected."""
        low, high = law.ppf(np.array([_TAIL, 1 - _TAIL]))
        start, slope = (part[:, 0] for part in self._line(self.graph.entries[node].args[0]))
        edges = np.clip(self.edges[:, 0], low, high)
        steps = [
            (levels + float(CEIL_SLACK) - a) / b
            for a, b, levels in _levels(edges, start, slope)
        ]  # fmt: skip
        if steps:
            self._insert(np.concatenate(steps)[:, None])


def _levels(edges: Array, start: Array, slope: Array) -> Iterator[tuple[float, float, Array]]:
    """The whole numbers that each line crosses within its piece."""
    for low, high, a, b in zip(edges[:-1], edges[1:], start, slope, strict=True):
        if high > low and b != 0:
            first, last = sorted((a + b * low, a + b * high))
            if last - first > MAX_STEPS:
                raise KplanError(f"ceil takes more than {MAX_STEPS:,} values over a distribution")
            yield a, b, np.arange(np.ceil(first), np.floor(last) + 1)
