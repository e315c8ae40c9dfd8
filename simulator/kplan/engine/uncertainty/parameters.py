"""The uncertain parameters of a plan: their leaves in its graph, and their draws."""

from __future__ import annotations

from zlib import crc32

import numpy as np
from msgspec import Struct

from kplan.engine.plan import Plan
from kplan.engine.uncertainty.found import Draws
from kplan.form.arrays import Array
from kplan.form.graph import Graph, LeafKind, Node, Op
from kplan.scenario.names import dotted
from kplan.scenario.params import Param
from kplan.scenario.tree import Place
from kplan.scenario.uncertain.spread import Spread

TAILS = np.array([0.1, 0.9])
"""The percentiles between which one parameter is moved at a time."""


class Uncertain(Struct, frozen=True):
    """A parameter that is not known exactly, as a leaf of the graph."""

    place: Place
    node: Node
    param: Param
    spread: Spread

    @property
    def name(self) -> str:
        """What it is called: `p`, or `p of hard` for a class's own."""
        return str(self.place[-1]) + (f" of {self.place[1]}" if self.place[0] == "mix" else "")

    @property
    def is_share(self) -> bool:
        """Whether it is printed in percent: all of it from P10 to P90 lies within 0 and 1."""
        low, high = (float(each) for each in self.spread.quantiles(TAILS))
        return self.param.unit == "" and 0 <= low <= high <= 1

    def draws(self, draws: Draws) -> Array:
        """Values for the whole plan, shape (n,).

        The stream is keyed by the parameter's place, so that another parameter more or less leaves it as
        it is, and all designs and variants are costed under the same draws (common random numbers).
        """
        key = crc32(dotted(self.place).encode())
        stream = np.random.Generator(
            np.random.PCG64DXSM(np.random.SeedSequence(draws.seed, spawn_key=(key,)))
        )
        below_one = stream.random(draws.n)
        values: Array = self.spread.quantiles(np.maximum(below_one, np.finfo(np.float64).tiny))
        return values


def uncertain_of(plan: Plan) -> tuple[list[Uncertain], list[Place]]:
    """The plan's uncertain parameters that some cost rests on, and the places of those that none does."""
    leaves = _inputs(plan.graph)
    used = set(plan.graph.under(design.total for design in plan.designs))
    found, idle = [], []
    for place, param in plan.scenario.uncertain().items():
        spread, node = param.spread(), leaves.get(dotted(place))
        if spread is None or node is None or node not in used:
            idle.append(place)
        else:
            found.append(Uncertain(place, node, param, spread))
    return found, idle


def shaping_of(plan: Plan) -> dict[Place, list[str]]:
    """The places of uncertain parameters that baked leaves are made of -> the names of those leaves."""
    graph, leaves = plan.graph, _inputs(plan.graph)
    used = graph.under(design.total for design in plan.designs)
    fed = graph.feeding(used)
    return {
        place: [graph.entries[leaf].name for leaf in fed[node]]
        for place in plan.scenario.uncertain()
        if (node := leaves.get(dotted(place))) is not None and node in fed
    }


def _inputs(graph: Graph) -> dict[str, Node]:
    return {
        entry.name: Node(n)
        for n, entry in enumerate(graph.entries)
        if entry.op is Op.LEAF and entry.kind is LeafKind.INPUT
    }
