"""Draws that leave what makes sense: they are counted, and told with the parameter, never used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite

import numpy as np

from kplan.engine.plan import Plan
from kplan.engine.problems import Problems
from kplan.engine.uncertainty.parameters import Uncertain
from kplan.errors import KplanError
from kplan.form.arrays import Array
from kplan.form.graph import Graph, Node

SLACK = 1e-6
"""Part of a unit, or of a share, that float64 may be off by; as `a > b` means in every evaluator."""


@dataclass(slots=True)
class _Bound:
    """What a node may come to, with what it is called."""

    what: str
    least: float
    most: float
    n_outside: int = 0
    n_no_number: int = 0
    lowest: float = inf
    highest: float = -inf


@dataclass
class Guards:
    """Nodes with bounds that hold at the parameters' values, watched over all draws."""

    bounds: Mapping[Node, _Bound]
    n_draws: int = field(default=0)

    @classmethod
    def of(cls, plan: Plan, uncertain: Iterable[Uncertain]) -> Guards:
        """Units of every charge are 0 or more, chances and shares lie in [0, 1], bills are finite."""
        moved = _above(plan.graph, [each.node for each in uncertain])
        bounds: dict[Node, _Bound] = {}
        for node, bound in _bounds(plan):
            if node in moved:
                bounds.setdefault(node, bound)
        return cls(bounds)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """What is watched."""
        return tuple(self.bounds)

    def look(self, block: Sequence[Array], n: int) -> None:
        """Count the draws of a block in which a node is out of bounds or no number."""
        self.n_draws += n
        for values, bound in zip(block, self.bounds.values(), strict=True):
            low, high = float(np.min(values)), float(np.max(values))
            if low >= bound.least - SLACK and high <= bound.most + SLACK and isfinite(high):
                continue
            numbers = values[np.isfinite(values)]
            is_inside = (numbers >= bound.least - SLACK) & (numbers <= bound.most + SLACK)
            bound.n_outside += int(np.size(values) - np.count_nonzero(is_inside))
            bound.n_no_number += np.size(values) - numbers.size
            bound.lowest = min(bound.lowest, float(np.min(numbers, initial=inf)))
            bound.highest = max(bound.highest, float(np.max(numbers, initial=-inf)))

    def refuse(self, plan: Plan, uncertain: Sequence[Uncertain]) -> None:
        """Raise KplanError with what went out of bounds, at the parameters that it rests on."""
        problems = Problems(plan.scenario)
        told: set[tuple[Node, ...]] = set()
        causes: list[set[Node]] = []  # of what is no number: all that rests on them is none either
        above = {each.node: _above(plan.graph, [each.node]) for each in uncertain}
        outside = [
            ([each for each in uncertain if node in above[each.node]], bound)
            for node, bound in self.bounds.items()
            if bound.n_outside
        ]
        for blamed, bound in sorted(outside, key=lambda each: bool(each[1].n_no_number) * len(each[0])):
            key = tuple(each.node for each in blamed)
            if key in told or (bound.n_no_number and any(cause <= {*key} for cause in causes)):
                continue
            told.add(key)
            causes += [{*key}] if bound.n_no_number else []
            names = " and ".join(each.name for each in blamed)
            what = f"{bound.n_outside:,} of {self.n_draws:,} draws of {names} make {_said(bound)}"
            advice = "; give it bounds that make sense (range: [least, most]), or a narrower distribution"
            problems.keep(blamed[0].place, KplanError(what + advice))
        problems.raise_all()


def _bounds(plan: Plan) -> Iterator[tuple[Node, _Bound]]:
    """Causes before what follows from them: shares, chances, units, bills."""
    for class_id, share in plan.shares.items():
        yield share, _Bound(f"the share of class {class_id}", 0.0, 1.0)
    yield plan.graph.sum(plan.shares.values()), _Bound("the shares of the classes", 1.0, 1.0)
    for part in plan.parts:
        if not plan.graph.randoms(part.node):
            yield part.node, _Bound(part.what, 1.0 if part.is_whole else 0.0, 1.0)
    for design in plan.designs:
        for stage in design.stages:
            for chance in stage.chances:
                yield chance, _Bound(f"the chance of {stage.id}", 0.0, 1.0)
        for charge in design.charges:
            yield charge.quantity, _Bound(f"{charge.meter} of {charge.stage}", 0.0, inf)
    for design in plan.designs:
        yield design.total, _Bound(f"the bill of {design.id}", -inf, inf)


def _said(bound: _Bound) -> str:
    if bound.n_no_number:
        return f"{bound.what} no finite number: a division by zero, or more turns than are written out"
    if bound.least == bound.most:
        return f"{bound.what} add up to {bound.lowest:.2%} to {bound.highest:.2%}, not to {bound.most:.0%}"
    if bound.lowest < bound.least - SLACK:
        return f"{bound.what} negative (down to {bound.lowest:.4g})"
    return f"{bound.what} more than {bound.most:.0%} (up to {bound.highest:.2%})"


def _above(graph: Graph, nodes: Iterable[Node]) -> set[Node]:
    """The nodes and all that rests on them."""
    found = set(nodes)
    for n, entry in enumerate(graph.entries):
        if not found.isdisjoint(entry.args):
            found.add(Node(n))
    return found
