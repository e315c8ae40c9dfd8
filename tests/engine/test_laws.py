"""Laws that hold whatever the scenario: nothing is lost, nothing is counted twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.engine.ledger import total_usd
from kplan.form.arrays import evaluate
from kplan.form.decimals import Changed, Decimals, Users
from kplan.form.graph import Node
from kplan.money import exact
from support import book_of, dumped, priced, simulated

PIPELINE = {
    "stages": {
        "answer": {"input": "chunks * 1200 + 900", "output": 650, "cached": "25%"},
        "verify": {"input": 11200, "output": 30, "retries": "3%"},
    },
    "params": {"chunks": 8, "redo": "8%"},
    "designs": {
        "big": "sonnet",
        "mixed": {
            "models": {"default": "haiku"},
            "stages": {"again": {"after": "verify", "chance": "redo", "like": "answer", "model": "opus"}},
        },
    },
}
shares = st.integers(1, 99)
growth = st.sampled_from(["0%", "3%", "-2.5%", "12.75%"])
change_days = st.dates(date(2027, 1, 2), date(2027, 12, 30))


def scenario(**keys: Any) -> str:
    return dumped({"volume": "250_000/month", **PIPELINE, **keys})


def rising(day: date) -> Any:
    """A book in which sonnet's output doubles on a day."""
    return book_of(
        {
            "haiku": {"input": "1", "output": "5", "cache_read": "0.1"},
            "sonnet": {"input": "3", "cache_read": "0.3"},
            "opus": {"input": "15", "output": "75", "cache_read": "1.5"},
        },
        (
            priced("sonnet", "output", "15", valid_to=day),
            priced("sonnet", "output", "30", valid_from=day, status="announced"),
        ),
    )


@settings(max_examples=12, deadline=None)
@given(day=change_days, rate=growth, share=shares)
def test_totals_are_sums_of_ledger_lines_and_of_the_graph(
    tmp_path_factory: pytest.TempPathFactory, day: date, rate: str, share: int
) -> None:
    volume = {"queries_per_month": 250_000, "growth_per_month": rate}
    mix = {"x": {"share": f"{share}%", "params": {"chunks": 2}}, "y": {"share": f"{100 - share}%"}}
    text = scenario(volume=volume, mix=mix, contingency="10%", fixed={"store": "$50/month"})
    results = simulated(tmp_path_factory.mktemp("sums"), text, rising(day))
    values = Decimals(results.plans[0].graph)
    for design, planned in zip(results.designs, results.plans[0].designs, strict=True):
        lines = [row for row in results.ledger if row.design == design.id]
        assert design.total_usd == total_usd(lines) == values[planned.total]
        with exact():
            assert design.total_usd == sum(month.cost_usd for month in design.months)
        for month, node in zip(design.months, planned.month_costs, strict=True):
            assert month.cost_usd == values[node]
        with exact():
            assert design.cost_per_query_usd == sum(stage.cost_per_query_usd for stage in design.stages)


@settings(max_examples=8, deadline=None)
@given(factor=st.integers(2, 9))
def test_cost_scales_with_volume(tmp_path_factory: pytest.TempPathFactory, factor: int) -> None:
    folder = tmp_path_factory.mktemp("scale")
    one = simulated(folder, scenario(volume="1_000/month"))
    many = simulated(folder, scenario(volume=f"{factor * 1000}/month"))
    for small, large in zip(one.designs, many.designs, strict=True):
        assert large.total_usd == factor * small.total_usd
        assert large.cost_per_query_usd == small.cost_per_query_usd


@settings(max_examples=8, deadline=None)
@given(share=shares)
def test_two_classes_alike_are_one(tmp_path_factory: pytest.TempPathFactory, share: int) -> None:
    folder = tmp_path_factory.mktemp("classes")
    one = simulated(folder, scenario())
    two = simulated(folder, scenario(mix={"x": f"{share}%", "y": f"{100 - share}%"}))
    assert [d.total_usd for d in one.designs] == [d.total_usd for d in two.designs]


@settings(max_examples=12, deadline=None)
@given(day=change_days, rate=growth)
def test_a_split_at_a_change_loses_no_query(
    tmp_path_factory: pytest.TempPathFactory, day: date, rate: str
) -> None:
    volume = {"queries_per_month": 250_000, "growth_per_month": rate}
    results = simulated(tmp_path_factory.mktemp("split"), scenario(volume=volume), rising(day))
    whole = simulated(tmp_path_factory.mktemp("whole"), scenario(volume=volume))
    plan, values = results.plans[0], Decimals(results.plans[0].graph)
    assert [epoch.starts_on for epoch in plan.epochs] == [date(2027, 1, 1), day]
    for month, node in zip(plan.months, plan.month_queries, strict=True):
        parts = [values[period.queries] for period in plan.periods if period.month == month]
        with exact():
            assert sum(parts) == values[node]
    unchanged = {row.id: row.total_usd for row in whole.designs}
    assert results.design("mixed").total_usd == unchanged["mixed"]


def test_a_change_in_the_middle_of_a_month_is_weighed_by_days(tmp_path: Path) -> None:
    """All 310 queries of January cost $15 of output until the 11th, $30 from then on: 100 and 210 of them."""
    text = dumped(
        {
            "months": "2027-01..2027-01",
            "volume": "310/month",
            "stages": {"answer": {"input": 0, "output": 1_000_000}},
            "designs": {"big": "sonnet"},
        }
    )
    results = simulated(tmp_path, text, rising(date(2027, 1, 11)))
    assert Fraction(results.design("big").total_usd) == 100 * 15 + 210 * 30


@settings(max_examples=12, deadline=None)
@given(day=change_days, rate=growth, share=shares)
def test_numpy_agrees_with_decimals(
    tmp_path_factory: pytest.TempPathFactory, day: date, rate: str, share: int
) -> None:
    volume = {"queries_per_month": 250_000, "growth_per_month": rate}
    mix = {"x": {"share": f"{share}%", "params": {"chunks": 2}}, "y": {"share": f"{100 - share}%"}}
    results = simulated(tmp_path_factory.mktemp("np"), scenario(volume=volume, mix=mix), rising(day))
    plan = results.plans[0]
    reference = Decimals(plan.graph)
    totals = [design.total for design in plan.designs]
    for value, node in zip(evaluate(plan.graph, totals, {}), totals, strict=True):
        assert abs(Fraction(float(value)) - Fraction(reference[node])) <= Fraction(reference[node]) / 10**12


def test_numpy_evaluates_many_values_of_a_parameter_at_once(tmp_path: Path) -> None:
    results = simulated(tmp_path, scenario())
    plan = results.plans[0]
    redo = next(n for n, entry in enumerate(plan.graph.entries) if entry.name == "params.redo")
    total = plan.designs[1].total
    base = Decimals(plan.graph)
    chances = np.linspace(0.0, 1.0, 101)
    (found,) = evaluate(plan.graph, [total], {redo: chances})
    assert found.shape == (101,)
    for n in (0, 37, 100):
        dependents = Users(plan.graph).dependents(Node(redo))
        reference = Changed.of(base, dependents, Node(redo), Decimal(str(chances[n])))[total]
        assert float(found[n]) == pytest.approx(float(reference), rel=1e-12)
