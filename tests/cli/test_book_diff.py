from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from kplan.prices.diff import PriceDiff, apply
from kplan.prices.files import read_rows
from kplan.prices.rows import PriceRow

Kplan = Callable[..., Any]

OLD = """provider,model,meter,usd,valid_from,valid_to,note
acme,m,input,3,,,
acme,m,output,10,,,"list, old"
acme,gone,input,1,,,
"""
NEW = """provider,model,meter,usd,valid_from,valid_to,note
acme,m,input,3,,2026-12-01,
acme,m,input,4.5,2026-12-01,,
acme,m,output,10,,,
acme,come,input,2,,,
"""


@pytest.fixture
def books(kplan: Kplan) -> Kplan:
    Path("old.csv").write_text(OLD, encoding="utf-8")
    Path("new.csv").write_text(NEW, encoding="utf-8")
    return kplan


def test_two_files(books: Kplan) -> None:
    ran = books("book", "diff", "old.csv", "new.csv")
    assert (ran.code, ran.err) == (0, "")
    title, _, _, *lines = ran.out.splitlines()
    assert title == (
        "old.csv -> new.csv, USD: 1 changed, 1 added, 1 removed, 2 rows differ in dates, status or source"
    )
    assert [line.split() for line in lines] == [
        ["acme/come", "1", "price", "added"],
        ["acme/gone", "1", "price", "removed"],
        ["acme/m", "input", "3/M", "4.5/M", "+50.0%", "2026-12-01", "changed"],
    ]


def test_the_json_is_enough_to_make_the_new_book(books: Kplan) -> None:
    said: Any = json.loads(books("book", "diff", "old.csv", "new.csv", "--format", "json").out)
    assert said["counts"] == {"changed": 1, "added": 1, "removed": 1, "dates": 0}
    assert [(c["change"], c["pct"]) for c in said["changes"] if c["model"] == "acme/m"] == [("changed", "50")]
    diff = PriceDiff(*(tuple(map(_row, said[name])) for name in ("rows_removed", "rows_added")), ())
    assert apply(diff, read_rows(Path("old.csv"))[0]) == set(read_rows(Path("new.csv"))[0])


def _row(cells: dict[str, Any]) -> PriceRow:
    dates = ("valid_from", "valid_to", "checked_on", "recorded_on")
    values = {name: value for name, value in cells.items() if name != "id"}
    values |= {name: date.fromisoformat(values[name]) for name in dates if name in values}
    return PriceRow(**values | {"usd": Decimal(values["usd"])})


def test_csv_has_every_change_with_plain_numbers(books: Kplan) -> None:
    ran = books("book", "diff", "old.csv", "new.csv", "--format", "csv", "--models", "acme/m")
    (line,) = csv.DictReader(StringIO(ran.out))
    assert (line["old_usd"], line["new_usd"], line["pct"], line["starts_on"]) == (
        "3",
        "4.5",
        "50",
        "2026-12-01",
    )


def test_a_day_against_another_in_kplans_own_book(kplan: Kplan) -> None:
    ran = kplan("book", "diff", "2026-11-30", "2026-12-01", "--models", "gemini-4-argon")
    assert ["google/gemini-4-argon", "input", "2/M", "4/M", "+100.0%", "2026-12-01", "changed"] in [
        line.split() for line in ran.out.splitlines()
    ]
    assert (
        "no difference" in kplan("book", "diff", "2026-11-29", "2026-11-30", "--models", "gemini-4-argon").out
    )


def test_a_file_against_a_day_is_taken_on_that_day(books: Kplan) -> None:
    ran = books("book", "diff", "2026-11-30", "new.csv", "--book", "old.csv", "--models", "acme/m")
    assert "changed" not in ran.out
    assert (
        "changed"
        in books("book", "diff", "2026-12-01", "new.csv", "--book", "old.csv", "--models", "acme/m").out
    )


def test_a_book_of_a_commit(books: Kplan) -> None:
    for words in (
        ["init", "-q"],
        ["add", "old.csv"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *words], check=True)
    Path("old.csv").write_text(NEW, encoding="utf-8")
    ran = books("book", "diff", "git:HEAD:old.csv", "old.csv", "--models", "acme/m")
    assert (ran.code, "+50.0%" in ran.out) == (0, True)


