from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from kplan.errors import KplanError
from kplan.prices.files import read_book, read_rows
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow

YAML = """\
x-note: free text
rows:
  - {provider: acme, model: m, meter: input, usd: $3.00, valid_from: 2026-12-01, region: no}
  - provider: acme
    model: m
    meter: web_search
    usd: "10"
    per: 1_000
    hours: 01:00-04:00
    note: "=1+1 <script>"
models:
  - {provider: acme, id: m, aliases: [big, "m-latest"], context_window: 200_000, retires_on: 2027-06-30}
"""
EXPECTED = (
    [
        PriceRow("acme", "m", "input", Decimal("3.00"), valid_from=date(2026, 12, 1), region="no"),
        PriceRow("acme", "m", "web_search", Decimal(10), 1000, hours="01:00-04:00", note="=1+1 <script>"),
    ],
    [ModelRow("acme", "m", ("big", "m-latest"), 200_000, retires_on=date(2027, 6, 30))],
)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(KplanError) as caught:
        read_rows(path)
    return [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]


def test_a_book_in_yaml(tmp_path: Path) -> None:
    assert read_rows(written(tmp_path, "b.yaml", YAML)) == EXPECTED


def test_the_same_book_in_csv(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "b.csv",
        "provider,model,meter,usd,per,valid_from,region,hours,note\n"
        "acme,m,input,3.00,,2026-12-01,no,,\n\nacme,m,web_search,10,1000,,,01:00-04:00,=1+1 <script>\n",
    )
    written(
        tmp_path,
        "b.models.csv",
        "provider,id,aliases,context_window,retires_on\nacme,m,big|m-latest,200000,2027-06-30\n",
    )
    assert read_rows(path) == EXPECTED


def test_the_same_book_in_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "rows"
    sheet.append(["provider", "model", "meter", "usd", "per", "valid_from", "region", "hours", "note"])
    sheet.append(["acme", "m", "input", 3.0, None, date(2026, 12, 1), "no"])
    sheet.append(["acme", "m", "web_search", 10, 1000, None, None, "01:00-04:00", "'=1+1 <script>"[1:]])
    sheet["I3"].data_type = "s"
    models = book.create_sheet("models")
    models.append(["provider", "id", "aliases", "context_window", "retires_on"])
    models.append(["acme", "m", "big|m-latest", 200_000, date(2027, 6, 30)])
    book.save(tmp_path / "b.xlsx")
    assert read_rows(tmp_path / "b.xlsx") == EXPECTED


@pytest.mark.parametrize("usd", [0.1, 0.3, 1e-7, 1.0399999999999998, 0.000123])
def test_a_workbooks_number_is_what_the_spreadsheet_shows(tmp_path: Path, usd: float) -> None:
    book = openpyxl.Workbook()
    book.active.append(["provider", "model", "meter", "usd"])
    book.active.append(["acme", "m", "input", usd])
    book.save(tmp_path / "b.xlsx")
    rows, _ = read_rows(tmp_path / "b.xlsx")
    assert rows[0].usd == Decimal(format(usd, ".15g"))


def test_every_problem_comes_with_its_place(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "b.yaml",
        "rows:\n"
        "  - {provider: acme, model: m, meter: input, usd: three, mdoe: batch}\n"
        "  - {provider: a/b, model: m, meter: input, usd: 1, mode: bulk, valid_from: 2026-13-01}\n"
        "  - {provider: acme, model: m, usd: 1, per: 100}\n"
        "  - {provider: acme, model: m, meter: page, usd: 1}\n"
        "  - {provider: acme, model: m, meter: input, usd: 1, valid_from: 2026-12-01, valid_to: 2026-12-01}\n"
        "  - {provider: acme, model: m, meter: cache_write, usd: 1, hours: 9-5}\n"
        "models:\n"
        "  - {provider: acme, id: m, context_window: many}\n"
        "  - {provider: acme, id: m}\n",
    )
    assert problems(path) == [
        '2:51: usd: "three" is not a price; write 3.00',
        '2:58: unknown column "mdoe"; did you mean mode?',
        '3:16: provider: a provider has no slash: "a/b"',
        '3:59: mode: "bulk" is not known; it is one of standard, batch, flex, priority, fast',
        '3:77: valid_from: "2026-13-01" is not a date; write 2026-12-31',
        "4:6: meter missing",
        "4:45: per: 100 is not one of 1, 1000, 3600, 1000000",
        "5:6: per missing: is usd for 1, 1000 or 1000000 of page?",
        "6:6: valid_to 2026-12-01 must be after valid_from 2026-12-01, the first day",
        "7:39: meter: cache_write counts all cache writes; a price is for cache_write_5m or cache_write_1h",
        '9:45: context_window: "many" is not a whole number',
        "10:6: acme/m stands twice, first on line 9",
    ]


