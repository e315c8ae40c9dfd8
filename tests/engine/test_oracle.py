"""Totals against an oracle that walks the YAML and imports nothing of the engine or the prices."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from support import RATES, dumped, oracle, oracle_total, simulated

POST = """
volume: 250_000/month
stages:
  expand:     {input: 180, output: 120}
  rerank:     {input: chunks * chunk_tokens, output: 200}
  synthesize: {input: chunks * chunk_tokens + 900, output: 650, cached: 25%}
  verify:     {input: chunks * chunk_tokens + 1600, output: 150, retries: 2%}
  cite:       {input: 900, output: 700, calls: 2}
params: {chunks: 8, chunk_tokens: 1200, redo: 8%}
mix:
  lookup:   {share: 60%, params: {chunks: 2}}
  analysis: {share: 40%, params: {chunks: 15}}
designs:
  all-sonnet: sonnet
  stratified:
    models: {default: haiku, synthesize: sonnet}
    stages:
      verify: {output: 30}
      second_pass:
        {after: verify, chance: redo, input: chunks * chunk_tokens + 1750, output: 650, model: opus}
"""


@pytest.mark.parametrize("design", ["all-sonnet", "stratified"])
def test_the_long_form_costs_what_the_oracle_says(tmp_path: Path, design: str) -> None:
    results = simulated(tmp_path, POST)
    expected = oracle(yaml.safe_load(POST.replace("250_000/month", "x")), RATES, design)
    assert Fraction(results.design(design).cost_per_query_usd) == expected
    assert Fraction(results.design(design).total_usd) == expected * 250_000 * 12


def test_the_oracle_disagrees_with_another_price(tmp_path: Path) -> None:
    results = simulated(tmp_path, POST)
    dearer = {**RATES, "opus": {**RATES["opus"], "output": "75.01"}}
    scenario = yaml.safe_load(POST.replace("250_000/month", "x"))
    assert Fraction(results.design("stratified").cost_per_query_usd) != oracle(scenario, dearer, "stratified")


tokens = st.one_of(
    st.integers(0, 150_000), st.sampled_from(["a * b", "a + 100", "b * 3 + a", "max(a, b)", "min(a, b) / 4"])
)
percents = st.integers(0, 100).map(lambda n: f"{n}%")
stages = st.fixed_dictionaries(
    {"input": tokens, "output": tokens},
    optional={
        "cached": percents,
        "retries": percents,
        "chance": percents,
        "calls": st.sampled_from([1, 2, "b"]),
    },
)
models = st.sampled_from(sorted(RATES))


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    """A small scenario: up to five stages, two classes, two designs."""
    names = [f"s{n}" for n in range(draw(st.integers(1, 5)))]
    first = draw(st.integers(0, 100))
    params = {"a": draw(st.integers(0, 900)), "b": draw(st.integers(0, 40))}
    return {
        "volume": f"{draw(st.integers(1, 10**7))}/month",
        "params": params,
        "stages": {name: draw(stages) for name in names},
        "mix": {
            "x": {"share": f"{first}%", "params": {"a": draw(st.integers(0, 900))}},
            "y": {"share": f"{100 - first}%"},
        },
        "designs": {
            "one": draw(models),
            "two": {
                "models": {"default": draw(models), names[0]: draw(models)},
                "stages": {names[-1]: {"output": draw(st.integers(0, 5_000))}},
            },
        },
    }


@settings(max_examples=12, deadline=None)
@given(scenario=scenarios())
def test_random_scenarios_cost_what_the_oracle_says(
    tmp_path_factory: pytest.TempPathFactory, scenario: dict[str, Any]
) -> None:
    assert_costs_are_the_oracles(tmp_path_factory.mktemp("oracle"), scenario)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(scenario=scenarios())
def test_many_random_scenarios_cost_what_the_oracle_says(
    tmp_path_factory: pytest.TempPathFactory, scenario: dict[str, Any]
) -> None:
    assert_costs_are_the_oracles(tmp_path_factory.mktemp("oracle"), scenario)


def assert_costs_are_the_oracles(folder: Path, scenario: dict[str, Any]) -> None:
    results = simulated(folder, dumped(scenario))
    queries = int(scenario["volume"].split("/")[0]) * 12
    for design in scenario["designs"]:
        expected = oracle(scenario, RATES, design)
        assert Fraction(results.design(design).cost_per_query_usd) == expected
        assert Fraction(results.design(design).total_usd) == expected * queries


amounts = st.integers(0, 40_000)
steps = st.dictionaries(st.integers(1, 10**10), st.integers(0, 100), max_size=3).map(
    lambda found: {0: "100%", **{start: f"{part}%" for start, part in found.items()}}
)


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, Any]:
    """Contracts over all models that the designs use, with any of their terms, and fixed costs."""
    own = {
        "fee": draw(amounts),
        "minimum": draw(amounts),
        "commitment": draw(amounts) * 12,
        "included": {"input": draw(st.integers(0, 10**11))},
        "steps": {"output": draw(steps)},
    }
    kept = draw(st.sets(st.sampled_from(sorted(own)), min_size=1))
    return {
        "contracts": {"all": {"models": ["test/*"], **{key: own[key] for key in own if key in kept}}},
        "fixed": {
            "rent": draw(amounts),
            "tokens": {"model": "haiku", "meter": "input", "quantity": draw(st.integers(0, 10**11))},
            "more": {"model": "haiku", "meter": "output", "quantity": "b * 1000 + 1"},
        },
        "contingency": draw(percents),
    }


@settings(max_examples=10, deadline=None)
@given(scenario=scenarios(), terms=contracts())
def test_contracts_cost_what_the_oracle_says(
    tmp_path_factory: pytest.TempPathFactory, scenario: dict[str, Any], terms: dict[str, Any]
) -> None:
    assert_totals_are_the_oracles(tmp_path_factory.mktemp("oracle"), scenario, terms)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(scenario=scenarios(), terms=contracts())
def test_many_contracts_cost_what_the_oracle_says(
    tmp_path_factory: pytest.TempPathFactory, scenario: dict[str, Any], terms: dict[str, Any]
) -> None:
    assert_totals_are_the_oracles(tmp_path_factory.mktemp("oracle"), scenario, terms)


def assert_totals_are_the_oracles(folder: Path, scenario: dict[str, Any], terms: dict[str, Any]) -> None:
    """To 50 digits: the average price of a month's units is a quotient."""
    whole = {**scenario, **terms}
    results = simulated(folder, dumped(whole))
    queries = int(scenario["volume"].split("/")[0])
    for design in scenario["designs"]:
        expected = oracle_total(whole, RATES, design, queries, 12)
        found = Fraction(results.design(design).total_usd)
        assert abs(found - expected) <= expected / 10**50
