"""A point in Python's floats is numpy's to the last bit, where there is no number too."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.form.arrays import evaluate
from kplan.form.floats import Floats
from kplan.form.graph import Graph, Node, Op
from kplan.form.law import Law

AMOUNTS = (
    *("0", "-0.1", "0.3", "2.000001", "2.0000021", "7", "1e-7", "1e-6"),
    *("3.0000000005", "3.000000002", "NaN"),
)
PAIRED = (Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.GREATER, Op.MIN, Op.MAX, Op.SUM, Op.GROW)


def same(mine: float, numpy: float) -> bool:
    """Equal in every bit, but that all that is no number is alike, and so are both zeros."""
    return mine == numpy or (np.isnan(mine) and np.isnan(numpy))


@pytest.mark.parametrize("op", PAIRED)
def test_two_values(op: Op) -> None:
    graph = Graph()
    leaves = [graph.leaf(f"x{n}", Decimal(text)) for n, text in enumerate(AMOUNTS)]
    nodes = [graph.apply(op, a, b) for a, b in product(leaves, leaves)]
    nodes += [graph.apply(op, nodes[n], leaves[n % 7]) for n in range(len(nodes))]
    agree(graph, nodes, {})


def test_one_value_and_choices() -> None:
    graph = Graph()
    leaves = [graph.leaf(f"x{n}", Decimal(text)) for n, text in enumerate(AMOUNTS)]
    choice = graph.choice("model", ("a", "b", "c"), 2)
    nodes = [graph.apply(Op.CEIL, leaf) for leaf in leaves]
    nodes += [graph.apply(Op.IF, a, b, leaves[5]) for a, b in product(leaves, leaves[:3])]
    nodes.append(graph.look(choice, leaves[:3]))
    nodes += [graph.apply(op, *leaves[:9]) for op in (Op.SUM, Op.GROW, Op.MIN, Op.MAX)]
    for chosen in (1.0, 2.0, 3.0):
        agree(graph, nodes, {choice: chosen})


@settings(max_examples=100, deadline=None)
@given(amounts=st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=12))
def test_folds_go_from_left_to_right(amounts: list[float]) -> None:
    graph = Graph()
    leaves = [graph.leaf(f"x{n}", Decimal(n)) for n in range(len(amounts))]
    nodes = [graph.apply(op, *leaves) for op in (Op.SUM, Op.ADD, Op.MULTIPLY, Op.MIN)]
    agree(graph, nodes, dict(zip(leaves, amounts, strict=True)))


def agree(graph: Graph, nodes: list[Node], moved: dict[Node, float]) -> None:
    """At the same point both evaluators give the same."""
    overrides = {node: np.array(value) for node, value in moved.items()}
    with np.errstate(all="ignore"):
        known = evaluate(graph, nodes, overrides)
    found = Floats.of(graph, nodes).at(moved)
    differing = [
        node for node, value in zip(nodes, known, strict=True) if not same(found[node], float(value))
    ]
    assert differing == []


def test_a_random_amount_is_its_mean() -> None:
    graph = Graph()
    mean, other = graph.leaf("mean", Decimal(5)), graph.leaf("other", Decimal(8))
    drawn = graph.random("drawn", Law("drawn", Decimal(5), Decimal(0), None), mean, other)
    floats = Floats.of(graph, [drawn])
    assert floats.at({}) == {drawn: 5.0}
    assert float(evaluate(graph, [drawn], {})[0]) == 5
