"""Closed forms of blocks: what a retry, a fallback, a loop, a route or an answer cache comes to."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from flows import assert_the_same, both

CALL = "{input: 100, output: 10}"


def test_attempts_are_a_geometric_series(tmp_path: Path) -> None:
    """(1 - p^k) / (1 - p) calls are made, and p^k of the queries stop before the next stage."""
    text = f"stages: {{r: {{kind: retry, failure: 20%, attempts: 4, stages: {{a: {CALL}}}}}, b: {CALL}}}"
    found, p = both(tmp_path, text), Fraction(1, 5)
    assert found.visits() == {"r": 1, "a": (1 - p**4) / (1 - p), "b": 1 - p**4}
    assert found.stopped == p**4
    assert_the_same(found)


@pytest.mark.parametrize(("layers", "attempts", "calls"), [(2, 3, 9), (5, 3, 243), (3, 1, 1)])
def test_nested_retries_multiply(tmp_path: Path, layers: int, attempts: int, calls: int) -> None:
    """SDK x app x job: what always fails is called attempts^layers times. Source: routing.md 5.6."""
    text = CALL
    for n in range(layers):
        failure = "failure: 100%, " if n == 0 else ""
        text = f"{{kind: retry, {failure}attempts: {attempts}, stages: {{s{n}: {text}}}}}"
    found = both(tmp_path, f"stages: {{all: {text}, next: {CALL}}}")
    assert found.visits()["s0"] == calls
    assert "next" not in found.visits()
    assert found.stopped == 1


def test_a_failed_attempt_bills_its_share(tmp_path: Path) -> None:
    """p + p^2 + p^3 attempts fail at half the cost each, 1 - p^3 succeed."""
    text = f"stages: {{r: {{kind: retry, failure: 20%, bills: 50%, stages: {{a: {CALL}}}}}}}"
    found, p = both(tmp_path, text), Fraction(1, 5)
    failed, good = p + p**2 + p**3, 1 - p**3
    assert found.visits()["a"] == failed + good
    assert found.calls() == {("a", "m"): failed / 2 + good}
    assert_the_same(found)


def test_a_chain_of_fallbacks(tmp_path: Path) -> None:
    """Sum of c_i x product of the p_j before: the unreachable bill nothing, the rejected do."""
    text = f"""
stages:
  f:
    kind: fallback
    fails: {{a: 10%, b: 20%}}
    rejected: {{b: 25%}}
    stages: {{a: {CALL}, b: {CALL}, c: {CALL}}}
"""
    found = both(tmp_path, text)
    a, b, c = Fraction(9, 10), Fraction(1, 10) * Fraction(8, 10), Fraction(1, 10) * (1 - Fraction(6, 10))
    assert found.visits() == {"f": 1, "a": a, "b": b, "c": c}
    assert found.stopped == 0
    assert_the_same(found)


def test_an_outage_takes_stages_down_together(tmp_path: Path) -> None:
    """P(b reached) = (1 - o) P(a fails); P(c tried) = o + (1 - o) P(a and b fail), not their product."""
    text = f"""
stages:
  f:
    kind: fallback
    fails: {{a: 1%, b: 1%, c: 50%}}
    outage: 2%
    outage_of: [a, b]
    stages: {{a: {CALL}, b: {CALL}, c: {CALL}}}
  after: {CALL}
