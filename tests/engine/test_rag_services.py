"""The shipped scenario of a pipeline with all its services, by hand and in every text output."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from kplan.engine.results import Results
from kplan.engine.simulate import simulate
from kplan.prices.book import load_book
from kplan.render import render
from kplan.render.explain import render as explained
from kplan.scenario.load import load_scenario

SCENARIO = Path(__file__).parents[2] / "scenarios" / "rag-services.kplan.yaml"


@pytest.fixture(scope="module")
def results() -> Results:
    scenario = load_scenario(SCENARIO)
    return simulate(scenario, load_book(scenario.price_books()))


def test_each_stage_by_hand(results: Results) -> None:
    """150 documents of 450 tokens with a question of 60 are split in two: 300 chunks, 3 searches."""
    found = {stage.id: Fraction(stage.cost_per_query_usd) for stage in results.design("old-tokenizer").stages}
    tokens = 8 * 450 + 2_400
    assert found == {
        "embed": 60 * Fraction("0.02") / 10**6,
        "retrieve": 24 * Fraction(16) / 10**6,
        "rerank": 3 * Fraction("2.50") / 1_000,
        "answer": (
            (tokens * (Fraction("0.65") * 5 + Fraction("0.30") / 2 + Fraction("0.05") * Fraction("6.25")))
            + 900 * 25
        )
        / 10**6
        + Fraction("0.2") * 10 / 1_000,
        "cite": 0,
        "review": Fraction("0.005") * 3 * Fraction("0.75"),
    }


def test_the_tokenizer_makes_tokens_and_nothing_else_dearer(results: Results) -> None:
    old, new = ({s.id: s for s in results.design(id_).stages} for id_ in ("old-tokenizer", "new-tokenizer"))
    search = Decimal("0.002")
    factor = Decimal("1.373")
    assert new["answer"].cost_per_query_usd - search == factor * (old["answer"].cost_per_query_usd - search)
    for id_ in old.keys() - {"answer"}:
        assert new[id_].cost_per_query_usd == old[id_].cost_per_query_usd


def test_only_chat_models_are_compared(results: Results) -> None:
    assert [design.id for design in results.designs] == ["old-tokenizer", "new-tokenizer"]
    assert results.not_included == ("vector writes", "retries")


@pytest.mark.parametrize(
    ("stage", "lines"),
    [
        ("answer", ["3,900 x 1.373 = 5,354.7  x $5.00 per 1M tokens", "x $10.00 per 1,000 searches"]),
        ("rerank", ["3  x $2.50 per 1,000 searches  = $0.0075", "estimated", "developer.puter.com"]),
        ("retrieve", ["24  x $16.00 per 1M read units"]),
        ("embed", ["60  x $0.02 per 1M tokens", "embedding billed at the rate of input: no row of its own"]),
        ("review", ["0.005 x 3 = 0.015  x $0.75 per minute"]),
        ("cite", ["It runs on no model.", "Nothing is billed: $0 per query."]),
    ],
)
def test_each_stage_is_explained(results: Results, stage: str, lines: list[str]) -> None:
    text = explained(results, f"new-tokenizer.{stage}", 140, False)
    for line in lines:
        assert line in text
    assert ("Prices" in text) == (stage != "cite")


@pytest.mark.parametrize("name", ["markdown", "html", "csv", "json"])
def test_services_stand_in_every_output(results: Results, name: str) -> None:
    text = render(name, results).decode()
    for service in ("cohere/rerank-v4.0-pro", "pinecone/standard", "our/support-agent"):
        assert service in text
    if name == "markdown":
        assert "| `cite` | (code) |" in text
    if name == "html":
        assert "<small>code</small>" in text
