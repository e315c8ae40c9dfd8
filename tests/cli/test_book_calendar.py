from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from kplan.cli.book_calendar import _span

Kplan = Callable[..., Any]

BOOK = """provider,model,meter,usd,valid_from,valid_to,status
acme,m,input,2,,2027-02-01,
acme,m,input,3,2027-02-01,,announced
acme,m,output,10,,,
acme,new,input,1,2027-02-01,,
"""
SCENARIO = """
volume: 1_000_000/month
months: 2026-12..2027-05
prices: {book: acme.yaml}
stages: {a: {input: 1000, output: 100}}
designs: {d: acme/m}
"""
YAML = """rows:
  - {provider: acme, model: m, meter: input, usd: 2, valid_to: 2027-02-01}
  - {provider: acme, model: m, meter: input, usd: 3, valid_from: 2027-02-01, status: announced}
  - {provider: acme, model: m, meter: output, usd: 10}
models:
  - {provider: acme, id: m, deprecated_on: 2027-01-10, retires_on: 2027-05-31, successor: acme/new}
"""


@pytest.fixture
def plans(kplan: Kplan) -> Kplan:
    Path("acme.yaml").write_text(YAML, encoding="utf-8")
    Path("p").mkdir()
    for name in ("one", "two"):
        Path("p", f"{name}.kplan.yaml").write_text(
            SCENARIO.replace("acme.yaml", "../acme.yaml"), encoding="utf-8"
        )
    return kplan


def test_the_whole_book_by_day(kplan: Kplan) -> None:
    """A model that is new is no change."""
    Path("acme.csv").write_text(BOOK, encoding="utf-8")
    ran = kplan("book", "calendar", "--book", "acme.csv", "--from", "2026-11-22", "--months", "3")
    assert (ran.code, ran.err) == (0, "")
    assert (
        "2026-11-30  retirement  anthropic/claude-sonnet-4-5\n  retires; successor claude-sonnet-5-5"
        in ran.out
    )
    assert "2026-12-01  price  google/gemini-4-argon\n" in ran.out
    assert "  input: 2/M -> 4/M (+100.0%)\n" in ran.out
    assert "2027-02-01  price  acme/m\n  input: 2/M -> 3/M (+50.0%)\n" in ran.out
    assert "acme/new" not in ran.out


@pytest.mark.parametrize(("start", "there"), [("2026-12-01", True), ("2026-12-02", False)])
def test_the_first_day_counts(kplan: Kplan, start: str, there: bool) -> None:
    ran = kplan("book", "calendar", "--from", start, "--months", "1")
    assert ("gemini-4-argon" in ran.out) == there


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-10-31", 1, "2026-11-30"),
        ("2026-11-01", 1, "2026-12-01"),
        ("2026-11-22", 12, "2027-11-22"),
        ("2027-11-30", 3, "2028-02-29"),
    ],
)
def test_months_end_on_the_same_day_or_the_last_one(start: str, months: int, end: str) -> None:
    assert _span(datetime.fromisoformat(start), months)[1] == date.fromisoformat(end)


def test_scenarios_of_a_folder_and_what_their_month_moves_by(plans: Kplan) -> None:
    """1000 input tokens x 1 USD more for a million x 1e6 queries: 1000 USD a month from February on."""
    ran = plans("book", "calendar", "p")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "2027-01-10  deprecation  acme/m\n"
        "  m is deprecated; successor acme/new\n"
        "  p/one.kplan.yaml  d\n"
        "  p/two.kplan.yaml  d\n\n"
        "2027-02-01  price  acme/m\n"
        "  m input x1.5 (announced)\n"
        "  p/one.kplan.yaml  d  +$1,000  in 2027-02\n"
        "  p/two.kplan.yaml  d  +$1,000  in 2027-02\n\n"
        "2027-05-31  retirement  acme/m\n"
        "  m retires; successor acme/new (priced on at its last rate)\n"
        "  p/one.kplan.yaml  d\n"
        "  p/two.kplan.yaml  d\n"
    )


def test_exact_amounts_in_csv_and_json(plans: Kplan) -> None:
    lines = list(csv.DictReader(StringIO(plans("book", "calendar", "p", "--format", "csv").out)))
    assert [(line["date"], line["kind"], line["usd_per_month"]) for line in lines[::2]] == [
        ("2027-01-10", "deprecation", ""),
        ("2027-02-01", "price", "1000"),
        ("2027-05-31", "retirement", ""),
    ]
    said: Any = json.loads(plans("book", "calendar", "p/one.kplan.yaml", "--format", "json").out)
    assert [Decimal(e["designs"][0]["usd_per_month"] or 0) for e in said["entries"]] == [0, 1000, 0]
    assert [e["successor"] for e in said["entries"]] == ["acme/new", None, "acme/new"]


def test_held_prices_are_told_but_move_nothing(plans: Kplan) -> None:
    ran = plans("book", "calendar", "p/one.kplan.yaml", "--set", "prices.freeze=2026-12-01")
    assert "not applied, prices are held at 2026-12-01" in ran.out
    assert "$" not in ran.out


def test_days_narrow_the_calendar_of_scenarios_too(plans: Kplan) -> None:
    ran = plans("book", "calendar", "p", "--from", "2027-02-01", "--months", "1")
    assert [line for line in ran.out.splitlines() if line[0] == "2"] == ["2027-02-01  price  acme/m"]
    assert "no price change" in plans("book", "calendar", "p", "--from", "2027-02-02", "--months", "1").out


def test_markdown_has_a_line_for_each_design(plans: Kplan) -> None:
    ran = plans("book", "calendar", "p", "--format", "markdown")
    cells = "price | acme/m | m input x1.5 (announced) | p/one.kplan.yaml | d | +$1,000 | 2027-02 |"
    assert f"| 2027-02-01 | {cells}" in ran.out


def test_what_cannot_be_asked(plans: Kplan) -> None:
    assert plans("book", "calendar", "--set", "a=1").code == 2
    Path("empty").mkdir()
    assert "no *.kplan.yaml below empty" in plans("book", "calendar", "empty").err
    Path("p/one.kplan.yaml").write_text("kplan: 1\n", encoding="utf-8")
    assert "one.kplan.yaml:" in plans("book", "calendar", "p").err


def test_contracts_count_and_a_commitment_is_said_to_be_left_out(plans: Kplan) -> None:
    """1000 USD more of input, above and within a minimum of 5000; two years' commitment is no month's."""
    path = Path("p/one.kplan.yaml")
    text = path.read_text(encoding="utf-8")
    minimum = "contracts: {least: {models: acme/m, minimum: 3_500/month}}\n"
    path.write_text(text + minimum, encoding="utf-8")
    assert "+$500" in plans("book", "calendar", "p/one.kplan.yaml").out
    path.write_text(text + minimum.replace("3_500", "5_000"), encoding="utf-8")
    ran = plans("book", "calendar", "p/one.kplan.yaml", "--format", "csv")
    moved = [(line["usd_per_month"], line["month"]) for line in csv.DictReader(StringIO(ran.out))]
    assert ("0", "2027-02") in moved
    path.write_text(f"{text}contracts: {{year: {{models: acme/m, commitment: 9_000}}}}\n", encoding="utf-8")
    assert "in 2027-02, without the commitment of year\n" in plans("book", "calendar", "p/one.kplan.yaml").out
    said: Any = json.loads(plans("book", "calendar", "p/one.kplan.yaml", "--format", "json").out)
    (price,) = (entry for entry in said["entries"] if entry["kind"] == "price")
    assert [(d["usd_per_month"], d["without_commitments"]) for d in price["designs"]] == [("1000", ["year"])]