"""
    found = both(tmp_path, text)
    o, p = Fraction(2, 100), Fraction(1, 100)
    reached = o + (1 - o) * p * p
    assert found.visits()["b"] == (1 - o) * p * (1 - p)
    assert found.visits()["c"] == reached / 2
    assert found.stopped == reached / 2
    assert found.visits()["after"] == 1 - reached / 2
    assert_the_same(found)


def test_what_runs_out_of_attempts_goes_to_its_fallback(tmp_path: Path) -> None:
    """p^k of the queries reach the fallback, all go on behind it."""
    retry = f"{{kind: retry, failure: 10%, attempts: 2, stages: {{a: {CALL}}}}}"
    text = f"stages: {{f: {{kind: fallback, stages: {{r: {retry}, person: {{kind: code}}}}}}, b: {CALL}}}"
    found = both(tmp_path, text)
    assert found.visits() == {"f": 1, "r": 1, "a": Fraction(11, 10), "person": Fraction(1, 100), "b": 1}
    assert found.stopped == 0


@pytest.mark.parametrize("n", [1, 2, 7])
def test_a_chat_reads_all_that_was_said(tmp_path: Path, n: int) -> None:
    """n S + u n(n + 1)/2 + a n(n - 1)/2 tokens of input. Source: routing.md 5.6."""
    loop = f"{{kind: loop, turns: {n}, context: 2_000, stages: {{a: {{input: 30, output: 400}}}}}}"
    found = both(tmp_path, f"stages: {{l: {loop}}}").units()
    assert found["a", "m", "input"] == n * 2_000 + 30 * n * (n + 1) // 2 + 400 * n * (n - 1) // 2
    assert found["a", "m", "output"] == 400 * n


def test_a_fraction_of_a_turn_is_a_chance(tmp_path: Path) -> None:
    """2.25 turns: three quarters of the queries take two, the others three."""
    stages = "stages: {a: {input: 30, output: 400}}"
    found = [
        both(tmp_path, f"stages: {{l: {{kind: loop, turns: {n}, context: 2_000, {stages}}}}}").units()
        for n in ("2", "3", "2.25")
    ]
    two, three, more = (each["a", "m", "input"] for each in found)
    assert more == Fraction(3, 4) * two + Fraction(1, 4) * three


def test_a_loop_that_stops_by_chance(tmp_path: Path) -> None:
    """Turn t takes place with (1 - q)^(t - 1), and reads t times the turn's input."""
    loop = "{kind: loop, stop: 40%, most: 5, stages: {a: {input: 30, output: 0}}}"
    found, q = both(tmp_path, f"stages: {{l: {loop}, b: {CALL}}}"), Fraction(2, 5)
    chances = [(1 - q) ** t for t in range(5)]
    assert found.visits() == {"l": 1, "a": sum(chances), "b": 1}
    assert found.visits()["a"] == (1 - (1 - q) ** 5) / q
    assert found.units()["a", "m", "input"] == sum(30 * t * p for t, p in enumerate(chances, 1))
    assert_the_same(found)


def test_a_loop_with_a_spread_of_turns(tmp_path: Path) -> None:
    """E[n] = .2 x 0 + .5 x 1 + .3 x 4 visits; the input goes with n(n + 1)/2."""
    loop = "{kind: loop, spread: {0: 20%, 1: 50%, 4: 30%}, stages: {a: {input: 30, output: 0}}}"
    found = both(tmp_path, f"stages: {{l: {loop}}}")
    assert found.visits()["a"] == Fraction(17, 10)
    assert found.units()["a", "m", "input"] == 30 * (Fraction(1, 2) + Fraction(3, 10) * 10)


def test_a_long_loop_keeps_sixty_digits(tmp_path: Path) -> None:
    """400 turns at a stop of 12.5% have 1200 digits; 99% leave 1e-800: neither is too long a number."""
    for percent in ("12.5", "99"):
        loop = f"{{kind: loop, stop: {percent}%, most: 400, grows: false, stages: {{a: {CALL}}}}}"
        found, q = both(tmp_path, f"stages: {{l: {loop}}}"), Fraction(percent) / 100
        assert abs(found.visits()["a"] - (1 - (1 - q) ** 400) / q) < Fraction(1, 10**55)


def test_ways_of_a_route_add_up(tmp_path: Path) -> None:
    """The classifier runs always; where it errs, P(way) is the law of total probability."""
    text = f"""
stages:
  r:
    kind: route
    shares: {{easy: 70%, hard: 30%}}
    classifier: tell
    confusion: {{easy: {{easy: 90%, hard: 10%}}, hard: {{easy: 25%, hard: 75%}}}}
    stages: {{tell: {CALL}, easy: {CALL}, hard: {CALL}}}
"""
    visits = both(tmp_path, text).visits()
    assert visits["easy"] == Fraction(7, 10) * Fraction(9, 10) + Fraction(3, 10) * Fraction(1, 4)
    assert visits["easy"] + visits["hard"] == visits["tell"] == visits["r"] == 1


def test_an_answer_cache(tmp_path: Path) -> None:
    """The gate costs on every query; misses are 1 - .4 x (1 - .1)."""
    text = f"""
stages:
  c: {{kind: answer_cache, hits: 40%, refresh: 10%, gates: gate, stages: {{gate: {CALL}, answer: {CALL}}}}}
"""
    visits = both(tmp_path, text).visits()
    assert visits == {"c": 1, "gate": 1, "answer": 1 - Fraction(4, 10) * Fraction(9, 10)}


@pytest.mark.parametrize("chance", ["0%", "100%", "35%"])
def test_arms_cost_together(tmp_path: Path, chance: str) -> None:
    """The cost of parallel arms is their sum; what one arm loses, the others have done all the same."""
    text = f"""
stages:
  p:
    kind: parallel
    stages:
      a: {CALL}
      r: {{kind: retry, failure: {chance}, attempts: 1, stages: {{b: {CALL}}}}}
      c: {CALL}
  d: {CALL}
"""
    found, p = both(tmp_path, text), Fraction(chance[:-1]) / 100
    visits = found.visits()
    assert (visits["a"], visits["b"], visits["c"]) == (1, 1, 1)
    assert (visits.get("d", 0), found.stopped) == (1 - p, p)
    assert_the_same(found)
