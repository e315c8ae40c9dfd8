"""The two smallest scenarios, as typed, against arithmetic done by hand on the vendors' printed prices."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from kplan.engine.results import Results
from kplan.engine.simulate import simulate
from kplan.prices.book import load_book
from kplan.scenario.load import load_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def mtok(price: str, tokens: int) -> Fraction:
    """USD for tokens at a price per million."""
    return Fraction(price) * tokens / 10**6


@pytest.fixture(scope="module")
def rag() -> Results:
    return simulate(load_scenario(SCENARIOS / "rag.kplan.yaml"), load_book())


@pytest.fixture(scope="module")
def support() -> Results:
    return simulate(load_scenario(SCENARIOS / "support.kplan.yaml"), load_book())


def test_all_sonnet_by_hand(rag: Results) -> None:
    inputs, outputs = 180 + 9_600 + 10_500 + 11_200 + 900, 120 + 200 + 650 + 150 + 700
    by_hand = mtok("2", inputs) + mtok("10", outputs)
    assert by_hand == Fraction("0.08296")
    assert Fraction(rag.design("all-sonnet").cost_per_query_usd) == by_hand
    assert {Fraction(month.cost_usd) for month in rag.design("all-sonnet").months} == {250_000 * by_hand}
    assert Fraction(rag.design("all-sonnet").total_usd) == 248_880


def test_stratified_by_hand(rag: Results) -> None:
    haiku = mtok("0.1", 180 + 9_600 + 11_200 + 900) + mtok("0.5", 120 + 200 + 30 + 700)
    sonnet = mtok("2", 10_500) + mtok("10", 650)
    opus = Fraction(8, 100) * (mtok("4", 11_350) + mtok("20", 650))
    assert (
        Fraction(rag.design("stratified").cost_per_query_usd) == haiku + sonnet + opus == Fraction("0.034885")
    )
    assert Fraction(rag.design("stratified").total_usd) == 104_655


def test_the_verdict_does_not_call_anything_best(rag: Results) -> None:
    assert rag.verdict.headline == ("stratified costs $8,721 a month, 58% less than all-sonnet ($20,740).",)
    assert "all claude-haiku-5-5 would cost $1,037, 88% less again" in rag.verdict.caveats[0]
    said = " ".join([*rag.verdict.headline, *rag.verdict.caveats]).lower()
    assert not {"best", "choose", "recommend", "recommended"} & set(said.split())


def test_the_flip_by_hand(rag: Results) -> None:
    """all-sonnet = the rest of stratified + p x one opus pass."""
    opus = mtok("4", 11_350) + mtok("20", 650)
    at = (Fraction("0.08296") - (Fraction("0.034885") - Fraction(8, 100) * opus)) / opus
    (flip,) = rag.flips
    assert (flip.design, flip.stage, flip.other, flip.cheaper_above) == (
        "stratified",
        "second_pass",
        "all-sonnet",
        True,
    )
    assert abs(Fraction(flip.chance_at) - at) < Fraction(1, 10**55)


def test_single_models_are_added_once(rag: Results) -> None:
    assert [(design.id, design.added) for design in rag.designs] == [
        ("all-sonnet", False),
        ("stratified", False),
        ("claude-haiku-5-5", True),
        ("claude-opus-5-5", True),
    ]


def test_what_january_does_by_hand(support: Results) -> None:
    fresh, cached, out = 700 + 1_600, 2_400, 20 + 350
    stay = mtok("0.75", fresh) + mtok("0.075", cached) + mtok("3.75", out)
    switch = mtok("0.75", fresh) + mtok("0.075", cached) + mtok("4.5", out)
    months = [Fraction(month.cost_usd) for month in support.design("stay").months]
    assert months == [400_000 * stay] * 2 + [800_000 * stay] * 4
    assert Fraction(support.design("switch").total_usd) == 6 * 400_000 * switch
    assert [round(float(1000 * stay), 2), round(float(1000 * switch), 2)] == [3.29, 3.57]


def test_january_is_announced_and_breaks_the_budget(support: Results) -> None:
    (event,) = support.events
    assert (event.on, event.model, event.status) == (date(2027, 1, 1), "google/gemini-3.8-flash", "announced")
    assert event.text == "2027-01-01 gemini-3.8-flash input, cache_read, output x2 (announced)"
    assert support.verdict.headline == (
        "stay is cheapest to 2026-12; from 2027-01 switch is, by $1,206 a month.",
        "Over all 6 months switch costs $8,568, 35% less than stay ($13,170).",
        "stay breaks the $2,000 budget in 4 of 6 months, first 2027-01.",
    )
    over = [month.month for month in support.design("stay").months if month.over_budget]
    assert over == ["2027-01", "2027-02", "2027-03", "2027-04"]
