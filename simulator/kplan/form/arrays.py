"""The graph in float64 arrays: one pass for any number of variants, no loop over them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import reduce

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.form.graph import CEIL_SLACK, GREATER_BY, Graph, Node, Op

Array = NDArray[np.float64]
Apply = Callable[[Sequence[Array]], Array]


def _if(values: Sequence[Array]) -> Array:
    """Where all decide alike, as with a size of prompts that none reaches, nothing is copied."""
    is_taken = values[0] != 0
    if is_taken.all():
        return values[1]
    return np.where(is_taken, values[1], values[2]) if is_taken.any() else values[2]


def _look(values: Sequence[Array]) -> Array:
    """Option by option; a choice that all variants share takes its option as it is."""
    chosen, *options = values
    if chosen.ndim == 0:
        return options[int(chosen) - 1]
    return np.select([chosen == number for number in range(1, len(options) + 1)], options, np.nan)


def _fold(ufunc: np.ufunc) -> Apply:
    """From left to right, into one array once there is one of our own."""

    def folded(values: Sequence[Array]) -> Array:
        if len(values) < 3:
            return reduce(ufunc, values)
        total = np.asarray(ufunc(values[0], values[1]))
        for value in values[2:]:
            if total.ndim and np.shape(value) in ((), total.shape):
                ufunc(total, value, out=total)
            else:
                total = np.asarray(ufunc(total, value))
        return total

    return folded


_APPLY: Mapping[Op, Apply] = {
    Op.ADD: _fold(np.add),
    Op.SUM: _fold(np.add),
    Op.SUBTRACT: lambda values: np.subtract(values[0], values[1]),
    Op.MULTIPLY: _fold(np.multiply),
    Op.GROW: _fold(np.multiply),
    Op.DIVIDE: lambda values: np.divide(values[0], values[1]),
    Op.MIN: lambda values: reduce(np.minimum, values),
    Op.MAX: lambda values: reduce(np.maximum, values),
    Op.CEIL: lambda values: np.ceil(values[0] - float(CEIL_SLACK)),
    Op.GREATER: lambda values: (values[0] - values[1] > float(GREATER_BY)).astype(np.float64),
    Op.IF: _if,
    Op.LOOK: _look,
    Op.RANDOM: lambda values: values[0],
}


def evaluate(graph: Graph, targets: Sequence[Node], overrides: Mapping[Node, Array]) -> list[Array]:
    """Values of the targets, broadcast over the overrides.

    overrides   other values for some nodes, each of shape (n,) or ()
    Returns one array a target, shape (n,) or (). Within 1e-12 x the sum of the absolute lines of the
    exact Decimal value (tested); a division by zero is inf or nan, never an exception.
    """
    return Program.of(graph, targets, overrides).run(overrides)


class _Step(Struct, frozen=True):
    """A node to be worked out in every block, and the nodes that nothing needs after it."""

    node: Node
    apply: Apply
    args: tuple[Node, ...]
    done: tuple[Node, ...]


class Program(Struct, frozen=True):
    """The nodes under some targets, ready for many blocks of variants.

    What rests on no node that varies is worked out once; what no later step needs is let go at once, so
    that a block takes the memory of its widest cut through the graph.
    """

    targets: tuple[Node, ...]
    constants: Mapping[Node, Array]
    steps: tuple[_Step, ...]

    @classmethod
    def of(cls, graph: Graph, targets: Sequence[Node], varying: Collection[Node]) -> Program:
        """The program for targets over these nodes, whose values are given with each block."""
        constants: dict[Node, Array] = {}
        moving = set(varying)
        waiting: list[tuple[Node, Op, tuple[Node, ...]]] = []
        with np.errstate(divide="ignore", invalid="ignore"):
            for node in graph.under(targets, until=varying):
                entry = graph.entries[node]
                if entry.op is Op.LEAF:
                    constants[node] = np.asarray(float(entry.value))
                elif moving.isdisjoint(entry.args):
                    constants[node] = _APPLY[entry.op]([constants[arg] for arg in entry.args])
                else:
                    moving.add(node)
                    waiting.append((node, entry.op, entry.args))
        return cls(tuple(targets), constants, tuple(_steps(waiting, {*targets, *varying, *constants})))

    @property
    def moved(self) -> frozenset[Node]:
        """The nodes that are worked out anew in every block."""
        return frozenset(step.node for step in self.steps)

    def run(self, overrides: Mapping[Node, Array]) -> list[Array]:
        """The targets in one block; overrides of shape (n,) or () for the nodes that vary."""
        values: dict[Node, Array] = {**self.constants, **overrides}
        with np.errstate(divide="ignore", invalid="ignore"):
            for step in self.steps:
                values[step.node] = step.apply([values[arg] for arg in step.args])
                for node in step.done:
                    del values[node]
        return [values[target] for target in self.targets]


def _steps(waiting: Sequence[tuple[Node, Op, tuple[Node, ...]]], kept: Collection[Node]) -> list[_Step]:
    """The steps, each with what it is the last to need."""
    seen = set(kept)
    found: list[_Step] = []
    for node, op, args in reversed(waiting):
        done = tuple(arg for arg in dict.fromkeys(args) if arg not in seen)
        seen.update(done)
        found.append(_Step(node, _APPLY[op], args, done))
    return found[::-1]
