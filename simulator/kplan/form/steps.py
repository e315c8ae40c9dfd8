"""Price cells as a table: in which cell each bucket stands, by the size of the request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from kplan.form.cells import Cell
from kplan.form.graph import Graph, Node, Op
from kplan.money import ONE, ZERO
from kplan.prices.meters import is_input


class Steps(Struct, frozen=True):
    """Sizes of request between which every bucket stands whole in one cell."""

    thresholds: tuple[int, ...]
    """Ascending [input tokens]; a step begins strictly above its threshold, the first one at 0."""
    cells: tuple[Mapping[str, int], ...]
    """For each step the place of every meter's cell; one more than thresholds."""


def steps(graph: Graph, usage: Mapping[str, Node], cells: Sequence[Cell]) -> Steps | None:
    """The table of the cells that `assign` made of the usage; None where a bucket may be split.

    It knows no rule of prices: each cell's quantity is followed through its own conditions, step by step.
    """
    total_input = graph.sum(node for meter, node in usage.items() if is_input(meter))
    try:
        sizes = sorted({size for cell in cells for size in _sizes(graph, cell.quantity, total_input)})
        starts = [ZERO, *(size + ONE for size in sizes)]
        return Steps(tuple(map(int, sizes)), tuple(_step(graph, usage, cells, n_input) for n_input in starts))
    except _SplitError:
        return None


class _SplitError(Exception):
    """A quantity is neither all of its bucket nor nothing."""


def _sizes(graph: Graph, node: Node, total_input: Node) -> Iterator[Decimal]:
    """The sizes of request that the quantity depends on."""
    entry = graph.entries[node]
    if entry.op is Op.IF:
        condition = graph.entries[entry.args[0]]
        threshold = graph.entries[condition.args[-1]] if condition.args else condition
        if condition.op is not Op.GREATER or condition.args[0] != total_input or threshold.op is not Op.LEAF:
            raise _SplitError
        yield threshold.value
        for branch in entry.args[1:]:
            yield from _sizes(graph, branch, total_input)


def _step(
    graph: Graph, usage: Mapping[str, Node], cells: Sequence[Cell], n_input: Decimal
) -> Mapping[str, int]:
    """The place of each meter's cell for a request of this size."""
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        node = _branch(graph, cell.quantity, n_input)
        if node == usage[cell.meter]:
            places[cell.meter] = place
        elif not graph.is_number(node, ZERO):
            raise _SplitError
    return places


def _branch(graph: Graph, node: Node, n_input: Decimal) -> Node:
    """What the conditions on the size of the request lead to."""
    while (entry := graph.entries[node]).op is Op.IF:
        threshold = graph.entries[graph.entries[entry.args[0]].args[1]].value
        node = entry.args[1] if n_input > threshold else entry.args[2]
    return node
