"""Break-evens: exact where the total is a straight line in the chance, left out where it is not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from support import simulated

BASE = """\
volume: 1_000/month
params: {{redo: {redo}}}
stages: {{a: {{input: 1000, output: {output}}}}}
designs:
  big: sonnet
  small:
    models: {{default: haiku}}
    stages: {{again: {{after: a, chance: redo, like: a, model: {second}}}}}
singles: false
"""


def test_where_both_cost_the_same(tmp_path: Path) -> None:
    """sonnet 4.5e-3, haiku 1.5e-3, an opus pass 22.5e-3 a query: the same at 3/22.5."""
    (flip,) = simulated(tmp_path, BASE.format(redo="8%", output=100, second="opus")).flips
    assert abs(Fraction(flip.chance_at) - Fraction(3, 1) / Fraction("22.5")) < Fraction(1, 10**55)
    assert flip.cheaper_above
    at = simulated(tmp_path, BASE.format(redo=str(flip.chance_at), output=100, second="opus"))
    big, small = at.design("big").total_usd, at.design("small").total_usd
    assert abs(big - small) < big / 10**25


def test_no_flip_outside_zero_to_one(tmp_path: Path) -> None:
    assert simulated(tmp_path, BASE.format(redo="8%", output=100, second="haiku")).flips == ()


def test_a_chance_that_feeds_tokens_too_is_no_straight_line(tmp_path: Path) -> None:
    text = BASE.format(redo="8%", output="100", second="opus").replace(
        "like: a, model", "input: 1000 * redo + 1, output: 100, model"
    )
    assert simulated(tmp_path, text).flips == ()


def test_a_literal_chance_is_a_chance_too(tmp_path: Path) -> None:
    text = BASE.format(redo="8%", output=100, second="opus").replace("chance: redo", "chance: 8%")
    (flip,) = simulated(tmp_path, text).flips
    assert abs(Fraction(flip.chance_at) - Fraction(3, 1) / Fraction("22.5")) < Fraction(1, 10**55)


def test_fixed_costs_and_contingency_move_no_flip(tmp_path: Path) -> None:
    plain = simulated(tmp_path, BASE.format(redo="8%", output=100, second="opus"))
    more = "contingency: 10%\nfixed: {store: $50/month}\n"
    dear = simulated(tmp_path, more + BASE.format(redo="8%", output=100, second="opus"))
    assert abs(plain.flips[0].chance_at - dear.flips[0].chance_at) < 10**-50
