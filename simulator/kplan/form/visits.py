"""Amounts that every call draws anew: what several calls have added is no multiple of one draw."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec.structs import replace

from kplan.form.decimals import Decimals
from kplan.form.graph import Graph, Node, Op


def of_others(graph: Graph, node: Node, n: int, which: str) -> Node:
    """What n other calls come to on average, each with draws of its own; the node where it draws nothing.

    which   tells these calls from others that add to the same amount
    The node is straight in what is drawn, so that it is itself at the mean of n draws.
    """
    mine = graph.randoms(node) & graph.anew
    return _with(graph, node, {each: _mean_of(graph, each, n, which) for each in mine}) if mine else node


def _mean_of(graph: Graph, drawn: Node, n: int, which: str) -> Node:
    from kplan.form.laws.average import Average  # numpy and scipy: only where something varies
    from kplan.form.laws.distribution import Distribution

    entry = graph.entries[drawn]
    assert isinstance(entry.law, Distribution)
    name = f"{entry.name}, {which}"
    found = graph.random(name, Average.of(entry.law, n), *entry.args)
    graph.others[found] = drawn
    return found


def _with(graph: Graph, node: Node, others: Mapping[Node, Node]) -> Node:
    """The node with other nodes in the place of some."""
    if node in others:
        return others[node]
    entry = graph.entries[node]
    if entry.op is Op.RANDOM or graph.randoms(node).isdisjoint(others):
        return node
    return graph.node(replace(entry, args=tuple(_with(graph, arg, others) for arg in entry.args)))


def largest(graph: Graph, node: Node) -> Decimal | None:
    """The node where every draw is the largest there is; none where one has no largest."""
    largest: dict[Node, Decimal] = {}
    for each in graph.randoms(node):
        law = graph.entries[each].law
        if law is None or law.most is None:
            return None
        largest[each] = law.most
    return Decimals(graph, largest)[node]
