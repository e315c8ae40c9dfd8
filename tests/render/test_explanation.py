"""Explanations: how units and prices are worded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.prices.rows import PriceRow
from kplan.render.explain import render
from kplan.render.explanation import explanation
from kplan.render.price_row import per, rate, validity
from support import simulated


@pytest.mark.parametrize(
    ("usd", "printed"),
    [("3", "$3.00"), ("0.5", "$0.50"), ("0.0375", "$0.0375"), ("2.50", "$2.50"), ("0", "$0.00")],
)
def test_price_keeps_every_digit(usd: str, printed: str) -> None:
    assert rate(PriceRow("p", "m", "input", Decimal(usd))) == printed


@pytest.mark.parametrize(
    ("meter", "scale", "printed"),
    [
        ("input", 1_000_000, "1M tokens"),
        ("web_search", 1_000, "1,000 searches"),
        ("request", 1, "request"),
        ("second", 3_600, "hour"),
        ("my_meter", 100, "100 x my_meter"),
    ],
)
def test_per(meter: str, scale: int, printed: str) -> None:
    assert per(PriceRow("p", "m", meter, Decimal(1), scale)) == printed


def test_validity() -> None:
    row = PriceRow("p", "m", "input", Decimal(1), valid_from=date(2027, 1, 1), status="announced")
    assert validity(row) == "from 2027-01-01"


def test_a_sum_over_turns_is_said_to_be_one(tmp_path: Path) -> None:
    """What each turn writes and reads is another amount; what it says is 3 x 20, and input is a plain sum."""
    text = """
params: {k: 900}
stages:
  plain: {input: 100 + k, output: 5}
  agent: {kind: loop, turns: 3, context: 100, stages: {step: {input: k, output: 20}}}
designs: {x: sonnet}
"""
    results = simulated(tmp_path, f"volume: 1_000/month\n{text}")
    (step,) = explanation(results, "x.step").parts
    assert {line.meter: line.is_summed for line in step.lines} == {"input": True, "output": False}
    said = render(results, "x.step", 120, color=False)
    assert "input: no one product, but a sum over the turns and ways that a query may go" in said
    assert "no one product" not in render(results, "x.plain", 120, color=False)
