"""`kplan simulate --sample`: queries drawn, told in every format, the same for the same seed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

Kplan = Callable[..., Any]

SCENARIO = """
volume: 200_000/month
months: 2027-01..2027-02
stages:
  answer: {input: 4_000, output: 500}
  again: {kind: second_pass, like: answer, after: answer, chance: 10%}
designs: {base: claude-sonnet-5-5, mix: {models: {default: claude-haiku-5-5, again: claude-sonnet-5-5}}}
"""
VARYING = SCENARIO.replace("input: 4_000", "input: {mean: 4_000, p95: 9_000}")


@pytest.fixture(params=[SCENARIO, VARYING], ids=["ways", "tokens"])
def scenario(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    (tmp_path / "s.kplan.yaml").write_text(request.param, encoding="utf-8")
    return "s.kplan.yaml"


def test_every_format_tells_the_same_figures(kplan: Kplan, scenario: str) -> None:
    found = json.loads(kplan("simulate", scenario, "--sample", "20_000", "--format", "json").out)
    assert found["sample"] == {"n": 20_000, "seed": 1}
    sample = found["designs"][0]["sample"]
    mean = sample["cost"]["mean"]
    exact = Decimal(found["designs"][0]["cost_per_query"])
    assert Decimal(mean["low"]) < exact < Decimal(mean["high"])
    assert sample["queries"] == 20_000
    low, high = (Decimal(sample["months"][0][key]) for key in ("p10", "p90"))
    assert low < Decimal(found["designs"][0]["cost_per_month"][0]["cost"]) < high
    said = f"{Decimal(mean['value']):.5f}"[:7]
    for words in (("-o", "-"), ("--format", "markdown"), ("--format", "html")):
        shown = kplan("simulate", scenario, "--sample", "20_000", *words).out
        assert "20,000 queries of each design, seed 1" in shown
        assert f"${said}" in shown, words


def test_the_same_seed_gives_the_same_bytes(kplan: Kplan, scenario: str) -> None:
    def ran(*words: str) -> Any:
        return kplan("simulate", scenario, "--sample", "3_000", "--format", "json", *words).out

    assert ran() == ran("--seed", "1")
    assert ran() != ran("--seed", "2")


def test_the_page_says_how_to_draw_the_same_again(kplan: Kplan, scenario: str) -> None:
    shown = kplan("simulate", scenario, "--sample", "3_000", "--seed", "7", "--format", "html").out
    assert f"kplan simulate --sample 3000 --seed 7 {scenario}" in shown
    assert "--sample" not in kplan("simulate", scenario, "--format", "html").out


def test_without_it_nothing_is_drawn_or_imported(kplan: Kplan, tmp_path: Path) -> None:
    (tmp_path / "s.kplan.yaml").write_text(SCENARIO, encoding="utf-8")
    found = json.loads(kplan("simulate", "s.kplan.yaml", "--format", "json").out)
    assert "sample" not in found
    assert not any("sample" in design for design in found["designs"])
    listing = (
        "import sys; from kplan.cli.main import exit_code\n"
        "exit_code(['simulate', 's.kplan.yaml', '-o', '-'])\n"
        "print([n for n in ('numpy', 'scipy') if n in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", listing], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert ran.stdout.endswith("[]\n")


@pytest.mark.parametrize("n", ["999", "0", "-5", "many"])
def test_too_few_to_tell_anything_are_refused(kplan: Kplan, scenario: str, n: str) -> None:
    ran = kplan("simulate", scenario, "--sample", n)
    assert ran.code == 2
    assert "--sample" in ran.err


def test_one_scenario_at_a_time(kplan: Kplan, scenario: str) -> None:
    ran = kplan("simulate", scenario, scenario, "--sample", "2_000")
    assert ran.code == 2
    assert "one scenario" in ran.err


def test_each_variant_is_drawn(kplan: Kplan, tmp_path: Path) -> None:
    text = f"{SCENARIO}variants: {{often: {{stages: {{again: {{chance: 30%}}}}}}}}\n"
    (tmp_path / "s.kplan.yaml").write_text(text, encoding="utf-8")
    ran = kplan("simulate", "s.kplan.yaml", "--variant", "often", "--sample", "2_000", "--format", "json")
    found = json.loads(ran.out)["designs"]
    assert all(design["sample"]["queries"] == 2_000 for design in found)
    assert found[1]["sample"]["against_baseline"]["design"] == found[0]["id"]


def test_a_month_under_a_contract_has_no_range(kplan: Kplan, tmp_path: Path) -> None:
    """A minimum bends it: below it nothing is paid less."""
    path = tmp_path / "c.kplan.yaml"
    path.write_text(
        "volume: 1_000/month\nstages: {a: {input: 1_000, output: 100, chance: 50%}}\n"
        "designs: {d: claude-haiku-5-5}\nsingles: false\n"
        "contracts: {c: {models: 'anthropic/*', minimum: $50/month}}\n",
        encoding="utf-8",
    )
    said = kplan("simulate", str(path), "--sample", "1000", "--format", "json")
    (design,) = json.loads(said.out)["designs"]
    assert design["sample"]["months"] == []
    assert "$50" in kplan("simulate", str(path), "--sample", "1000", "--format", "table").out
