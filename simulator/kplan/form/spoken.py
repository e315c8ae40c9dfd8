"""Nodes of the graph as text for people: their leaves by name."""

from __future__ import annotations

from collections.abc import Mapping

from kplan.form.graph import Entry, Graph, Node, Op
from kplan.money import counted

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
    """The node in words, cut where it gets long: `if(read.input over 200000 input tokens, read.input, 0)`."""
    text = _text(graph, node, 0)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


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
