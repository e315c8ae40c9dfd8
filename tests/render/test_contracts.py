"""Contracts' lines in every output: the month's lines, the totals, the ledger, the workbook."""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from kplan.engine.results import Results
from kplan.errors import KplanError
from kplan.render import explain, render
from support import RATES, book_of, priced, simulated
from workbooks import CONTRACTS, opened, results_of

TEXT = """
months: 2027-01..2027-03
volume: 1_000_000/month
stages: {answer: {input: 1, output: 0}}
designs: {one: haiku, two: sonnet}
singles: false
fixed: {users: {model: pro, meter: mau, quantity: 150_000}}
contracts:
  vendor: {models: haiku, minimum: $50/month}
  supabase: {models: pro, fee: $25/month, included: {mau: 100_000}}
  whole: {models: test/*, commitment: $1_000}
"""
LABELS = ("supabase fee", "supabase mau included", "vendor minimum", "whole commitment")


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return simulated(tmp_path, TEXT, book_of(RATES, (priced("pro", "mau", "0.00325", per=1),)))


def test_the_first_screen_names_each_line_and_when_it_is_paid(results: Results) -> None:
    """$1 of usage + $487.50 of users less $325; the commitment lacks 1,000 - 3 x 163.50 = 509.50."""
    text = " ".join(render("table", results).decode().split())
    assert (
        "Beside usage, one pays in 2027-01: users $488, vendor minimum $49, supabase fee $25, supabase mau"
        " included -$325; in 2027-03: whole commitment $510." in text
    )


def test_markdown_and_the_page_show_what_totals_are_made_of(results: Results, tmp_path: Path) -> None:
    markdown = render("markdown", results).decode()
    table = markdown.partition("## What the totals are made of")[2].partition("##")[0]
    for row in ("`supabase mau included` | -$975 | -$975", "`whole commitment` | $510 | $504"):
        assert row in table
    page = render("html", results).decode()
    assert "fixed costs, contracts and contingency come on top" in page
    assert all(f">{label}</th>" in page for label in LABELS)


def test_json_and_csv_have_the_lines(results: Results) -> None:
    rows = json.loads(render("json", results))["ledger"]
    assert rows == list(csv.DictReader(StringIO(render("csv", results).decode())))
    mine = {(row["kind"], row["label"]): row for row in rows if row["design"] == "one"}
    credit = mine["credit", "supabase mau included"]
    assert (credit["model"], credit["meter"], credit["cost_usd"]) == ("test/pro", "mau", "-325")
    bought = mine["fixed", "users"]
    assert (bought["price_row"], bought["quantity_per_query"], bought["queries"]) == (
        "test/pro mau", "150000", "1",
    )  # fmt: skip
    design = json.loads(render("json", results))["designs"][0]
    assert sum(Decimal(row["cost_usd"]) for row in rows if row["design"] == "one") == Decimal(design["total"])


def test_the_workbook_shows_the_lines_as_formulas(tmp_path: Path) -> None:
    book = opened(render("xlsx", results_of(tmp_path, CONTRACTS)))
    sheet = book["Budget"]
    rows = {str(row[0].value): [cell.value for cell in row] for row in sheet.iter_rows()}
    minimum, costs = rows["files minimum"], rows["test/bucket page: cost"]
    assert all(str(value).startswith("=") for value in (*minimum[2:], *costs[2:]))
    assert str(minimum[3]).startswith("=MAX(0,Inputs!$B$")
    assert str(rows["tokens commitment"][3]) == "=0"
    assert "MAX(0,Inputs!$B$" in str(rows["tokens commitment"][-1])
    notes = " ".join(str(cell.value) for row in book["Notes"].iter_rows() for cell in row)
    assert "Contracts add lines to the total of a month." in notes


def test_without_contracts_nothing_speaks_of_them(tmp_path: Path) -> None:
    plain = simulated(tmp_path, TEXT.partition("fixed:")[0])
    for name in ("table", "markdown", "html"):
        assert "ontracts" not in render(name, plain).decode()


def test_a_contract_is_explained_by_what_it_looks_at_and_its_lines(results: Results) -> None:
    """One month for those that are alike; $1 of usage and $162.50 of users are looked at."""
    text = explain.render(results, "one.contracts.supabase", 80, color=False)
    assert "one.contracts.supabase comes to -$900 over 3 months." in text
    assert "It is about test/pro." in text
    assert "2027-01 to 2027-03, each month" in text
    assert re.search(r"test/pro mau +150,000 +\$487\.50?\n", text.replace("= ", ""))
    assert re.search(r"supabase mau included test/pro += -\$325\n", text)
    assert re.search(r"the month += -\$300\n", text)
    text = explain.render(results, "one.contracts.whole", 80, color=False)
    assert "2027-01 to 2027-02, each month\n" in text
    assert re.search(r"supabase mau included test/pro += -\$325\n", text), "counted, though another's"
    assert re.search(r"\n2027-03\n(?:.|\n)*whole commitment += \$509\.5\nthe month += \$509\.5\n", text)


def test_a_fixed_cost_is_explained_with_its_price(results: Results) -> None:
    text = explain.render(results, "two.fixed.users", 80, color=False)
    assert re.search(r"mau +150,000  x \$0\.00325 per mau += \$487\.5\n", text)
    assert "\nPrices\ntest/pro mau: " in text
    with pytest.raises(KplanError, match=r"did you mean two\.fixed\.users"):
        explain.render(results, "two.fixed.user", 80, color=False)


def test_explained_months_add_up_to_the_ledger(results: Results) -> None:
    rows = json.loads(render("json", results))["ledger"]
    for name, label in (("fixed.users", "users"), ("contracts.whole", "whole commitment")):
        found = json.loads(explain.render_json(results, f"one.{name}"))
        mine = [Decimal(row["cost_usd"]) for row in rows if (row["design"], row["label"]) == ("one", label)]
        assert Decimal(found["total"]) == sum(mine)
        assert Decimal(found["spans"][-1]["cost_per_month"]) == mine[-1]