def test_models_of_one_side_alone_are_named_up_to_a_number(books: Kplan) -> None:
    ran = books("book", "diff", "embedded", "old.csv")
    assert sum(line.endswith("removed") for line in ran.out.splitlines()) == 19
    assert "models more that only one side has; --format csv or json names them" in ran.out


def test_what_cannot_be_compared(books: Kplan) -> None:
    assert books("book", "diff", "old.csv", "none.csv").code == 2
    ran = books("book", "diff", "old.csv", "new.csv", "--models", "zzz")
    assert (ran.code, ran.err) == (2, 'neither old.csv nor new.csv has a price of a model that holds "zzz"\n')


def test_the_markdown_escapes_names(books: Kplan) -> None:
    Path("new.csv").write_text(OLD.replace("acme,m,input,3", "acme,m_x,input,3"), encoding="utf-8")
    assert "m\\_x" in books("book", "diff", "old.csv", "new.csv", "--format", "markdown").out


def test_modifiers_and_discounts_on_kplans_own_models_are_compared_over_its_book(kplan: Kplan) -> None:
    term = "models: anthropic/claude-haiku-5-5, rate: RATE, meters: [output], from: 2027-01-01"
    text = f"discounts:\n  - {{{term}}}\n"
    Path("a.yaml").write_text(text.replace("RATE", "10%"), encoding="utf-8")
    Path("b.yaml").write_text(text.replace("RATE", "20%"), encoding="utf-8")
    Path("plain.csv").write_text(OLD, encoding="utf-8")
    ran = kplan("book", "diff", "a.yaml", "b.yaml", "--format", "csv")
    assert (ran.code, ran.err) == (0, "over kplan's book: a.yaml, b.yaml\n")
    lines = list(csv.DictReader(StringIO(ran.out)))
    assert {line["model"] for line in lines} == {"anthropic/claude-haiku-5-5"}
    # 0.5 USD/M, less a tenth and less a fifth
    assert ("0.45", "0.4") in {(line["old_usd"], line["new_usd"]) for line in lines}
    assert {line["starts_on"] for line in lines} == {"2027-01-01"}
    ran = kplan("book", "diff", "embedded", "a.yaml", "--format", "csv")
    assert ("0.5", "0.45") in {
        (line["old_usd"], line["new_usd"]) for line in csv.DictReader(StringIO(ran.out))
    }
    ran = kplan("book", "diff", "plain.csv", "a.yaml", "--format", "csv")
    assert ran.err == "over kplan's book: plain.csv, a.yaml\n"
    changes = {(line["change"], line["model"]) for line in csv.DictReader(StringIO(ran.out))}
    assert changes >= {("removed", "acme/m"), ("changed", "anthropic/claude-haiku-5-5")}
    assert {change for change, model in changes if not model.startswith("acme/")} == {"changed"}


def test_an_amount_without_a_rate_of_exchange_is_never_told_as_dollars(kplan: Kplan) -> None:
    rows = "currency: EUR\nrows: [{provider: acme, model: m, meter: input, price: PRICE}]\n"
    Path("a.yaml").write_text(rows.replace("PRICE", "3"), encoding="utf-8")
    rates = "currencies: {EUR: [{usd: 1.5, from: 2027-01-01}]}\n"
    Path("b.yaml").write_text(rows.replace("PRICE", "6") + rates, encoding="utf-8")
    ran = kplan("book", "diff", "a.yaml", "b.yaml", "--format", "csv")
    names = ("starts_on", "old_usd", "new_usd", "pct", "old_unconverted", "new_unconverted")
    assert [tuple(line[name] for name in names) for line in csv.DictReader(StringIO(ran.out))] == [
        ("", "", "", "100", "3 EUR", "6 EUR"),
        ("2027-01-01", "", "9", "", "3 EUR", ""),
    ]
    table = kplan("book", "diff", "a.yaml", "b.yaml").out.splitlines()
    assert [line.split()[2:4] for line in table[3:]] == [["3/M", "EUR"], ["3/M", "EUR"]]
