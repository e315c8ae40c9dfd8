"""Steps of an agent with a prompt cache: r x previous prompt + w x what is new + q x output."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from flows import AROUND, assert_the_same, both
from kplan.engine.results import Results
from support import book_of, priced, simulated

OPUS = {"input": "5", "cache_read": "0.5", "cache_write_5m": "6.25", "cache_write_1h": "10", "output": "25"}
STEPS = (
    *((1321, 112), (1744, 71), (1846, 69), (2502, 67), (3287, 89), (4103, 256), (4512, 55)),
    *((4612, 168), (4921, 241), (5149, 85), (5591, 63), (5653, 56), (5864, 111)),
)
"""Prompt and output of each step. Source: TwinRouterBench, arXiv 2605.18859v2, Table A7."""
PRINTED = {1: "0.0111", 3: "0.0032", 7: "0.0060", 10: "0.0060", 12: "0.0046", 13: "0.0069"}
"""USD by step, Plan A: Opus 4.6 with prompt caching. Same table."""


def agent(models: Sequence[str], steps: Sequence[tuple[int, int]] = STEPS) -> str:
    """One pass over all steps: each leaves what the next prompt holds more."""
    grown = [after[0] - before[0] for before, after in zip(steps, [*steps[1:], steps[-1]], strict=True)]
    stages = "".join(
        f"      s{n}: {{input: 0, output: {output}, adds: {more}, model: {model}}}\n"
        for n, ((_, output), more, model) in enumerate(zip(steps, grown, models, strict=True), 1)
    )
    loop = f"    kind: loop\n    turns: 1\n    context: {steps[0][0]}\n    cache: 5m\n"
    return f"stages:\n  run:\n{loop}    stages:\n{stages}"


def priced_steps(folder: Path, models: Sequence[str]) -> tuple[Results, dict[str, Decimal]]:
    haiku = {meter: str(Decimal(usd) / 5) for meter, usd in OPUS.items()}
    book = book_of({"opus": OPUS, "haiku": haiku})
    results = simulated(folder, f"{AROUND}{agent(models)}designs: {{d: opus}}\n", book)
    return results, {stage.id: stage.cost_per_query_usd for stage in results.design("d").stages}


def test_the_printed_steps_come_back(tmp_path: Path) -> None:
    """Each to the fourth digit, and their sum, $0.0953."""
    results, costs = priced_steps(tmp_path, ["opus"] * 13)
    found = {n: round(costs[f"s{n}"], 4) for n in PRINTED}
    assert found == {n: Decimal(usd) for n, usd in PRINTED.items()}
    assert round(results.design("d").cost_per_query_usd, 4) == Decimal("0.0953")


@pytest.mark.parametrize("step", range(1, 14))
def test_a_step_is_three_terms(tmp_path: Path, step: int) -> None:
    previous = STEPS[step - 2][0] if step > 1 else 0
    prompt, output = STEPS[step - 1]
    _, costs = priced_steps(tmp_path, ["opus"] * 13)
    r, w, q = (Fraction(OPUS[meter]) / 10**6 for meter in ("cache_read", "cache_write_5m", "output"))
    assert Fraction(costs[f"s{step}"]) == r * previous + w * (prompt - previous) + q * output


def test_another_model_writes_the_whole_prompt(tmp_path: Path) -> None:
    """w x prompt instead of r x previous prompt; back on the first, what it has kept is read."""
    _, costs = priced_steps(tmp_path, ["opus"] * 5 + ["haiku"] * 2 + ["opus"] * 6)
    r, w, q = (Fraction(OPUS[meter]) / 10**6 for meter in ("cache_read", "cache_write_5m", "output"))
    assert Fraction(costs["s6"]) == (w * 4103 + q * 256) / 5
    assert Fraction(costs["s7"]) == (r * 4103 + w * (4512 - 4103) + q * 55) / 5
    assert Fraction(costs["s8"]) == r * 3287 + w * (4612 - 3287) + q * 168


def test_a_prefix_is_written_once_by_each_model(tmp_path: Path) -> None:
    """Two reads after one write; the second model writes its own."""
    text = """
prompt_caches: {system: 1_000}
stages:
  a: {input: 1_100, output: 1, prefix: system}
  b: {input: 1_200, output: 1, prefix: system}
  c: {input: 1_300, output: 1, prefix: system, model: n}
  d: {input: 1_400, output: 1, prefix: system}
"""
    found = assert_the_same(both(tmp_path, text)).units()
    assert [found.get((*each, "cache_write_5m"), 0) for each in (("a", "m"), ("b", "m"), ("c", "n"))] == [
        1_000,
        0,
        1_000,
    ]
    assert [found[stage, "m", "cache_read"] for stage in "bd"] == [1_000, 1_000]
    assert found["b", "m", "input"] == 200


def test_what_failed_is_not_in_the_context(tmp_path: Path) -> None:
    """The second attempt reads 50, not the first one's 107 as well; what follows reads one attempt."""
    text = """
stages:
  l:
    kind: loop
    turns: 1
    context: 50
    stages:
      r: {kind: retry, failure: 100%, attempts: 2, stages: {a: {input: 100, output: 7}}}
  m:
    kind: loop
    turns: 1
    context: 50
    stages:
      f:
        kind: fallback
        rejected: {b: 100%}
        stages: {b: {input: 100, output: 7}, c: {input: 10, output: 3}}
      d: {input: 1, output: 1}
"""
    alone = text[: text.index("  m:")]
    assert assert_the_same(both(tmp_path, alone)).units()["a", "m", "input"] == 2 * 150
    found = assert_the_same(both(tmp_path, "stages:\n" + text[text.index("  m:") :])).units()
    assert (found["c", "m", "input"], found["d", "m", "input"]) == (60, 50 + 13 + 1)


def test_arms_do_not_see_each_other(tmp_path: Path) -> None:
    """Both read the context before them; behind them stands what both have left."""
    text = """
stages:
  l:
    kind: loop
    turns: 1
    context: 50
    cache: 5m
    stages:
      both: {kind: parallel, stages: {a: {input: 100, output: 7}, b: {input: 30, output: 3}}}
      c: {input: 1, output: 1}
"""
    found = assert_the_same(both(tmp_path, text)).units()
    assert found["a", "m", "cache_write_5m"] == 150
    assert found["b", "m", "cache_write_5m"] == 80
    assert found["c", "m", "cache_read"] == 150, "what a has written; b's own input stands behind a's"
    assert found["c", "m", "cache_write_5m"] == 7 + 30 + 3 + 1


def test_the_one_hour_cache_writes_at_its_own_rate(tmp_path: Path) -> None:
    text = "stages: {l: {kind: loop, turns: 2, context: 50, cache: 1h, stages: {a: {input: 10, output: 5}}}}"
    found = assert_the_same(both(tmp_path, text)).units()
    assert found["a", "m", "cache_write_1h"] == 60 + 15
    assert found["a", "m", "cache_read"] == 60


def test_a_long_context_tier_starts_in_the_turn_that_crosses_it(tmp_path: Path) -> None:
    """Turns of 100, 200, 300 tokens: above 200 is the third alone, and it is all priced anew."""
    book = book_of({"m": {"input": "1", "output": "0"}}, (priced("m", "input", "10", over_input_tokens=200),))
    text = "stages: {l: {kind: loop, turns: 3, stages: {a: {input: 100, output: 0}}}}\n"
    results = simulated(tmp_path, f"{AROUND}{text}designs: {{d: m}}\n", book)
    assert results.design("d").cost_per_query_usd * 10**6 == 100 + 200 + 10 * 300
