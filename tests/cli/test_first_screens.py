"""The first screens as a newcomer sees them: whole, and right by hand arithmetic on the vendors' prices."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

Kplan = Callable[..., Any]


def mtok(usd: str, tokens: int | Fraction) -> Fraction:
    """USD for tokens at a price per million."""
    return Fraction(usd) * tokens / 1_000_000


INPUT, OUTPUT = 180 + 9_600 + 10_500 + 11_200 + 900, 120 + 200 + 650 + 150 + 700
HAIKU, SONNET, OPUS = ("0.1", "0.5"), ("2", "10"), ("4", "20")


def everywhere(prices: tuple[str, str]) -> Fraction:
    return mtok(prices[0], INPUT) + mtok(prices[1], OUTPUT)


def stratified() -> Fraction:
    haiku = mtok("0.1", 180 + 9_600 + 11_200 + 900) + mtok("0.5", 120 + 200 + 30 + 700)
    sonnet = mtok("2", 10_500) + mtok("10", 650)
    opus = Fraction(8, 100) * (mtok("4", 11_350) + mtok("20", 650))
    return haiku + sonnet + opus


@pytest.mark.parametrize("name", ["rag", "support"])
@pytest.mark.parametrize("width", ["80", "120"])
def test_screen(
    kplan: Kplan, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, name: str, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    golden(f"{name}-{width}.txt", kplan("simulate", f"{name}.kplan.yaml", "--format", "table").out)


def test_explanation(kplan: Kplan, golden: Callable[[str, str], None]) -> None:
    golden("explain-second-pass.txt", kplan("explain", "rag.kplan.yaml", "stratified.second_pass").out)


def test_markdown(kplan: Kplan, golden: Callable[[str, str], None]) -> None:
    """All but the last two lines, which hold hashes."""
    text = kplan("simulate", "rag.kplan.yaml", "--format", "markdown").out
    golden("rag.md", "\n".join([*text.splitlines()[:-2], ""]))


def test_rag_by_hand(kplan: Kplan) -> None:
    found = {
        d["id"]: d for d in json.loads(kplan("simulate", "rag.kplan.yaml", "--format", "json").out)["designs"]
    }
    by_hand = {
        "all-sonnet": everywhere(SONNET),
        "stratified": stratified(),
        "claude-haiku-5-5": everywhere(HAIKU),
        "claude-opus-5-5": everywhere(OPUS),
    }
    assert by_hand["all-sonnet"] == Fraction("0.08296")
    assert {id_: Fraction(design["cost_per_query"]) for id_, design in found.items()} == by_hand
    for id_, usd in by_hand.items():
        assert [Fraction(month["cost"]) for month in found[id_]["cost_per_month"]] == [250_000 * usd] * 12
        assert Fraction(found[id_]["total"]) == 12 * 250_000 * usd
    saved = 1 - by_hand["stratified"] / by_hand["all-sonnet"]
    assert abs(Fraction(found["stratified"]["saving"]["pct"]) - 100 * saved) < Fraction(1, 10**50)
    assert [design["added"] for design in found.values()] == [False, False, True, True]


def test_support_by_hand(kplan: Kplan) -> None:
    found = {
        d["id"]: d
        for d in json.loads(kplan("simulate", "support.kplan.yaml", "--format", "json").out)["designs"]
    }
    fresh, read, out = 700 + 4_000 * Fraction(4, 10), 4_000 * Fraction(6, 10), 20 + 350
    stay = mtok("0.75", fresh) + mtok("0.075", read) + mtok("3.75", out)
    switch = mtok("0.75", fresh) + mtok("0.075", read) + mtok("4.5", out)
    assert Fraction(found["stay"]["cost_per_query"]) == stay
    assert Fraction(found["switch"]["cost_per_query"]) == switch
    months = [(m["month"], Fraction(m["cost"]), m["over_budget"]) for m in found["stay"]["cost_per_month"]]
    assert months[:2] == [("2026-11", 400_000 * stay, False), ("2026-12", 400_000 * stay, False)]
    assert [(cost, over) for _, cost, over in months[2:]] == [(400_000 * 2 * stay, True)] * 4
    assert Fraction(found["stay"]["total"]) == 400_000 * stay * (2 + 4 * 2)
    assert Fraction(found["switch"]["total"]) == 400_000 * switch * 6
