from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Kplan = Callable[..., Any]

BAD = """rows:
  - {provider: acme, model: m, meter: input, usd: "3"}
  - {provider: acme, model: m, meter: cache_read, usd: "4"}
"""
DOUBTFUL = "rows: [{provider: acme, model: m, meter: input, usd: 0}]\n"
DAY = ("--today", "2026-11-22")


@pytest.fixture
def books(kplan: Kplan) -> Kplan:
    Path("bad.yaml").write_text(BAD, encoding="utf-8")
    Path("doubtful.yaml").write_text(DOUBTFUL, encoding="utf-8")
    Path("good.csv").write_text("provider,model,meter,usd\nacme,m,input,3\n", encoding="utf-8")
    return kplan


def test_an_error_fails_and_names_row_and_line(books: Kplan) -> None:
    ran = books("book", "lint", "bad.yaml", *DAY)
    assert (ran.code, ran.err) == (1, "")
    than = "input at 3 for 1M (acme/m input)"
    assert ran.out.splitlines() == [
        f"error  cache-read   bad.yaml:3:6: acme/m cache_read is 4 for 1M, above {than} (bad.yaml:2:6)",
        "",
        "bad.yaml: 1 error in 2 prices",
    ]


def test_a_warning_fails_only_where_it_is_strict(books: Kplan) -> None:
    ran = books("book", "lint", "doubtful.yaml", *DAY)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "doubtful.yaml: 1 warning in 1 price")
    assert books("book", "lint", "doubtful.yaml", *DAY, "--strict").code == 1
    assert books("book", "lint", "good.csv", *DAY, "--strict").out == "good.csv: nothing found in 1 price\n"


def test_rows_in_force_at_once_are_a_finding_of_both_lines(books: Kplan) -> None:
    Path("good.csv").write_text(
        "provider,model,meter,usd\nacme,m,input,3\nacme,m,input,4\n", encoding="utf-8"
    )
    ran = books("book", "lint", "good.csv", *DAY)
    assert (ran.code, "overlap" in ran.out, "good.csv:3:1" in ran.out, "(good.csv:2:1)" in ran.out) == (
        1,
        *[True] * 3,
    )


def test_annotations_stand_at_the_line(books: Kplan) -> None:
    ran = books("book", "lint", "bad.yaml", "doubtful.yaml", *DAY, "--format", "github")
    assert ran.code == 1
    assert ran.out.startswith(
        "::error file=bad.yaml,line=3,col=6,title=kplan book lint cache-read::acme/m cache_read is"
    )
    assert "\n::warning file=doubtful.yaml,line=1,col=9," in ran.out


def test_json_has_the_whole_rows(books: Kplan) -> None:
    said: Any = json.loads(books("book", "lint", "bad.yaml", *DAY, "--format", "json").out)
    (finding,) = said["books"][0]["findings"]
    assert [(r["meter"], r["usd"], r["file"], r["line"]) for r in finding["rows"]] == [
        ("cache_read", "4", "bad.yaml", 3),
        ("input", "3", "bad.yaml", 2),
    ]


def test_kplans_own_book(kplan: Kplan) -> None:
    ran = kplan("book", "lint", "--today", "2027-03-03")
    assert (ran.code, ran.out.splitlines()[-1]) == (1, "embedded: 1 error and 246 warnings in 7,993 prices")
    assert "embedded describes 2026-11-21, 102 days ago" in ran.out


def test_another_book_on_the_day(books: Kplan) -> None:
    Path("other.csv").write_text(
        "provider,model,meter,usd,valid_from\nacme,m,input,5,2026-11-23\n", encoding="utf-8"
    )
    told = books("book", "lint", "good.csv", "--against", "other.csv", "--today", "2026-11-23")
    assert (told.code, "against" in told.out, "good.csv:2:1" in told.out) == (0, True, True)
    assert "against" not in books("book", "lint", "good.csv", "--against", "other.csv", *DAY).out


def test_the_age_that_is_stale_is_the_users_choice(books: Kplan) -> None:
    Path("good.csv").write_text(
        "provider,model,meter,usd,checked_on\nacme,m,input,3,2026-11-12\n", encoding="utf-8"
    )
    assert "stale" not in books("book", "lint", "good.csv", *DAY).out
    assert (
        "checked on 2026-11-12, 10 days ago"
        in books("book", "lint", "good.csv", *DAY, "--stale-after", "9").out
    )


def test_a_file_that_is_no_book(books: Kplan) -> None:
    assert books("book", "lint", "none.csv", *DAY).code == 2


def test_prices_in_another_currency_are_looked_at_in_dollars(kplan: Kplan, tmp_path: Path) -> None:
    rows = "  - {provider: acme, model: m, meter: %s, price: %s, currency: CNY}\n"
    rates = "currencies: {CNY: [{usd: 0.14, from: 2026-11-01}]}\n"
    book = tmp_path / "cny.yaml"
    book.write_text("rows:\n" + rows % ("input", 7) + rows % ("cache_read", 14) + rates)
    out = kplan("book", "lint", str(book), *DAY).out
    assert "acme/m cache_read @2026-11-01 is 1.96 for 1M, above input at 0.98 for 1M" in out


def test_a_price_that_no_rate_converts_is_told(kplan: Kplan, tmp_path: Path) -> None:
    book = tmp_path / "cny.yaml"
    rows = "currency: CNY\nrows: [{provider: acme, model: m, meter: input, price: 7}]\n"
    for rates, said in (
        ("", "no rate;"),
        ("currencies: {CNY: [{usd: 1, from: 2027-01-01}]}", "before 2027-01-01"),
    ):
        book.write_text(rows + rates)
        ran = kplan("book", "lint", "cny.yaml", *DAY)
        assert (ran.code, "currency     cny.yaml:2:9: acme/m input is priced in CNY" in ran.out) == (0, True)
        assert said in ran.out
