from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.prices.files import read_rows
from kplan.prices.importers.imported import Imported
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow
from kplan.prices.update import updated_book

FIRST, LATER = date(2026, 11, 1), date(2026, 11, 10)


def imported(*prices: tuple[str, str], name: str = "m", window: int | None = None) -> Imported:
    rows = tuple(PriceRow("acme", name, meter, Decimal(usd), source="LiteLLM") for meter, usd in prices)
    return Imported(
        rows, (ModelRow("acme", name, context_window=window, source="LiteLLM"),), (), (), {}, "LiteLLM"
    )


def write(path: Path, new: Imported, as_of: date) -> None:
    for name, content in updated_book(path, new, as_of).contents.items():
        name.write_bytes(content)


def test_a_new_book_reads_back_as_it_was_imported(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    new = imported(("input", "0.3"), ("output", "1.25"), name='odd,"name"')
    write(path, new, FIRST)
    rows, models = read_rows(path)
    assert (tuple(rows), tuple(models)) == (new.rows, new.models)


def test_a_book_with_columns_and_rows_of_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    theirs = "meter,model,provider,usd,source\ninput,m,acme,3.00,LiteLLM\ninput,k,acme,1.0,contract\n"
    path.write_text(theirs, encoding="utf-8")
    write(path, imported(("input", "3"), ("output", "9")), LATER)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[1:3] == ["input,m,acme,3.00,LiteLLM", "input,k,acme,1.0,contract"]
    rows, _ = read_rows(path)
    assert [(row.meter, row.usd, row.valid_from) for row in rows[2:]] == [("output", Decimal(9), LATER)]


def test_the_models_stand_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    write(path, imported(("input", "3"), window=1000), FIRST)
    done = updated_book(path, imported(("input", "3"), window=2000), LATER)
    assert done.contents[path] == path.read_bytes()
    assert b"acme,m,,2000," in done.contents[tmp_path / "book.models.csv"]
    assert (done.n_rows, done.n_models) == (1, 1)


@pytest.mark.parametrize("name", ["book.yaml", "book.xlsx", "book.csv.gz", "book.models.csv"])
def test_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(KplanError, match=r"is a \.csv file"):
        updated_book(tmp_path / name, imported(("input", "3")), FIRST)


def test_a_file_that_is_no_price_book_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text("name,age\nann,7\n", encoding="utf-8")
    with pytest.raises(KplanError, match=r'unknown column "name"'):
        updated_book(path, imported(("input", "3")), FIRST)


def test_rows_that_fight_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text(
        "provider,model,meter,usd,hours,source\nacme,m,input,1,01:00-05:00,us\nacme,m,input,2,,us\n",
        encoding="utf-8",
    )
    new = imported()
    timed = PriceRow("acme", "m", "input", Decimal(3), hours="02:00-03:00", source="LiteLLM")
    with pytest.raises(KplanError, match="two prices at once"):
        updated_book(path, Imported((timed,), new.models, (), (), {}, "LiteLLM"), LATER)


def test_a_book_too_large_to_be_read_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kplan.prices.update.MAX_BYTES", 300)
    with pytest.raises(KplanError, match="would be larger than"):
        updated_book(tmp_path / "book.csv", imported(("input", "3"), ("output", "4"), name="m" * 60), FIRST)
