"""What commands do with designs that buy units: each works, and prints totals that add up."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from .conftest import SCENARIOS, Kplan

NAME = "base-load.kplan.yaml"
UNITS = 'designs.base.buys."azure/gpt-5.5".units'


@pytest.fixture(autouse=True)
def _example(tmp_path: Path) -> None:
    shutil.copy(SCENARIOS / NAME, tmp_path)


def simulated(kplan: Kplan, *args: str) -> Any:
    ran = kplan("simulate", NAME, "--format", "json", "-o", "-", *args)
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def design(said: Any, name: str) -> Any:
    return next(each for each in said["designs"] if each["id"] == name)


def test_the_first_page_says_what_is_bought_and_what_it_serves(kplan: Kplan) -> None:
    ran = kplan("simulate", NAME, "-o", "-", "--format", "table")
    assert "base costs $557,355 over 12 months, 10% less than payg ($617,727)." in ran.out
    said = " ".join(ran.out.split())
    assert "base buys 125 x azure/gpt-5.5 global PTU, 1 year, the best number over the plan" in said
    assert (
        "azure/gpt-5.5 global PTU, 1 year $27,625, served by azure/gpt-5.5 global PTU, 1 year -$32,557"
        in said
    )


def test_a_number_set_by_hand_costs_more(kplan: Kplan) -> None:
    best = design(simulated(kplan), "base")
    for units in (120, 130):
        other = design(simulated(kplan, "--set", f"{UNITS}={units}"), "base")
        assert float(other["total"]) > float(best["total"])


def test_samples_explanations_and_variants(kplan: Kplan) -> None:
    assert kplan("simulate", NAME, "--sample", "1000", "-o", "-", "--format", "table").code == 0
    ran = kplan("explain", NAME, "base.answer")
    assert (ran.code, "costs $15.25 per 1,000 queries" in ran.out) == (0, True)
    assert "what is bought serves some: base.buys.azure/gpt-5.5." in " ".join(ran.out.split())
    assert "what is bought" not in kplan("explain", NAME, "base.guard").out
    path = Path(NAME)
    path.write_text(path.read_text() + "variants: {twice: {volume: {queries_per_month: 6_000_000}}}\n")
    said = simulated(kplan, "--variant", "all")
    units = {note.split(" x ")[0] for note in said["notes"] if note.startswith("base buys")}
    assert units == {"base buys 250"}


def test_a_purchase_is_explained_month_by_month(kplan: Kplan) -> None:
    """January: what units cost, what they take off, and what the calls would cost; the whole plan adds up."""
    ran = kplan("explain", NAME, "base.buys.azure/gpt-5.5")
    assert ran.code == 0, ran.err
    assert "It is about openai/gpt-5.5." in ran.out
    assert "125 x azure/gpt-5.5 global PTU, 1 year" in " ".join(ran.out.split())
    assert "calls to openai/gpt-5.5, 71% of them served" in " ".join(ran.out.split())
    said = json.loads(kplan("explain", NAME, "base.buys.azure/gpt-5.5", "--json").out)
    ledger = simulated(kplan)["ledger"]
    lines = [each for each in ledger if (each["design"], each["kind"]) == ("base", "capacity")]
    assert Fraction(said["total"]) == sum(Fraction(each["cost_usd"]) for each in lines)
    assert kplan("explain", NAME, "base.buys.azure/gpt-5").code == 2


def test_a_diff_splits_all_of_it(kplan: Kplan) -> None:
    """The effects of each design add up to its change; what units cost and serve is fixed."""
    path = Path(NAME)
    Path("head.kplan.yaml").write_text(path.read_text().replace("output: 250", "output: 300"))
    ran = kplan("diff", NAME, "head.kplan.yaml")
    assert ran.code == 0
    assert "azure/gpt-5.5 global PTU, 1 year (capacity)" in ran.out
    said = json.loads(kplan("diff", NAME, "head.kplan.yaml", "--format", "json", "-o", "-").out)
    base = next(each for each in said["designs"] if each["id"] == "base")
    assert sum(map(float, base["effects"].values())) == pytest.approx(float(base["delta"]), abs=1e-6)


def test_a_lock_holds_until_the_traffic_changes(kplan: Kplan) -> None:
    assert kplan("lock", NAME).code == 0
    assert kplan("lock", "--check", NAME).code == 0
    path = Path(NAME)
    path.write_text(path.read_text().replace("azure-conversation-2024, peak", "office-hours, peak"))
    ran = kplan("lock", "--check", NAME)
    assert ran.code == 1
    assert "scenario" in ran.out


def test_capacity_says_which_calls_its_limits_count(kplan: Kplan) -> None:
    ran = kplan("capacity", NAME)
    assert ran.code == 0
    assert (
        "Limits count all calls to a model whose units leave some, also those that they serve."
        in " ".join(ran.out.split())
    )


def test_wrong_purchases_are_all_told_at_once(kplan: Kplan) -> None:
    ran = kplan(
        "simulate", NAME, "--set", f"{UNITS}=7", "--set", 'designs.peak.buys."azure/gpt-5.5".term=decade'
    )
    assert ran.code == 2
    assert "7 PTU cannot be bought: from 15 on in steps of 5; write 15" in ran.err
    assert "no term `decade` of azure gpt-5.5 global" in ran.err
