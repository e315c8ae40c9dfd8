"""Months, growth, seasons and days."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from kplan.engine.results import Results
from support import simulated

PIPELINE = "stages: {a: {input: 1_000_000, output: 0}}\ndesigns: {x: haiku}\n"


def queries(results: Results) -> list[Decimal]:
    return [month.queries for month in results.designs[0].months]


def test_growth_starts_in_the_second_month(tmp_path: Path) -> None:
    text = "volume: {queries_per_month: 1000, start: 2027-01, months: 4, growth_per_month: 10%}\n" + PIPELINE
    assert queries(simulated(tmp_path, text)) == [1000, 1100, 1210, 1331]


def test_long_growth_keeps_sixty_digits(tmp_path: Path) -> None:
    text = (
        "volume: {queries_per_month: 1000, start: 2027-01, months: 120, growth_per_month: 3.37%}\n" + PIPELINE
    )
    last = queries(simulated(tmp_path, text))[-1]
    true = 1000 * Fraction("1.0337") ** 119
    assert abs(Fraction(last) / true - 1) < Fraction(1, 10**56)


def test_seasons_go_by_calendar_month(tmp_path: Path) -> None:
    seasons = "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1.5, 2]"
    text = (
        f"volume: {{queries_per_month: 1000, start: 2026-11, months: 3, seasonality: {seasons}}}\n" + PIPELINE
    )
    assert queries(simulated(tmp_path, text)) == [1500, 2000, 1000]


def test_a_volume_per_day_follows_the_days_of_the_month(tmp_path: Path) -> None:
    text = "volume: 8_000/day\nmonths: 2028-01..2028-03\n" + PIPELINE
    assert queries(simulated(tmp_path, text)) == [8_000 * 31, 8_000 * 29, 8_000 * 31]


def test_the_horizon_runs_over_the_turn_of_the_year(tmp_path: Path) -> None:
    text = "volume: 1/month\nmonths: 2026-11..2027-02\n" + PIPELINE
    months = [month.month for month in simulated(tmp_path, text).designs[0].months]
    assert months == ["2026-11", "2026-12", "2027-01", "2027-02"]


def test_fixed_costs_and_contingency_are_lines_of_their_own(tmp_path: Path) -> None:
    text = (
        "months: 2027-01..2027-02\nvolume: 100/month\nfixed: {store: $50/month}\ncontingency: 10%\n"
        + PIPELINE
    )
    results = simulated(tmp_path, text)
    assert results.design("x").total_usd == 2 * (100 + 50) * Decimal("1.1")
    labels = [(row.month, row.label) for row in results.ledger if row.kind != "usage"]
    assert labels == [
        (month, label) for month in ("2027-01", "2027-02") for label in ("store", "contingency")
    ]
    assert {row.kind: row.cost_usd for row in results.ledger} == {
        "usage": 100, "fixed": 50, "contingency": 15,
    }  # fmt: skip
    assert results.design("x").cost_per_query_usd == 1
