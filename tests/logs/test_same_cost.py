"""The law of profiles: a log priced call by call and its scenario come to the same cost per query."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kplan
from kplan.logs.calls import Calls, read_calls
from kplan.logs.measured import profile
from kplan.logs.profile import Profile
from kplan.render.profile.yaml import DESIGN, scenario
from support import RATES, book_of, priced, simulated

from .logfiles import as_csv, calls_of

BOOK = book_of(
    rows=tuple(
        priced(model, meter, str(Decimal(rates["input"]) * factor))
        for model, rates in RATES.items()
        for meter, factor in (("cache_write_5m", Decimal("1.25")), ("cache_write_1h", 2), ("reasoning", 7))
    )
)
EXACT = 50
"""Digits of figures that are as good as exact."""
USAGE = {"cached": "cache_read"}


def logged_usd(calls: Calls, n_queries: int) -> Fraction:
    """Mean cost of a query, each call priced by itself [USD]."""
    usage = {USAGE.get(name, name): counts for name, counts in calls.tokens.items()}
    at = np.datetime64("2027-01-01")
    model = (calls.model.codes, calls.model.names)
    return Fraction(kplan.price_calls(BOOK, model=model, at=at, usage=usage).total_usd) / n_queries


def planned_usd(found: Profile, digits: int) -> Fraction:
    """Cost of a query of the scenario that the profile is written as [USD]."""
    with tempfile.TemporaryDirectory() as folder:
        results = simulated(Path(folder), f"singles: false\n{scenario(found, digits)}", BOOK)
    return Fraction(results.design(DESIGN).cost_per_query_usd)


def assert_same(calls: Calls, *, by_model: bool) -> None:
    found = profile(calls, by_model=by_model)
    logged = logged_usd(calls, found.n_queries)
    assert abs(planned_usd(found, EXACT) - logged) <= logged / 10**45
    assert abs(planned_usd(found, 4) - logged) <= logged / 300


@st.composite
def rows(draw: st.DrawFn, models: dict[str, list[str]]) -> dict[str, object]:
    stage = draw(st.sampled_from(list(models)))
    tokens, output = draw(st.integers(0, 300_000)), draw(st.integers(0, 20_000))
    cached = draw(st.integers(0, tokens))
    written = draw(st.integers(0, tokens - cached))
    return {
        "trace": draw(st.integers(1, 5)),
        "stage": stage,
        "model": draw(st.sampled_from(models[stage])),
        "input": tokens,
        "cached": cached,
        "cache_write": written,
        "cache_write_1h": draw(st.integers(0, written)),
        "output": output,
        "reasoning": draw(st.integers(0, output)),
    }


ONE_EACH = {"expand": ["haiku"], "answer": ["sonnet"], "redo": ["opus"]}
MIXED = {"expand": ["haiku"], "answer": ["haiku", "sonnet", "opus"], "redo": ["opus", "sonnet"]}


@settings(max_examples=20, deadline=None)
@given(st.lists(rows(ONE_EACH), min_size=1, max_size=12), st.booleans())
def test_stages_with_one_model_each(log: list[dict[str, object]], has_traces: bool) -> None:
    if not has_traces:
        log = [{name: cell for name, cell in row.items() if name != "trace"} for row in log]
    assert_same(read_calls(as_csv(log), "calls.csv"), by_model=False)


@settings(max_examples=20, deadline=None)
@given(st.lists(rows(MIXED), min_size=1, max_size=12))
def test_any_mix_taken_apart(log: list[dict[str, object]]) -> None:
    assert_same(read_calls(as_csv(log), "calls.csv"), by_model=True)


def test_a_mix_of_models_with_the_same_tokens() -> None:
    """Two thirds and one third: shares without an end still add to exactly 1."""
    log = "stage,model,input,cached,output\n" + "s,haiku,3000,1000,70\n" * 2 + "s,opus,3000,1000,70\n"
    assert_same(calls_of(log), by_model=False)


def test_a_mix_of_unlike_models_costs_something_else() -> None:
    """900 + 100 tokens at $1 and $15 are $2.40 a thousand; the mix bills 500 at each: $8.00."""
    calls = calls_of("stage,model,input,cached,output\ns,haiku,900,0,0\ns,opus,100,0,0\n")
    apart, mixed = (profile(calls, by_model=by_model) for by_model in (True, False))
    assert planned_usd(apart, EXACT) == pytest.approx(Fraction(2400, 10**6))
    assert planned_usd(mixed, EXACT) * mixed.n_queries == Fraction(8000, 10**6)
    assert "haiku takes 50% of the calls and 90% of the input tokens" in mixed.notes[0]
