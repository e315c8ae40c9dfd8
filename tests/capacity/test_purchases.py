"""What is on offer: break-evens as published, every deployment, and the curve of costs by volume."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kplan.capacity.market import Market
from kplan.capacity.purchases import PAYG, ModelQuote, break_even_curve, model_quotes
from kplan.capacity.study import DesignStudy, study
from kplan.regress.run import books_of, run
from kplan.scenario.load import load_scenario

SCENARIO = """
months: 2026-11..2027-04
volume: {queries_per_month: 10_000_000, growth_per_month: 3%}
traffic: {week: azure-conversation-2024, peak_factor: 1.2}
limits: {accounts: {openai: Tier 5}}
stages:
  answer: {input: 2_000, output: 200}
  nightly: {input: 500, output: 5, mode: batch, model: openai/gpt-4.1-mini}
designs: {d: {models: {answer: MODEL}}}
singles: false
"""


def designs(folder: Path, model: str) -> tuple[DesignStudy, ...]:
    path = folder / "s.kplan.yaml"
    path.write_text(SCENARIO.replace("MODEL", model))
    results = run(path, allow_retired=True)
    return study(results, books_of({"": load_scenario(path)})).designs


def quotes(folder: Path, model: str) -> dict[str, ModelQuote]:
    [design] = designs(folder, model)
    return {each.offer_id: each for each in design.quotes}


@pytest.mark.parametrize(
    ("model", "offer", "percents"),
    [
        ("openai/gpt-4.1", "azure gpt-4.1 global", {"hourly": 278, "1 month": 99, "1 year": 84}),
        ("openai/gpt-4o", "azure gpt-4o global", {"hourly": 267, "1 month": 95, "1 year": 81}),
        ("openai/gpt-5", "azure gpt-5 global", {"hourly": 281, "1 month": 100, "1 year": 85}),
        (
            "google/gemini-2.5-flash",
            "google gemini-2.5-flash global",
            {"1 week": 255, "1 month": 132, "3 months": 117, "1 year": 98},
        ),
        ("openai/gpt-4.1", "openai gpt-4.1 scale-tier input", {"30 days": 127}),
        ("openai/gpt-4.1", "openai gpt-4.1 scale-tier output", {"30 days": 125}),
    ],
)
def test_break_evens_are_those_of_the_list_prices(
    tmp_path: Path, model: str, offer: str, percents: dict[str, int]
) -> None:
    """Worked out apart from kplan, for calls of 2,000 and 200 tokens: a unit's price over that of its calls.

    gemini-2.5-flash by hand: 2,690 x 3,600 / (2,000 + 9 x 200) calls an hour at $0.0011 are $2.80 a unit.
    """
    found = quotes(tmp_path, model)[offer]
    said = {each.price.term: each.break_even for each in found.quote.terms}
    assert {term: round(float(even or 0) * 100) for term, even in said.items()} == percents
    assert found.pays is any(percent < 100 for percent in percents.values())
    for each in found.quote.terms:
        assert each.base is not None
        assert (each.base.units > 0) is (float(each.break_even or 9) < 1)


def test_every_deployment_under_whatever_name(tmp_path: Path) -> None:
    """What waits in batches is not quoted."""
    found = quotes(tmp_path, "openai/gpt-5")
    places = {(each.sold_as, each.deployment) for each in found.values()}
    assert {("azure/gpt-5", "global"), ("azure/gpt-5", "regional"), ("openai/gpt-5", "scale-tier")} <= places
    assert {each.model for each in found.values()} == {"openai/gpt-5"}
    [design] = designs(tmp_path, "openai/gpt-5")
    assert (design.not_quoted, design.bought) == ((), ())


def test_the_load_and_its_sizing(tmp_path: Path) -> None:
    """10 million calls in November at 2,000 + 8 x 200 tokens over 4,750 a minute; the peak sizes."""
    found = quotes(tmp_path, "openai/gpt-5")["azure gpt-5 global"]
    assert found.loads.shape == (168,)
    assert found.loads.mean() == pytest.approx(10e6 / (30 * 1440) * 3600 / 4750)
    assert float(found.quote.sizing.needed) == pytest.approx(found.loads.max())
    assert found.quote.payg is not None
    assert found.quote.payg.usd * 720 == pytest.approx(10e6 * (2000 * 1.25 + 200 * 10) / 1e6)
    assert (found.month, found.queries) == ("2026-11", 10_000_000)


def test_the_curve_of_costs_by_volume(tmp_path: Path) -> None:
    """Paid call by call it is what so many calls cost; units never cost more; at the load it is the quote.

    The load of 10 million in November's 720 hours is 730 / 720 of them in the 730 hours of the curve's month.
    """
    found = quotes(tmp_path, "openai/gpt-5")["azure gpt-5 global"]
    volumes, costs = break_even_curve(found)
    assert (volumes[0], *volumes[[20, 40]]) == pytest.approx((0, 10e6 * 730 / 720, 20e6 * 730 / 720))
    assert costs[PAYG] == pytest.approx(volumes * (2000 * 1.25 + 200 * 10) / 1e6)
    best = [label for label in costs if label.endswith("best base")]
    assert len(best) == 3
    for label in best:
        assert (costs[label] <= costs[PAYG] * (1 + 1e-12)).all()
        assert (np.diff(costs[label]) > 0).all()
    term = found.quote.cheapest
    assert term.base is not None
    assert costs[f"{term.price.term}, best base"][20] == pytest.approx(term.base.usd * 730)
    assert costs[f"{term.price.term}, for the peak"][20] == pytest.approx(term.peak.usd * 730)


def test_a_throughput_that_nobody_publishes_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.kplan.yaml"
    path.write_text(
        SCENARIO.replace("MODEL", "openai/gpt-5").replace("singles", "offers: {book: own.yaml}\nsingles")
    )
    (tmp_path / "own.yaml").write_text(
        "provider: acme\noffers:\n  - {models: [big], deployments: [x], throughput: unknown,"
        " payg: openai/gpt-5, prices: [{term: t, usd: 1, per: hour}]}\n"
    )
    results = run(path, allow_retired=True)
    market = Market.of(results.plans[0], books_of({"": load_scenario(path)})[""])
    found, skipped = model_quotes(market, results.plans[0].designs[0])
    assert [each.what for each in skipped] == ["acme/big x"]
    assert "is not published" in skipped[0].why
    assert found
