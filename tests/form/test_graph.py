"""The graph and its two evaluators, on random expressions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.form.arrays import evaluate
from kplan.form.decimals import Changed, Decimals, Users
from kplan.form.graph import Graph, Node, Op
from kplan.form.law import Law

numbers = st.integers(-10_000, 10_000).map(lambda n: Decimal(n) / 8)
binary = st.sampled_from([Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.MIN, Op.MAX, Op.GREATER, Op.SUM, Op.GROW])


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Graph, list[Node]]:
    """A graph of leaves and random operations over earlier nodes."""
    graph = Graph()
    nodes = [graph.leaf(f"x{n}", draw(numbers)) for n in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.integers(1, 12))):
        pick = st.sampled_from(nodes)
        what = draw(st.integers(0, 2))
        if what == 0:
            nodes.append(graph.apply(draw(binary), draw(pick), draw(pick)))
        elif what == 1:
            options = draw(st.lists(pick, min_size=1, max_size=4))
            chosen = draw(st.integers(1, len(options)))
            names = tuple(f"option {n}" for n in range(len(options)))
            nodes.append(graph.look(graph.choice(f"choice {len(nodes)}", names, chosen), options))
        else:
            nodes.append(graph.apply(Op.IF, draw(pick), draw(pick), draw(pick)))
    return graph, nodes


@settings(max_examples=200, deadline=None)
@given(graph_and_nodes=graphs())
def test_numpy_and_decimals_agree(graph_and_nodes: tuple[Graph, list[Node]]) -> None:
    graph, nodes = graph_and_nodes
    exact = Decimals(graph)
    scale = max(1.0, *(abs(float(exact[node])) for node in nodes))
    for value, node in zip(evaluate(graph, nodes, {}), nodes, strict=True):
        assert float(value) == pytest.approx(float(exact[node]), rel=1e-12, abs=1e-12 * scale)


def test_equal_expressions_are_one_node() -> None:
    graph = Graph()
    a, b = graph.leaf("a", Decimal(2)), graph.leaf("b", Decimal(3))
    assert graph.product(a, b) == graph.product(a, b)
    assert graph.product(a, graph.number(Decimal(1))) == a
    assert graph.sum([graph.number(Decimal(0)), a]) == a


@pytest.mark.parametrize(
    ("a", "b", "greater"),
    [
        ("200000.000001", "200000", "0"),
        ("200000.000002", "200000", "1"),
        ("200000", "200000", "0"),
        ("1", "2", "0"),
    ],
)
def test_greater_means_more_than_a_millionth_above(a: str, b: str, greater: str) -> None:
    graph = Graph()
    node = graph.apply(Op.GREATER, graph.leaf("a", Decimal(a)), graph.leaf("b", Decimal(b)))
    assert Decimals(graph)[node] == Decimal(greater)


@pytest.mark.parametrize(
    ("x", "up"), [("2", "2"), ("2.000000001", "2"), ("2.000000002", "3"), ("-1.5", "-1"), ("0", "0")]
)
def test_ceil_forgives_a_billionth(x: str, up: str) -> None:
    graph = Graph()
    node = graph.apply(Op.CEIL, graph.leaf("x", Decimal(x)))
    assert Decimals(graph)[node] == Decimal(up)
    assert float(evaluate(graph, [node], {})[0]) == float(up)


def test_only_the_branch_taken_is_worked_out() -> None:
    graph = Graph()
    zero, two = graph.leaf("zero", Decimal(0)), graph.leaf("two", Decimal(2))
    broken = graph.apply(Op.DIVIDE, two, zero)
    assert Decimals(graph)[graph.apply(Op.IF, zero, broken, two)] == 2
    with pytest.raises(KplanError, match="division by zero"):
        Decimals(graph)[graph.apply(Op.IF, two, broken, two)]


def test_products_are_exact_and_quotients_keep_sixty_digits() -> None:
    graph = Graph()
    long = graph.leaf("long", Decimal("1." + "3" * 100))
    assert Fraction(Decimals(graph)[graph.product(long, long)]) == Fraction("1." + "3" * 100) ** 2
    third = Decimals(graph)[
        graph.apply(Op.DIVIDE, graph.leaf("one", Decimal(1)), graph.leaf("3", Decimal(3)))
    ]
    assert third == Decimal("0." + "3" * 60)


def test_overrides_replace_leaves_and_whole_expressions() -> None:
    graph = Graph()
    a = graph.leaf("a", Decimal(2))
    double = graph.apply(Op.ADD, a, a)
    more = graph.apply(Op.ADD, double, graph.number(Decimal(1)))
    base, users = Decimals(graph), Users(graph)
    assert Changed.of(base, users.dependents(a), a, Decimal(5))[more] == 11
    assert Changed.of(base, users.dependents(double), double, Decimal(7))[more] == 8
    assert base[more] == 5
    assert users.dependents(double) == {double, more}
    assert evaluate(graph, [more], {double: np.array([7.0, 8.0])})[0].tolist() == [8.0, 9.0]


def test_a_look_up_takes_the_option_that_is_chosen_and_only_that() -> None:
    """The second option divides by zero."""
    graph = Graph()
    choice = graph.choice("model", ("small", "broken", "large"), 3)
    one, two, zero = (graph.leaf(name, Decimal(n)) for n, name in ((1, "one"), (2, "two"), (0, "zero")))
    broken = graph.apply(Op.DIVIDE, one, zero)
    looked = graph.look(choice, (one, broken, two))
    assert graph.options[choice] == ("small", "broken", "large")
    assert Decimals(graph)[looked] == 2
    assert Decimals(graph, {choice: Decimal(1)})[looked] == 1
    with pytest.raises(KplanError, match="division by zero"):
        Decimals(graph, {choice: Decimal(2)})[looked]
    (values,) = evaluate(graph, [looked], {choice: np.array([1.0, 3.0, 2.0, 4.0])})
    assert values[:2].tolist() == [1, 2]
    assert np.isinf(values[2])
    assert np.isnan(values[3]), "no such option"


def test_options_that_are_alike_need_no_look_up() -> None:
    graph = Graph()
    choice, same = graph.choice("model", ("small", "large"), 1), graph.leaf("same", Decimal(5))
    assert graph.look(choice, (same, same)) == same


def test_what_a_node_is_made_of() -> None:
    """(a + mean of r) x b, where b was computed beforehand out of c."""
    graph = Graph()
    a, c, mean, spread = (graph.leaf(name, Decimal(n)) for n, name in enumerate(("a", "c", "mean", "spread")))
    r = graph.random("r", Law("r", Decimal(2), Decimal(0), None), mean, spread)
    b = graph.bake("b", Decimal(7), c)
    added = graph.apply(Op.ADD, a, r)
    whole = graph.apply(Op.MULTIPLY, added, b)
    assert graph.under([whole]) == [a, mean, spread, r, b, added, whole]
    assert graph.under([whole], by_mean=True) == [a, mean, r, b, added, whole]
    assert graph.under([whole], through_baked=True) == [a, c, mean, spread, r, b, added, whole]
    assert graph.under([whole], until=[r, b]) == [a, added, whole]
    assert graph.under([]) == []
    assert graph.feeding([b]) == {c: (b,)}