@pytest.mark.parametrize(
    "usd", ["-1", "1e2000000", "1e101", "nan", "Infinity", "1" * 61, "1,5", "0x10", "１", "1__", "", "--1"]
)
def test_what_is_no_price_is_refused(tmp_path: Path, usd: str) -> None:
    path = written(tmp_path, "b.csv", f'provider,model,meter,usd\nacme,m,input,"{usd}"\n')
    assert problems(path)[0].startswith("2:")


def test_a_sound_row_with_bad_hours_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "b.csv", "provider,model,meter,usd,hours\nacme,m,input,1,9-5\n")
    assert problems(path) == ['2:1: hours "9-5"; write 01:00-04:00 (24:00 is the end of the day)']


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rows: &a []\nmodels: *a\n", "1:7: anchors and aliases"),
        ("rows: !!python/object:os.system []\n", "1:7: the tag"),
        ("rows: []\nrows: []\n", '2:1: "rows" stands twice, first on line 1'),
        ("row: []\n", '1:1: unknown key "row"; did you mean rows?'),
        ("- a\n", "1:1: a price book is a map"),
        ("rows: {a: b}\n", "1:1: this must be a list"),
        ("rows: [1]\n", "1:1: each row is a map"),
        ("rows:\n  - {provider: {a: b}}\n", "2:6: this must be one value"),
        ("rows: [" + "[" * 5000, "nested too deeply"),
        ("rows: []\n---\nrows: []\n", "a second document"),
        ("rows: [}\n", "1:8: not YAML"),
        ("a: \x01\n", "not YAML"),
    ],
)
def test_what_is_no_price_book_in_yaml(tmp_path: Path, text: str, message: str) -> None:
    assert message in problems(written(tmp_path, "b.yaml", text))[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("b.yaml", ""),
        ("b.yaml", "# nothing yet\n"),
        ("b.yaml", "---\n"),
        ("b.yaml", "rows:\nmodels: []\n"),
        ("b.csv", ""),
        ("b.csv", "provider,model,meter,usd\n"),
    ],
)
def test_a_book_still_to_be_filled_in(tmp_path: Path, name: str, text: str) -> None:
    assert read_rows(written(tmp_path, name, text)) == ([], [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("provider,provider\n", '1:2: column "provider" stands twice'),
        ("provider,model,meter,usd\na,m,input,1,extra\n", "2:5: more cells than the 4 columns"),
        ('provider\n"a', "not CSV"),
        ("prvider,model,meter,usd\na,m,input,1\n", '1:1: unknown column "prvider"; did you mean provider?'),
    ],
)
def test_what_is_no_price_book_in_csv(tmp_path: Path, text: str, message: str) -> None:
    assert message in "\n".join(problems(written(tmp_path, "b.csv", text)))


def test_files_that_are_none(tmp_path: Path) -> None:
    assert "No such file" in problems(tmp_path / "none.yaml")[0]
    assert "is a .yaml, .csv, .csv.gz or .xlsx file" in problems(tmp_path / "book.txt")[0]
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    assert "not a text file in UTF-8" in problems(tmp_path / "b.csv")[0]
    (tmp_path / "b.yaml").write_bytes(b"rows: \0")
    assert "not a text file" in problems(tmp_path / "b.yaml")[0]
    (tmp_path / "b.xlsx").write_bytes(b"PK no zip")
    assert "not an xlsx workbook" in problems(tmp_path / "b.xlsx")[0]
    with (tmp_path / "large.csv").open("wb") as large:
        large.truncate(50_000_000)
    assert "larger than 5 MB" in problems(tmp_path / "large.csv")[0]


