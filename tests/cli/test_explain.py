"""`kplan explain`: a figure as a sum whose lines add up to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

Kplan = Callable[..., Any]

MIXED = """
volume: 1_000/month
params: {chunks: 8}
stages:
  answer.short: {input: chunks * 100, output: 50, calls: 2}
mix:
  easy: {share: 75%, params: {chunks: 2}}
  hard: {share: 25%}
designs: {gpt.mini: claude-haiku-5-5}
"""


def test_a_chance_is_shown_as_a_factor(kplan: Kplan) -> None:
    out = kplan("explain", "rag.kplan.yaml", "stratified.second_pass").out
    assert "stratified.second_pass costs $4.67 per 1,000 queries, 13% of stratified." in out
    assert "in 8% of queries" in out
    assert "0.08 x 11,350 = 908  x $4.00 per 1M tokens   = $0.003632" in out
    assert "                             per query               = $0.004672\n" in out
    assert "2026-12: 250,000 queries, $1,168 for the month." in out
    assert "anthropic/claude-opus-5-5 input" in out
    assert "https://" in out
    assert "2026-11-21" in out


def test_later_prices_are_told(kplan: Kplan) -> None:
    out = kplan("explain", "support.kplan.yaml", "stay.answer").out
    assert "From 2027-01-01: $5.39 per 1,000 queries." in out
    assert "until before 2027-01-01" in out


def test_classes_with_their_shares_and_names_with_dots(kplan: Kplan, tmp_path: Path) -> None:
    (tmp_path / "mixed.yaml").write_text(MIXED)
    ran = kplan("explain", "mixed.yaml", "gpt.mini.answer.short")
    assert ran.code == 0, ran.err
    assert "easy, 75% of queries\n" in ran.out
    assert "hard, 25% of queries\n" in ran.out
    assert "Averaged over the classes: $" in ran.out
    document = json.loads(kplan("explain", "mixed.yaml", "gpt.mini.answer.short", "--json").out)
    costs = {part["class"]: Decimal(part["cost_per_query"]) for part in document["classes"]}
    assert costs == {
        "easy": 2 * (200 * Decimal("0.1e-6") + 50 * Decimal("0.5e-6")),
        "hard": 2 * (800 * Decimal("0.1e-6") + 50 * Decimal("0.5e-6")),
    }
    assert Decimal(document["cost_per_query"]) == costs["easy"] * Decimal("0.75") + costs["hard"] * Decimal(
        "0.25"
    )
    assert Decimal(document["month"]["cost"]) == 1_000 * Decimal(document["cost_per_query"])


def test_later_prices_are_told_class_by_class(kplan: Kplan, tmp_path: Path) -> None:
    (tmp_path / "mixed.yaml").write_text(
        MIXED.replace("claude-haiku-5-5", "gemini-3.8-flash").replace(
            "volume", "months: 2026-11..2027-04\nvolume"
        )
    )
    document = json.loads(kplan("explain", "mixed.yaml", "gpt.mini.answer.short", "--json").out)
    (later,) = document["later"]
    assert later["from"] == "2027-01-01"
    costs = [(part["class"], 2 * Decimal(part["cost_per_query"])) for part in document["classes"]]
    assert costs == [(part["class"], Decimal(part["cost_per_query"])) for part in later["classes"]]
    out = " ".join(kplan("explain", "mixed.yaml", "gpt.mini.answer.short").out.split())
    assert re.search(
        r"From 2027-01-01: \$\S+ per 1,000 queries of easy, \$\S+ per 1,000 queries of hard\.", out
    )


@pytest.mark.parametrize("figure", ["stratified.verify", "all-sonnet.cite", "claude-opus-5-5.expand"])
def test_lines_add_up(kplan: Kplan, figure: str) -> None:
    document = json.loads(kplan("explain", "rag.kplan.yaml", figure, "--json").out)
    assert (document["kind"], document["schema_version"]) == ("kplan/explanation", 1)
    lines = document["classes"][0]["lines"]
    assert all(
        Decimal(line["quantity"]) * Decimal(line["unit_price"]) == Decimal(line["cost"]) for line in lines
    )
    assert sum(Decimal(line["cost"]) for line in lines) == Decimal(document["cost_per_query"])
    assert all(line["price_row"]["source_url"] for line in lines)


def test_several_models_are_told_apart_and_empty_tiers_left_out(kplan: Kplan, tmp_path: Path) -> None:
    (tmp_path / "shared.yaml").write_text(
        "volume: 1_000/month\nstages: {a: {input: 100_000, output: 1}}\n"
        "designs: {d: {models: {default: {claude-opus-5-5: 30%, claude-haiku-5-5: 70%}}}}\n"
    )
    out = kplan("explain", "shared.yaml", "d.a").out
    assert "anthropic/claude-opus-5-5\ninput   0.3 x 100,000 = 30,000  x $4.00" in out
    assert "anthropic/claude-haiku-5-5\ninput   0.7 x 100,000 = 70,000  x $0.10" in out
    assert ">100000" not in out


NESTED = """
volume: 1_000/month
stages:
  agent:
    kind: loop
    turns: 2
    context: 100
    cache: 5m
    stages: {think: {input: 10, output: 5}, again: {input: 10, output: 5, chance: 8%}}
designs: {d: {models: {default: claude-haiku-5-5, think: {claude-haiku-5-5: 50%, claude-opus-5-5: 50%}}}}
"""


def test_stages_of_blocks(kplan: Kplan, tmp_path: Path) -> None:
    """Each model once, with all its lines; a stage in a loop is visited more often than its chance says."""
    (tmp_path / "nested.yaml").write_text(NESTED)
    out = kplan("explain", "nested.yaml", "d.think").out
    assert "It runs on claude-haiku-5-5 + claude-opus-5-5, 2 times a query." in out
    sums = out.partition("Prices")[0].splitlines()
    assert sums.count("anthropic/claude-haiku-5-5") == sums.count("anthropic/claude-opus-5-5") == 1
    assert (
        "It runs on claude-haiku-5-5, 0.16 times a query." in kplan("explain", "nested.yaml", "d.again").out
    )
    ran = kplan("explain", "nested.yaml", "d.agent")
    told = "d.agent is a block, billed for nothing itself; name one of its stages: d.think, d.again"
    assert (ran.code, ran.err.strip()) == (2, told)


def test_a_stage_that_costs_nothing(kplan: Kplan, tmp_path: Path) -> None:
    (tmp_path / "free.yaml").write_text(
        "volume: 9/month\nstages: {a: {input: 0, output: 0}}\ndesigns: {d: claude-opus-5-5}\n"
    )
    assert "Nothing is billed: $0 per query." in kplan("explain", "free.yaml", "d.a").out


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ("stratified.verfy", 'no stage "verfy" in stratified; did you mean stratified.verify?'),
        ("stratfied.verify", 'no design "stratfied"; did you mean stratified?'),
        ("stratified", "stratified is a whole design; name one of its stages: stratified.expand"),
        ("x", 'no design "x"; there are all-sonnet, stratified'),
    ],
)
def test_unknown_figure(kplan: Kplan, figure: str, said: str) -> None:
    ran = kplan("explain", "rag.kplan.yaml", figure)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_no_line_is_longer_than_the_screen(kplan: Kplan, monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in ("60", "80", "120"):
        monkeypatch.setenv("COLUMNS", columns)
        for figure in ("stratified.second_pass", "all-sonnet.cite"):
            out = kplan("explain", "rag.kplan.yaml", figure).out
            assert max(map(len, out.splitlines())) <= int(columns)
