"""What the engine refuses, with its place; what it leaves out, with the reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.prices.models import ModelRow
from support import RATES, book_of, priced, simulated

MODELS = (
    ModelRow("test", "haiku", context_window=200_000, max_output=8_000),
    ModelRow("test", "opus", retires_on=date(2027, 1, 1), successor="sonnet"),
)


def problems(folder: Path, text: str, **options: bool) -> list[str]:
    """Every problem of a scenario, each without the folder."""
    with pytest.raises(KplanError) as caught:
        simulated(folder, text, book_of(RATES, models=MODELS), **options)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = """\
volume: 1_000/month
stages:
  a: {input: 200_001, output: 8_001}
  b: {input: 10, output: 10, mode: batch}
  c: {input: 10, output: 10, model: hiaku}
designs:
  small: haiku
  large: {models: {default: sonnet, a: opus}}
"""
    window = "a call of 200,001 input tokens is above the context window of test/haiku, 200,000"
    retired = (
        "test/opus is retired since 2027-01-01, on 2027-01-01 it does not answer; its successor is sonnet"
    )
    no_batch = "has no batch price; it has standard"
    assert problems(tmp_path, text) == [
        f"test.kplan.yaml:4:3: stages.a: stage a: {window}",
        'test.kplan.yaml:6:37: stages.c.model: no model "hiaku"; did you mean haiku? (kplan book list)',
        f"test.kplan.yaml:8:10: designs.small.models.default: test/haiku {no_batch}",
        f"test.kplan.yaml:9:29: designs.large.models.default: test/sonnet {no_batch}",
        f"test.kplan.yaml:9:40: designs.large.models.a: {retired}",
    ]


def test_the_context_window_itself_fits(tmp_path: Path) -> None:
    text = "volume: 1/month\nstages: {a: {input: 200_000, output: 8_000}}\ndesigns: {small: haiku}\n"
    assert simulated(tmp_path, text, book_of(RATES, models=MODELS)).designs[0].single_model == "haiku"


def test_the_largest_output_is_a_limit(tmp_path: Path) -> None:
    text = "volume: 1/month\nstages: {a: {input: 10, output: 8_001}}\ndesigns: {small: haiku}\n"
    (problem,) = problems(tmp_path, text)
    assert "a call of 8,001 output tokens is above the largest output of test/haiku, 8,000" in problem


def test_a_retired_model_is_allowed_for_audits(tmp_path: Path) -> None:
    text = "volume: 1/month\nstages: {a: {input: 10, output: 10}}\ndesigns: {old: opus}\n"
    assert "retired" in problems(tmp_path, text)[0]
    results = simulated(tmp_path, text, book_of(RATES, models=MODELS), allow_retired=True)
    assert results.designs[0].id == "old"


def test_a_frozen_day_before_the_retirement_is_alive(tmp_path: Path) -> None:
    text = (
        "volume: 1/month\nprices: {freeze: 2026-12-31}\n"
        "stages: {a: {input: 10, output: 10}}\ndesigns: {old: opus}\n"
    )
    (event,) = simulated(tmp_path, text, book_of(RATES, models=MODELS)).events
    assert event.kind == "retirement"
    (problem,) = problems(tmp_path, text.replace("2026-12-31", "2027-01-01"))
    assert "retired" in problem


def test_a_retirement_in_the_horizon_is_an_event(tmp_path: Path) -> None:
    models = (ModelRow("test", "opus", retires_on=date(2027, 6, 1), successor="sonnet"),)
    text = "volume: 1/month\nstages: {a: {input: 10, output: 10}}\ndesigns: {old: opus}\n"
    (event,) = simulated(tmp_path, text, book_of(RATES, models=models)).events
    assert (event.kind, event.on, event.designs) == ("retirement", date(2027, 6, 1), ("old",))
    assert "successor sonnet" in event.text


def test_a_month_without_a_price_is_an_error(tmp_path: Path) -> None:
    rates = {"haiku": {"input": "1"}}
    rows = (priced("haiku", "output", "5", valid_to=date(2027, 3, 15)),)
    text = (
        "months: 2027-01..2027-12\nvolume: 1/month\nstages: {a: {input: 1, output: 1}}\ndesigns: {x: haiku}\n"
    )
    with pytest.raises(KplanError, match=r"no price for output.*2027-03-15"):
        simulated(tmp_path, text, book_of(rates, rows))


def test_an_unknown_meter_is_never_free(tmp_path: Path) -> None:
    text = "volume: 1/month\nstages: {a: {input: 1, output: 1}}\ndesigns: {x: embedder}\n"
    with pytest.raises(KplanError, match="test/embedder has no price for output; it has prices for input"):
        simulated(tmp_path, text, book_of({"embedder": {"input": "0.1"}}))


def test_no_output_needs_no_output_price(tmp_path: Path) -> None:
    text = "volume: 1/month\nstages: {a: {input: 1_000_000, output: 0}}\ndesigns: {x: embedder}\n"
    results = simulated(tmp_path, text, book_of({"embedder": {"input": "0.1"}}))
    assert str(results.designs[0].cost_per_query_usd).rstrip("0") == "0.1"


def test_a_cache_read_without_a_row_is_billed_as_input_and_said(tmp_path: Path) -> None:
    text = "volume: 1/month\nstages: {a: {input: 1_000_000, cached: 40%, output: 0}}\ndesigns: {x: plain}\n"
    results = simulated(tmp_path, text, book_of({"plain": {"input": "2", "output": "3"}}))
    assert results.designs[0].cost_per_query_usd == 2
    assert "test/plain: cache_read billed at the rate of input: no row of its own" in results.notes


def test_an_added_design_that_cannot_run_is_left_out_with_the_reason(tmp_path: Path) -> None:
    text = """\
volume: 1/month
stages: {a: {input: 300_000, output: 10}, b: {input: 10, output: 10}}
designs: {split: {models: {a: sonnet, b: haiku}}}
"""
    results = simulated(tmp_path, text, book_of(RATES, models=MODELS))
    assert [design.id for design in results.designs] == ["split", "sonnet"]
    assert any(note.startswith("haiku everywhere is not shown: stage a") for note in results.notes)