def test_rows_in_force_at_once_name_the_lines_of_both(tmp_path: Path) -> None:
    book = tmp_path / "mine.csv"
    book.write_text(
        "provider,model,meter,usd,valid_from\nacme,m,input,1,\nacme,m,output,1,\nacme,m,input,2,2026-02-01\n",
        encoding="utf-8",
    )
    (problem,) = problems(book)
    assert problem.startswith("4:1: two prices at once: acme/m input (..) and acme/m input @2026-02-01 (2026")
    assert problem.endswith("(the first on line 2)")


def test_a_packed_table_is_read_like_a_plain_one(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.csv", tmp_path / "a.csv.gz"
    plain.write_text("provider,model,meter,usd\nacme,m,input,1\n", encoding="utf-8")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_rows(packed) == read_rows(plain)
    packed.write_bytes(packed.read_bytes()[:-9])
    assert "not a gzip file" in problems(packed)[0]
    packed.write_bytes(b"provider,model")
    assert "not a gzip file" in problems(packed)[0]
    packed.write_bytes(gzip.compress(b"\n" * 5_000_001))
    assert "unpacks to more than 5 MB" in problems(packed)[0]


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.save(path)
    return path


PRICES: list[list[object]] = [["provider", "model", "meter", "usd"], ["acme", "m", "input", 3]]
TIMES: list[list[object]] = [["models", "multiplier"], ["acme/*", 1.1]]


@pytest.mark.parametrize("title", ["rows", "Rows ", "Prices"])
def test_no_sheet_of_prices_or_terms_is_left_out_for_its_name(tmp_path: Path, title: str) -> None:
    models: list[list[object]] = [["provider", "id", "context_window"], ["acme", "m", 1000]]
    sheets = {"models": models, title: PRICES, "Modifiers": TIMES, "notes": [["read me"]]}
    found = read_book(workbook(tmp_path / "b.xlsx", sheets))
    assert [row.usd for row in found.rows] == [3]
    assert [model.context_window for model in found.models] == [1000]
    assert [term.factor for term in found.terms.modifiers] == [Decimal("1.1")]


def test_a_workbook_of_terms_alone_may_have_notes(tmp_path: Path) -> None:
    found = read_book(
        workbook(tmp_path / "b.xlsx", {"notes": [["read", "me"], ["1", "2"]], "modifiers": TIMES})
    )
    assert (found.rows, len(found.terms.modifiers)) == ((), 1)


@pytest.mark.parametrize(("title", "lines"), [("Sheet2", PRICES), ("uplift", TIMES)])
def test_a_further_sheet_with_a_price_books_columns_is_refused(
    tmp_path: Path, title: str, lines: list[list[object]]
) -> None:
    path = workbook(tmp_path / "b.xlsx", {"Sheet1": PRICES, title: lines})
    (problem,) = problems(path)
    assert problem.startswith(f"{path}[{title}]:1:1: the columns of this sheet are those of a price book")


def test_a_problem_of_a_further_sheet_names_it(tmp_path: Path) -> None:
    path = workbook(tmp_path / "b.xlsx", {"rows": PRICES, "discounts": [["models", "rate"], ["acme/m", 12]]})
    (problem,) = problems(path)
    assert problem.startswith(f'{path}[discounts]:2:2: rate: "12" is not between 0% and 100%')


def test_a_date_is_a_day_of_a_month(tmp_path: Path) -> None:
    cells = "provider,model,meter,usd,valid_from\nacme,m,input,3,2026-W01-1\n"
    assert problems(written(tmp_path, "b.csv", cells)) == [
        '2:5: valid_from: "2026-W01-1" is not a date; write 2026-12-31'
    ]


@pytest.mark.parametrize("cell", ["-1", "1"])
def test_a_thousand_rows_at_fault_are_told_one_by_one(tmp_path: Path, cell: str) -> None:
    """Bad cells, or one price again and again: a problem for each row, not for each two."""
    lines = [f"acme,m,input,{cell},2026-01-01"] * 1000
    found = problems(written(tmp_path, "b.csv", "\n".join(["provider,model,meter,usd,valid_from", *lines])))
    assert len(found) == (1000 if cell == "-1" else 999)
    assert [problem.partition(":")[0] for problem in found[-2:]] == ["1000", "1001"]
