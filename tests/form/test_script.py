"""The graph as a program: a reader of its own, here, makes of it what numpy makes, to the last bit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.form.arrays import evaluate
from kplan.form.graph import Graph, LeafKind, Node, Op
from kplan.form.law import Law
from kplan.form.script import DIGITS, Script

FOLDS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "min": min,
    "max": max,
    ">": lambda a, b: float(a - b > 1e-6),
}


def numbers(text: str) -> list[int]:
    """Five bits a letter, the lowest first; a letter of the second half says that more follow."""
    found, number, unit = [], 0, 1
    for letter in text:
        digit = DIGITS.index(letter)
        number, unit = number + digit % 32 * unit, unit * 32
        if digit < 32:
            found.append(number)
            number, unit = 0, 1
    return found


def values(script: Script) -> list[float]:
    """All values of a program, as its module says how to read one."""
    found = list(script.values)
    read = iter(numbers(script.steps))
    for shape in read:
        sign = script.shapes[shape].rstrip("0123456789")
        args = [found[len(found) - next(read)] for _ in range(int(script.shapes[shape][len(sign) :]))]
        found.append(_step(sign, args))
    return found


def _step(sign: str, args: Sequence[float]) -> float:
    if sign == "if":
        return args[1] if args[0] != 0 else args[2]
    if sign == "look":
        return args[int(args[0])]
    if sign == "ceil":
        return float(math.ceil(args[0] - 1e-9)) if math.isfinite(args[0]) else args[0]
    return reduce(FOLDS[sign], args)


amounts = st.integers(-10_000, 10_000).map(lambda n: Decimal(n) / 7)
FOLDED = st.sampled_from([Op.ADD, Op.SUM, Op.MULTIPLY, Op.GROW, Op.MIN, Op.MAX])
PAIRED = st.sampled_from([Op.SUBTRACT, Op.GREATER])


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Graph, list[Node]]:
    """A graph in which every operation but the division may stand over any others."""
    graph = Graph()
    nodes = [graph.leaf(f"x{n}", draw(amounts)) for n in range(draw(st.integers(1, 4)))]
    choice = graph.choice("m", ("a", "b", "c"), draw(st.integers(1, 3)))
    for _ in range(draw(st.integers(1, 40))):
        pick = st.sampled_from(nodes)
        made = draw(st.integers(0, 5))
        if made == 0:
            nodes.append(graph.apply(Op.IF, draw(pick), draw(pick), draw(pick)))
        elif made == 1:
            nodes.append(graph.look(choice, [draw(pick), draw(pick), draw(pick)]))
        elif made == 2:
            nodes.append(graph.apply(Op.CEIL, draw(pick)))
        elif made == 3:
            nodes.append(graph.apply(draw(PAIRED), draw(pick), draw(pick)))
        else:
            nodes.append(graph.apply(draw(FOLDED), *(draw(pick) for _ in range(draw(st.integers(2, 5))))))
    return graph, nodes


@settings(max_examples=200, deadline=None)
@given(graph_and_nodes=graphs())
def test_a_program_read_back_gives_what_numpy_gives(graph_and_nodes: tuple[Graph, list[Node]]) -> None:
    graph, nodes = graph_and_nodes
    script = Script.of(graph, nodes)
    found = values(script)
    for node, expected in zip(nodes, evaluate(graph, nodes, {}), strict=True):
        mine = found[script.slots[node]]
        assert mine == float(expected) or (math.isnan(mine) and math.isnan(expected))


def test_only_what_lies_under_the_targets_is_written() -> None:
    graph = Graph()
    a, b, c = (graph.leaf(name, Decimal(n)) for n, name in enumerate("abc", start=2))
    product, total = graph.product(a, b), graph.sum([b, c])
    script = Script.of(graph, [product])
    assert script.values == (2.0, 3.0)
    assert script.shapes == ("*2",)
    assert numbers(script.steps) == [0, 2, 1]
    assert script.slots == {a: 0, b: 1, product: 2}
    assert total not in script.slots


def test_a_leaf_may_be_a_target_and_a_random_amount_is_its_mean() -> None:
    graph = Graph()
    mean, spread = graph.leaf("mean", Decimal(8)), graph.leaf("spread", Decimal(3))
    drawn = graph.random("x", Law("exactly 8", Decimal(8), Decimal(8), None), mean, spread)
    doubled = graph.apply(Op.ADD, drawn, drawn)
    script = Script.of(graph, [doubled, drawn])
    assert script.slots[drawn] == script.slots[mean] == 0
    assert spread not in script.slots
    assert values(script) == [8.0, 16.0]


@pytest.mark.parametrize(("back", "letters"), [(31, 1), (32, 2), (1023, 2), (1024, 3)])
def test_a_step_says_how_far_back_its_arguments_lie_in_as_few_letters_as_that_takes(
    back: int, letters: int
) -> None:
    graph = Graph()
    leaves = [graph.leaf(f"x{n}", Decimal(n)) for n in range(back)]
    total = graph.apply(Op.MAX, leaves[0], leaves[-1])
    script = Script.of(graph, [*leaves, total])
    assert numbers(script.steps) == [0, back, 1]
    assert len(script.steps) == 1 + letters + 1
    assert values(script)[script.slots[total]] == back - 1


def test_a_missing_rate_is_no_number_in_the_page() -> None:
    graph = Graph()
    rate = graph.leaf("row", Decimal("NaN"), LeafKind.RATE)
    script = Script.of(graph, [graph.apply(Op.MULTIPLY, rate, graph.leaf("x", Decimal(2)))])
    assert script.as_json()["values"] == ["NaN", 2.0]
    assert math.isnan(values(script)[-1])
