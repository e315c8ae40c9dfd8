"""The graph in float64 arrays: one pass for any number of variants, no loop over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from kplan.form.graph import CEIL_SLACK, GREATER_BY, Graph, Node, Op

Array = NDArray[np.float64]


def _if(values: Sequence[Array]) -> Array:
    return np.where(values[0] != 0, values[1], values[2])


_APPLY: Mapping[Op, Callable[[Sequence[Array]], Array]] = {
    Op.ADD: lambda values: reduce(np.add, values),
    Op.SUM: lambda values: reduce(np.add, values),
    Op.SUBTRACT: lambda values: np.subtract(values[0], values[1]),
    Op.MULTIPLY: lambda values: reduce(np.multiply, values),
    Op.GROW: lambda values: reduce(np.multiply, values),
    Op.DIVIDE: lambda values: np.divide(values[0], values[1]),
    Op.MIN: lambda values: reduce(np.minimum, values),
    Op.MAX: lambda values: reduce(np.maximum, values),
    Op.CEIL: lambda values: np.ceil(values[0] - float(CEIL_SLACK)),
    Op.GREATER: lambda values: (values[0] - values[1] > float(GREATER_BY)).astype(np.float64),
    Op.IF: _if,
}


def evaluate(graph: Graph, targets: Sequence[Node], overrides: Mapping[Node, Array]) -> list[Array]:
    """Values of the targets, broadcast over the overrides.

    overrides   other values for some nodes, each of shape (n,) or ()
    Returns one array a target, shape (n,) or (). Within 1e-12 x the sum of the absolute lines of the
    exact Decimal value (tested); a division by zero is inf or nan, never an exception.
    """
    values: dict[Node, Array] = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for node in _needed(graph, targets, overrides):
            entry = graph.entries[node]
            if node in overrides:
                values[node] = overrides[node]
            elif entry.op is Op.LEAF:
                values[node] = np.asarray(float(entry.value))
            else:
                values[node] = _APPLY[entry.op]([values[arg] for arg in entry.args])
    return [values[target] for target in targets]


def _needed(graph: Graph, targets: Sequence[Node], overrides: Mapping[Node, Array]) -> list[Node]:
    """The nodes under the targets, in the graph's own order, which is a topological one."""
    seen: set[Node] = set()
    stack = list(targets)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if node not in overrides:
                stack.extend(graph.entries[node].args)
    return sorted(seen)
