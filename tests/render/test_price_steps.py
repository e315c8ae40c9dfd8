"""How a price came about is shown wherever price rows are."""

from __future__ import annotations

import html
import json
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from kplan.engine.results import Results
from kplan.prices.book import load_book
from kplan.render import explain, xlsx
from kplan.render import html as page
from kplan.render import json as json_writer
from kplan.render.price_row import conditions
from support import priced, simulated

BOOK = """\
rows:
  - {provider: acme, model: m, meter: input, usd: 3}
  - {provider: acme, model: m, meter: input, usd: 6, over_input_tokens: 200_000, tier_scope: marginal}
  - {provider: acme, model: m, meter: output, usd: 15}
discounts: [{models: acme/*, meters: [input], rate: 10%, to: 2027-02-01, source: contract <7>}]
"""
SCENARIO = """\
volume: {queries_per_month: 100_000, start: 2027-01, months: 3}
stages: {answer: {input: 250_000, output: 100}}
designs: {d: acme/m}
singles: false
"""
STEPS = ["6 USD in the book", "x 0.9 discount of 10% (contract <7>)"]
ID = "acme/m input >200000 marginal"


@pytest.fixture
def results(tmp_path: Path) -> Results:
    (tmp_path / "own.yaml").write_text(BOOK)
    return simulated(tmp_path, SCENARIO, load_book([tmp_path / "own.yaml"], embedded=False))


def test_the_cost_by_hand(results: Results) -> None:
    """200 000 at 2.70, 50 000 at 5.40 and 100 at 15; from February 3, 6 and 15."""
    now, later = Decimal("0.8115"), Decimal("0.9015")
    assert results.designs[0].cost_per_query_usd == now
    assert [month.cost_usd for month in results.designs[0].months] == [
        n * 100_000 for n in (now, later, later)
    ]


def test_the_end_of_a_discount_is_a_price_event(results: Results) -> None:
    (event,) = results.events
    assert event.text == "2027-02-01 m input x1.111 (effective)"


def test_json(results: Results) -> None:
    rows = {row["id"]: row for row in json.loads(json_writer.render(results))["prices"]["rows"]}
    assert rows[ID]["audit"] == STEPS
    assert "audit" not in rows["acme/m output"]


def test_page(results: Results) -> None:
    text = page.render(results).decode()
    assert html.escape("; ".join(STEPS)) in text
    assert "only what lies above 200,000 input tokens" in text


def test_workbook(results: Results) -> None:
    sheet = openpyxl.load_workbook(BytesIO(xlsx.render(results)))["Prices"]
    titles = [cell.value for cell in sheet[4]]
    lines = [
        dict(zip(titles, (cell.value for cell in line), strict=True)) for line in sheet.iter_rows(min_row=5)
    ]
    made = {(line["Meter"], line["US$"]): (line["Scope"], line["Made of"]) for line in lines if line["Meter"]}
    assert made["input", 5.4] == ("only what lies above", "; ".join(STEPS))
    assert made["output", 15] == ("", "")


def test_explanation(results: Results) -> None:
    assert (
        json.loads(explain.render_json(results, "d.answer"))["classes"][0]["lines"][1]["price_row"]["audit"]
        == STEPS
    )


@pytest.mark.parametrize(
    ("meter", "scope", "said"),
    [
        ("input", "request", "over 100 input tokens"),
        ("read_unit", "request", "over 100 input tokens"),
        ("cache_read", "marginal", "only what lies above 100 input tokens"),
        ("read_unit", "marginal", "only what lies above 100 read units"),
    ],
)
def test_a_step_says_what_it_counts(meter: str, scope: str, said: str) -> None:
    assert conditions(priced("m", meter, "1", over_input_tokens=100, tier_scope=scope)) == said
