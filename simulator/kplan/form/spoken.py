"""Nodes of the graph as text for people: their leaves by name."""

from __future__ import annotations

from collections.abc import Mapping

from kplan.form.graph import Entry, Graph, Node, Op
from kplan.money import ZERO, counted

LONGEST = 160
"""Characters that are kept."""

_SIGNS: Mapping[Op, tuple[int, str]] = {
    Op.GREATER: (1, " > "),
    Op.ADD: (2, " + "),
    Op.SUM: (2, " + "),
    Op.SUBTRACT: (2, " - "),
    Op.MULTIPLY: (3, " * "),
    Op.GROW: (3, " * "),
    Op.DIVIDE: (3, " / "),
}
OVER = "over "
"""How the name of a threshold begins, which needs no sign before it."""


def spoken(graph: Graph, node: Node) -> str:
    """The node in words, cut where it gets long: `if(chunks * 400 > 1,000, chunks, 0)`."""
    text = _text(graph, node, 0)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def spoken_mean(graph: Graph, node: Node) -> str:
    """The mean of a node in words: `mean of read.input in calls over 200000 input tokens (read.input)`."""
    entry = graph.entries[node]
    if _is_threshold(graph, entry):
        return f"share of calls {_tier(graph, entry)}"
    if entry.op is Op.IF and _is_threshold(graph, asked := graph.entries[entry.args[0]]):
        then, other = entry.args[1:]
        if graph.is_number(other, ZERO):
            return f"mean of {spoken(graph, then)} in calls {_tier(graph, asked)}"
        if graph.is_number(then, ZERO):
            return f"mean of {spoken(graph, other)} in calls not {_tier(graph, asked)}"
    return f"mean of {spoken(graph, node)}"


def _tier(graph: Graph, entry: Entry) -> str:
    """`over 200000 input tokens (read.input)`."""
    randoms = sorted(graph.entries[each].name for each in graph.randoms(entry.args[0]))
    return f"{graph.entries[entry.args[1]].name} ({', '.join(randoms)})"


def _text(graph: Graph, node: Node, outer: int) -> str:
    entry = graph.entries[node]
    if entry.op in (Op.LEAF, Op.RANDOM):
        return entry.name or counted(entry.value)
    if entry.op not in _SIGNS:
        return f"{entry.op.value}({', '.join(_text(graph, arg, 0) for arg in entry.args)})"
    level, sign = _SIGNS[entry.op]
    parts = [_text(graph, arg, level + (n > 0)) for n, arg in enumerate(entry.args)]
    text = " ".join(parts) if _is_threshold(graph, entry) else sign.join(parts)
    return f"({text})" if level < outer else text


def _is_threshold(graph: Graph, entry: Entry) -> bool:
    return entry.op is Op.GREATER and graph.entries[entry.args[1]].name.startswith(OVER)
