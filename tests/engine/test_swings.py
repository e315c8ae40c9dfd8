"""One input at a time: by hand where the cost is a straight line, and nothing where there is no total."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from kplan.engine.plan import Plan
from kplan.engine.swings import Swing, parts_of_wholes, swings
from kplan.form.decimals import Decimals
from kplan.form.graph import Node
from support import simulated

LINEAR = """
volume: 1_000_000/month
months: 2027-01..2027-02
params: {n: 100, m: 7, idle: 3}
stages: {a: {input: n, output: 10}, b: {input: 1_000 / m, output: 0}}
designs: {d: haiku}
mix: {one: 60%, two: {share: 40%, params: {idle: 4}}}
singles: false
"""


def leaf(plan: Plan, name: str) -> Node:
    return next(Node(n) for n, entry in enumerate(plan.graph.entries) if entry.name == name)


def moved(folder: Path, ends: dict[str, tuple[str, str]]) -> tuple[Plan, list[Swing]]:
    (plan,) = simulated(folder, LINEAR).plans
    nodes = {leaf(plan, name): (Decimal(low), Decimal(high)) for name, (low, high) in ends.items()}
    return plan, swings(plan.designs[0], Decimals(plan.graph), nodes)


def test_by_hand(tmp_path: Path) -> None:
    """2 million queries at a dollar a million input tokens: 100 tokens more are 200 dollars more."""
    plan, found = moved(tmp_path, {"params.n": ("50", "150"), "volume.queries_per_month": ("0", "10")})
    tokens, volume = found
    usd = Decimals(plan.graph)[plan.designs[0].total]
    assert tokens.usd_at_high is not None
    assert tokens.size_usd == 200
    assert tokens.usd_at_high - usd == usd - (tokens.usd_at_low or 0) == 100
    assert (volume.node, volume.usd_at_low) == (leaf(plan, "volume.queries_per_month"), 0)
    assert Fraction(volume.size_usd) == Fraction(usd) / 100_000


def test_the_widest_comes_first(tmp_path: Path) -> None:
    plan, found = moved(tmp_path, {"params.n": ("99", "101"), "stages.a.output": ("9", "11")})
    assert [plan.graph.entries[each.node].name for each in found] == ["stages.a.output", "params.n"]


def test_an_end_without_a_total_is_none(tmp_path: Path) -> None:
    """1 000 / 0 tokens."""
    _, (swing,) = moved(tmp_path, {"params.m": ("0", "10")})
    assert swing.usd_at_low is None
    assert swing.usd_at_high is not None
    assert swing.size_usd == 0


def test_what_a_design_does_not_use_does_not_move_it(tmp_path: Path) -> None:
    _, found = moved(tmp_path, {"params.idle": ("0", "10")})
    assert found == []


def test_shares_of_the_mix_do_not_move_alone(tmp_path: Path) -> None:
    (plan,) = simulated(tmp_path, LINEAR).plans
    names = {plan.graph.entries[node].name for node in parts_of_wholes(plan)}
    assert {"mix.one.share", "mix.two.share"} <= names
    assert "params.n" not in names


def test_what_moves_nothing_is_left_out(tmp_path: Path) -> None:
    """The same number at both ends."""
    _, found = moved(tmp_path, {"params.n": ("100", "100"), "stages.a.output": ("9", "11")})
    assert len(found) == 1
