"""Quantities in price cells: whole-request tiers and marginal steps, in every evaluator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.form.arrays import evaluate
from kplan.form.cells import Cell, assign
from kplan.form.decimals import Decimals
from kplan.form.excel import Formulas, Place
from kplan.form.graph import Graph, LeafKind, Node, Op
from kplan.prices.rates import Rates
from support import book_of, priced

LADDER = {0: "3", 100: "6", 250: "9"}
NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)
INPUTS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "audio_in")
PROMPT = ("cache_read", "cache_write_1h", "cache_write_5m", "input", "audio_in")
"""The order in which tokens stand in a prompt."""


def rates(scope: str = "marginal", **ladders: Mapping[int, str]) -> Rates:
    """Rates of a model with a ladder for each meter."""
    rows = tuple(
        priced("m", meter, usd, per=1, over_input_tokens=over, tier_scope=scope)
        for meter, ladder in ladders.items()
        for over, usd in ladder.items()
    )
    book = book_of({}, rows)
    return book.rates_at(book.find("m"), NOON)


def assigned(usage: Mapping[str, int], found: Rates) -> tuple[Graph, dict[str, Node], tuple[Cell, ...]]:
    graph = Graph()
    leaves = {meter: graph.leaf(meter, Decimal(n)) for meter, n in usage.items()}
    return graph, leaves, assign(graph, leaves, found)


def quantities(usage: Mapping[str, int], found: Rates) -> dict[tuple[str, int], Decimal]:
    """The quantity of each meter and step that holds any."""
    graph, _, cells = assigned(usage, found)
    values = Decimals(graph)
    held = {(cell.meter, cell.row.over_input_tokens): values[cell.quantity] for cell in cells}
    return {place: quantity for place, quantity in held.items() if quantity}


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (99, {0: 99}),
        (100, {0: 100}),
        (101, {0: 100, 100: 1}),
        (250, {0: 100, 100: 150}),
        (251, {0: 100, 100: 150, 250: 1}),
        (1_000, {0: 100, 100: 150, 250: 750}),
    ],
)
def test_each_token_pays_the_price_of_its_step(tokens: int, expected: dict[int, int]) -> None:
    found = quantities({"input": tokens}, rates(input=LADDER))
    assert found == {("input", over): quantity for over, quantity in expected.items()}


@pytest.mark.parametrize(("tokens", "step"), [(100, 0), (101, 100), (250, 100), (251, 250)])
def test_a_request_tier_prices_every_token(tokens: int, step: int) -> None:
    assert quantities({"input": tokens}, rates("request", input=LADDER)) == {("input", step): tokens}


def test_input_meters_fill_the_steps_in_the_order_of_the_prompt() -> None:
    """60 read, 30 written for an hour, 30 for 5 minutes, 200 fresh: the steps are at 100 and 250."""
    usage = {"input": 200, "cache_write_5m": 30, "cache_write_1h": 30, "cache_read": 60}
    found = quantities(usage, rates(**dict.fromkeys(usage, LADDER)))
    assert found == {
        ("cache_read", 0): 60,
        ("cache_write_1h", 0): 30,
        ("cache_write_5m", 0): 10,
        ("cache_write_5m", 100): 20,
        ("input", 100): 130,
        ("input", 250): 70,
    }


def test_another_meter_counts_its_own_units() -> None:
    usage = {"input": 1_000, "read_unit": 120}
    found = quantities(usage, rates(input={0: "1"}, read_unit=LADDER))
    assert found == {("input", 0): 1_000, ("read_unit", 0): 100, ("read_unit", 100): 20}


def one_by_one(usage: Mapping[str, int]) -> dict[tuple[str, int], Fraction]:
    """Every token put into its step by its place in the prompt."""
    held: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    place = 0
    for meter in PROMPT:
        for _ in range(usage.get(meter, 0)):
            place += 1
            held[meter, max(over for over in LADDER if place > over)] += 1
    return dict(held)


USAGES = st.dictionaries(st.sampled_from(INPUTS), st.integers(0, 300), min_size=1)


@settings(deadline=None)
@given(USAGES)
def test_as_counted_token_by_token(usage: dict[str, int]) -> None:
    found = quantities(usage, rates(**dict.fromkeys(INPUTS, LADDER)))
    assert found == one_by_one(usage)


@settings(deadline=None)
@given(USAGES)
def test_the_cells_of_a_meter_add_up_to_its_quantity(usage: dict[str, int]) -> None:
    for scope in ("request", "marginal"):
        found = quantities(usage, rates(scope, **dict.fromkeys(INPUTS, LADDER)))
        for meter, tokens in usage.items():
            assert sum(n for (name, _), n in found.items() if name == meter) == tokens


@settings(deadline=None)
@given(st.lists(USAGES, min_size=1, max_size=6))
def test_arrays_give_the_same(usages: list[dict[str, int]]) -> None:
    """Integers this small are exact in float64 too."""
    found = rates(**dict.fromkeys(INPUTS, LADDER))
    graph, leaves, cells = assigned(dict.fromkeys(INPUTS, 1), found)
    columns = {leaves[m]: np.array([float(usage.get(m, 0)) for usage in usages]) for m in INPUTS}
    arrays = evaluate(graph, [cell.quantity for cell in cells], columns)
    for n, usage in enumerate(usages):
        held = {
            (cell.meter, cell.row.over_input_tokens): array[n]
            for cell, array in zip(cells, arrays, strict=True)
        }
        assert {place: value for place, value in held.items() if value} == one_by_one(usage)


def test_a_spreadsheet_gives_the_same() -> None:
    formualizer = pytest.importorskip("formualizer", reason="pip install formualizer (Linux only)")
    usage = {"input": 200, "cache_write_5m": 30, "cache_write_1h": 30, "cache_read": 60}
    graph, _, cells = assigned(usage, rates(**dict.fromkeys(usage, LADDER)))
    book = formualizer.Workbook()
    book.add_sheet("Inputs")
    places = {}
    for n, entry in enumerate(graph.entries):
        if entry.op is Op.LEAF and entry.kind is not LeafKind.NUMBER:
            places[Node(n)] = Place("Inputs", f"$A${n + 1}")
            book.set_value("Inputs", n + 1, 1, float(entry.value))
    held: dict[tuple[str, int], float] = {}
    for line, cell in enumerate(cells, 1):
        book.set_formula("Sheet1", line, 1, Formulas(graph, places, "Sheet1").formula(cell.quantity))
        held[cell.meter, cell.row.over_input_tokens] = book.evaluate_cell("Sheet1", line, 1)
    assert {place: value for place, value in held.items() if value} == one_by_one(usage)


def test_a_single_bucket_makes_a_short_formula() -> None:
    graph, _, cells = assigned({"input": 200}, rates(input=LADDER))
    places = {
        Node(n): Place("S", entry.name.removeprefix("over ").split()[0])
        for n, entry in enumerate(graph.entries)
        if entry.op is Op.LEAF and entry.name
    }
    assert [Formulas(graph, places, "S").formula(cell.quantity) for cell in cells] == [
        "=input-MAX(0,input-100)",
        "=MAX(0,input-100)-MAX(0,input-250)",
        "=MAX(0,input-250)",
    ]
