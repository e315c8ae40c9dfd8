"""Formulas written from the graph give what exact Decimals give, in a spreadsheet engine of other make."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.form.excel import MAX_CHARACTERS, MAX_NESTING, Formulas, Place, steps
from kplan.form.graph import Graph, LeafKind, Node, Op
from kplan.money import ONE, ZERO

formualizer = pytest.importorskip("formualizer", reason="pip install formualizer (Linux only)")

EIGHTHS = st.integers(-400, 400).map(lambda n: Decimal(n) / 8)
PAIRS = (Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.GROW, Op.MIN, Op.MAX, Op.SUM, Op.GREATER)


def with_inputs(graph: Graph, *values: str) -> list[Node]:
    return [graph.leaf(f"x{n}", Decimal(value)) for n, value in enumerate(values)]


def placed(graph: Graph) -> dict[Node, Place]:
    """Every input under one another on a sheet of its own."""
    return {
        Node(n): Place("Inputs", f"$A${n + 1}")
        for n, entry in enumerate(graph.entries)
        if entry.op is Op.LEAF and entry.name
    }


def computed(graph: Graph, target: Node, overrides: Mapping[Node, Decimal] | None = None) -> Any:
    """The target as formualizer works it out, steps in cells of their own."""
    book = formualizer.Workbook()
    book.add_sheet("Inputs")
    places = placed(graph)
    for node in places:
        value = (overrides or {}).get(node, graph.entries[node].value)
        book.set_value("Inputs", node + 1, 1, float(value))
    for row, node in enumerate(steps(graph, [target], places), 1):
        book.set_formula("Sheet1", row, 2, Formulas(graph, places, "Sheet1").definition(node))
        places[node] = Place("Sheet1", f"$B${row}")
    book.set_formula("Sheet1", 1, 1, Formulas(graph, places, "Sheet1").formula(target))
    return book.evaluate_cell("Sheet1", 1, 1)


def formula(graph: Graph, target: Node) -> str:
    return Formulas(graph, placed(graph), "Stages").formula(target).replace("Inputs!$A$", "x")


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Graph, Node]:
    """A few inputs and up to 14 operations over them and each other; an `if` asks a comparison."""
    graph = Graph()
    nodes = with_inputs(graph, *map(str, draw(st.lists(EIGHTHS, min_size=2, max_size=5))))
    nodes += [graph.number(ZERO), graph.number(ONE)]
    for _ in range(draw(st.integers(1, 14))):
        picked = [draw(st.sampled_from(nodes)) for _ in range(4)]
        op = draw(st.sampled_from((*PAIRS, Op.CEIL, Op.IF, Op.SUM)))
        if op is Op.CEIL:
            nodes.append(graph.apply(op, picked[0]))
        elif op is Op.IF:
            nodes.append(graph.apply(op, graph.apply(Op.GREATER, *picked[:2]), *picked[2:]))
        else:
            nodes.append(graph.apply(op, *picked[: draw(st.integers(2, 3)) if op is Op.SUM else 2]))
    return graph, nodes[-1]


def size(graph: Graph, values: Decimals, node: Node) -> Decimal:
    """The sum of the absolute lines under a node: what a rounding error is relative to."""
    entry = graph.entries[node]
    args = [size(graph, values, arg) for arg in entry.args if entry.op is not Op.IF]
    if entry.op is Op.LEAF:
        return abs(entry.value)
    if entry.op is Op.IF:
        taken = entry.args[1 if values[entry.args[0]] else 2]
        return size(graph, values, taken)
    if entry.op in (Op.MULTIPLY, Op.GROW):
        return args[0] * args[1]
    if entry.op is Op.DIVIDE:
        below = abs(values[entry.args[1]])
        assume(below > Decimal("0.01"))
        return args[0] / below * max(ONE, args[1] / below)
    if entry.op in (Op.GREATER, Op.CEIL):
        assume(max(args) < Decimal("1e5"))  # float64 keeps the near-tie rule's digits up to here
        return abs(values[node]) + 1
    return sum(args, ZERO)


@settings(deadline=None)  # the engine starts its threads in the first example
@given(graphs())
def test_random_graphs(drawn: tuple[Graph, Node]) -> None:
    graph, target = drawn
    values = Decimals(graph)
    try:
        exact = values[target]
    except KplanError:
        assume(False)
    largest = size(graph, values, target)
    assume(largest < Decimal("1e12"))
    found = computed(graph, target)
    assert abs(Decimal(float(found)) - exact) <= Decimal("1e-12") * max(largest, ONE)


@pytest.mark.parametrize(
    ("op", "args", "text"),
    [
        (Op.SUBTRACT, "a-(b-c)", "=x1-(x2-x3)"),
        (Op.ADD, "a+(b+c)", "=x1+(x2+x3)"),
        (Op.MULTIPLY, "a*(b*c)", "=x1*(x2*x3)"),
        (Op.DIVIDE, "a/(b/c)", "=x1/(x2/x3)"),
    ],
)
def test_a_fold_keeps_its_side(op: Op, args: str, text: str) -> None:
    """The right operand keeps its parentheses, the left one needs none."""
    graph = Graph()
    a, b, c = with_inputs(graph, "2", "3", "5")
    assert formula(graph, graph.apply(op, a, graph.apply(op, b, c))) == text
    assert formula(graph, graph.apply(op, graph.apply(op, a, b), c)) == text.replace("(", "").replace(")", "")


def test_a_product_of_sums_has_parentheses_and_a_sum_of_products_none() -> None:
    graph = Graph()
    a, b, c = with_inputs(graph, "2", "3", "5")
    assert formula(graph, graph.apply(Op.MULTIPLY, graph.apply(Op.ADD, a, b), c)) == "=(x1+x2)*x3"
    assert formula(graph, graph.apply(Op.ADD, graph.apply(Op.MULTIPLY, a, b), c)) == "=x1*x2+x3"


@pytest.mark.parametrize(
    ("x", "up"),
    [
        ("2", 2),
        ("2.0000000001", 2),
        ("2.001", 3),
        ("-2", -2),
        ("-2.5", -2),
        ("-0.5", 0),
        ("0", 0),
        ("-3.0000000001", -3),
    ],
)
def test_rounding_up(x: str, up: int) -> None:
    """ceil(x - 1e-9), for negatives too."""
    graph = Graph()
    (a,) = with_inputs(graph, x)
    target = graph.apply(Op.CEIL, a)
    assert computed(graph, target) == up == Decimals(graph)[target]


def test_rounding_up_inside_other_operations() -> None:
    graph = Graph()
    a, b = with_inputs(graph, "2.5", "10")
    up = graph.apply(Op.CEIL, a)
    for target in (
        graph.apply(Op.SUBTRACT, b, up),
        graph.apply(Op.MULTIPLY, up, up),
        graph.apply(Op.DIVIDE, b, up),
    ):
        assert computed(graph, target) == pytest.approx(float(Decimals(graph)[target]), rel=1e-15)


@pytest.mark.parametrize(
    ("a", "above"), [("200000", 0), ("200000.0000005", 0), ("200000.00001", 1), ("200001", 1)]
)
def test_greater_by_more_than_a_millionth(a: str, above: int) -> None:
    graph = Graph()
    left, right = with_inputs(graph, a, "200000")
    target = graph.apply(Op.GREATER, left, right)
    assert computed(graph, target) == above == Decimals(graph)[target]


def test_a_comparison_is_the_condition_itself() -> None:
    graph = Graph()
    a, b = with_inputs(graph, "1", "2")
    target = graph.apply(Op.IF, graph.apply(Op.GREATER, a, b), a, graph.number(ZERO))
    assert formula(graph, target) == "=IF((x1-x2)>0.000001,x1,0)"


def test_any_other_condition_is_held_against_zero() -> None:
    graph = Graph()
    a, b = with_inputs(graph, "0", "2")
    target = graph.apply(Op.IF, a, graph.number(ONE), b)
    assert formula(graph, target) == "=IF(x1<>0,1,x2)"
    assert computed(graph, target) == 2
    assert computed(graph, target, {a: Decimal(5)}) == 1


def test_a_look_up_counts_from_one_as_choose_does() -> None:
    graph = Graph()
    a, b = with_inputs(graph, "2", "3")
    choice = graph.choice("model", ("small", "large"), 2)
    target = graph.look(choice, (a, graph.apply(Op.ADD, a, b)))
    assert formula(graph, target) == "=CHOOSE(x3,x1,x1+x2)"
    assert computed(graph, target) == 5 == Decimals(graph)[target]
    assert computed(graph, target, {choice: Decimal(1)}) == 2


def test_only_the_branch_taken_may_divide_by_zero() -> None:
    graph = Graph()
    a, b = with_inputs(graph, "0", "2")
    target = graph.apply(Op.IF, graph.apply(Op.GREATER, a, b), graph.apply(Op.DIVIDE, b, a), b)
    assert computed(graph, target) == 2 == Decimals(graph)[target]


def test_a_missing_rate_is_not_available() -> None:
    """It spreads to whatever is made of it, and never becomes a zero."""
    graph = Graph()
    (a,) = with_inputs(graph, "3")
    missing = graph.node(graph.entries[graph.leaf("no price", Decimal("NaN"), LeafKind.RATE)])
    formulas = Formulas(graph, {a: Place("Inputs", "$A$1")}, "Stages")
    assert formulas.formula(missing) == "=NA()"
    assert formulas.formula(graph.apply(Op.MULTIPLY, a, missing)) == "=Inputs!$A$1*NA()"


def test_a_number_without_a_cell_is_refused() -> None:
    """Only 0 and 1 stand in formulas; anything else could not be changed."""
    graph = Graph()
    formulas = Formulas(graph, {}, "Stages")
    assert formulas.formula(graph.number(ONE)) == "=1"
    assert formulas.formula(graph.number(ZERO)) == "=0"
    with pytest.raises(ValueError, match="lies in no cell"):
        formulas.formula(graph.number(Decimal(900)))


def test_references_are_bare_at_home_and_quoted_where_they_must_be() -> None:
    assert Place("Inputs", "$A$1").seen_from("Inputs") == "$A$1"
    assert Place("Inputs", "$A$1").seen_from("Stages") == "Inputs!$A$1"
    assert Place("R1", "$A$1").seen_from("Stages") == "'R1'!$A$1"
    assert Place("it's", "$A$1").seen_from("Stages") == "'it''s'!$A$1"


def test_a_definition_is_never_a_link_to_itself() -> None:
    graph = Graph()
    a, b = with_inputs(graph, "1", "2")
    total = graph.apply(Op.ADD, a, b)
    formulas = Formulas(graph, {**placed(graph), total: Place("Stages", "$C$9")}, "Stages")
    assert formulas.formula(total) == "=$C$9"
    assert formulas.definition(total) == "=Inputs!$A$1+Inputs!$A$2"


def nested(text: str) -> int:
    depth = deepest = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    return deepest


def test_what_doubles_at_every_step_is_cut_into_cells() -> None:
    """if(x > y, x, y) over itself thirty times is 3^30 characters when written out."""
    graph = Graph()
    a, b = with_inputs(graph, "7", "0.5")
    node = a
    for _ in range(30):
        node = graph.apply(Op.IF, graph.apply(Op.GREATER, node, b), graph.apply(Op.SUBTRACT, node, b), node)
    places = placed(graph)
    cells = steps(graph, [node], places)
    for row, step in enumerate(cells, 1):
        text = Formulas(graph, places, "Inputs").definition(step)
        assert len(text) < MAX_CHARACTERS
        assert nested(text) <= MAX_NESTING + 4
        places[step] = Place("Inputs", f"$B${row}")
    assert computed(graph, node) == float(Decimals(graph)[node])


def test_what_is_deep_is_cut_into_cells_too() -> None:
    graph = Graph()
    a, b = with_inputs(graph, "3", "2")
    node = a
    for _ in range(100):
        node = graph.apply(Op.SUBTRACT, b, node)
    assert steps(graph, [node], placed(graph))
    assert computed(graph, node) == 3


def test_long_extremes_are_folded() -> None:
    """Excel takes 255 arguments."""
    graph = Graph()
    nodes = with_inputs(graph, *map(str, range(300)))
    text = formula(graph, graph.apply(Op.MAX, *nodes))
    assert text.startswith("=MAX(MAX(x1,")
    assert computed(graph, graph.apply(Op.MAX, *nodes)) == 299


def test_a_sum_of_long_parts_has_them_in_cells() -> None:
    """Each part alone is short enough to stay; together they are too long for a formula."""
    graph = Graph()
    nodes = with_inputs(graph, *map(str, range(1, 12)))
    parts = [graph.product(node, *nodes) for node in nodes for _ in range(1)]
    parts += [graph.apply(Op.ADD, part, node) for part in parts for node in nodes[:5]]
    total = graph.sum(parts)
    cells = steps(graph, [total], placed(graph))
    assert 0 < len(cells) < len(parts)
    places = placed(graph) | {node: Place("Inputs", f"$B${n}") for n, node in enumerate(cells, 1)}
    assert len(Formulas(graph, places, "Stages").definition(total)) < 8_192
    assert computed(graph, total) == pytest.approx(float(Decimals(graph)[total]), rel=1e-12)


@pytest.mark.parametrize("n", [200, 201, 500])
def test_a_sum_of_any_length_has_formulas(n: int) -> None:
    """Above 200 terms the first ones are summed before: the same left fold."""
    graph = Graph()
    total = graph.sum(with_inputs(graph, *map(str, range(n))))
    assert computed(graph, total) == n * (n - 1) / 2


def test_an_operation_too_long_for_any_formula_is_an_error() -> None:
    graph = Graph()
    nodes = with_inputs(graph, *map(str, range(500)))
    with pytest.raises(KplanError, match="500 values is too long"):
        steps(graph, [graph.apply(Op.SUM, *nodes)], placed(graph))
