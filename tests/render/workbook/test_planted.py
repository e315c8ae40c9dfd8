"""Bugs planted into a good workbook: the readers that hold every workbook find each of them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
import xlsxwriter
from openpyxl import Workbook

from kplan.render.workbook.sheet import Sheet
from kplan.render.workbook.styles import Styles
from kplan.render.xlsx import render
from workbooks import RICH, cells, constants, found, opened, results_of, told_wrong, uneven_rows

formualizer = pytest.importorskip("formualizer", reason="pip install formualizer (Linux only)")


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return render(results_of(tmp_path_factory.mktemp("planted"), RICH))


@pytest.fixture
def book(content: bytes) -> Workbook:
    return opened(content)


def wrong(content: bytes, live: Workbook) -> list[tuple[str, str]]:
    """Cells whose stored value is not what formualizer gives for the formulas."""
    saved = BytesIO()
    live.save(saved)
    engine = formualizer.load_workbook_bytes(saved.getvalue())
    return told_wrong(opened(content, values=True), live, engine.evaluate_cells)


def total_row(book: Workbook) -> int:
    return found(book["Budget"], 1, "Total")


def test_a_good_workbook_has_nothing(content: bytes, book: Workbook) -> None:
    assert wrong(content, book) == []
    assert uneven_rows(book) == []
    assert constants(book) == set()


def test_a_wrong_formula_with_a_right_stored_value(content: bytes, book: Workbook) -> None:
    """The stored values are those of the good workbook, so that only working it out shows it."""
    cell = book["Budget"].cell(total_row(book), 5)
    cell.value = str(cell.value).replace("+", "-", 1)
    assert ("Budget", cell.coordinate) in wrong(content, book)


@pytest.mark.parametrize("planted", [1234.5, "=E$9+E$10", "=D{row}"])
def test_a_month_that_is_not_like_the_others(book: Workbook, planted: float | str) -> None:
    """A number typed over, a part left out, the month before."""
    row = total_row(book)
    book["Budget"].cell(row, 5).value = planted.format(row=row) if isinstance(planted, str) else planted
    assert uneven_rows(book) == ["Total"]


@pytest.mark.parametrize("planted", ["1.07", "12", "1000"])
def test_a_constant_in_a_formula(book: Workbook, planted: str) -> None:
    cell = book["Budget"].cell(total_row(book), 5)
    cell.value = f"{cell.value}*{planted}"
    assert constants(book) == {planted}


def naive(sheet: Sheet, text: str) -> None:
    sheet.worksheet.write(0, 0, text)


def careful(sheet: Sheet, text: str) -> None:
    sheet.text(0, 0, text)


@pytest.mark.parametrize("text", ["=1+1", "{=1+1}", "http://x.test", "internal:Sheet1!A1"])
@pytest.mark.parametrize(("write", "is_text"), [(naive, False), (careful, True)])
def test_a_naive_string_write(text: str, write: Callable[[Sheet, str], None], is_text: bool) -> None:
    """What a plain write() makes a formula or a link of stays text as our sheets write it."""
    content = BytesIO()
    with xlsxwriter.Workbook(content) as made:
        write(Sheet(made.add_worksheet("s"), "s", Styles(made)), text)
    (cell,) = cells(opened(content.getvalue())["s"])
    assert (cell.data_type == "s" and cell.hyperlink is None) is is_text
