"""Workbooks that cannot be read back: every cell that is wrong is named, all at once, in words for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter

from edited import SCENARIOS, Exported, exported, totals, written
from kplan.errors import KplanError
from kplan.render.readback.edits import Readback, readback
from kplan.render.readback.opened import opened
from kplan.render.readback.others import MOST
from kplan.render.workbook.mapped import CELL, DAY, HELD, NUMBER, SHEET
from workbooks import opened as opened_bytes


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return exported(SCENARIOS / "knowledge-base.kplan.yaml", tmp_path_factory.mktemp("exported"))


@pytest.fixture
def cell(given: Exported) -> Callable[[str], tuple[str, str]]:
    def of(name: str) -> tuple[str, str]:
        return next(cell for cell, mapped in given.mapped.items() if mapped.name == name)

    return of


Changed = Callable[[Callable[[Workbook], None]], Readback]


@pytest.fixture
def changed(given: Exported, tmp_path: Path) -> Changed:
    """What is read of the workbook after a change to it."""

    def read(change: Callable[[Workbook], None]) -> Readback:
        book, saved = opened_bytes(given.content), BytesIO()
        change(book)
        book.save(saved)
        path = tmp_path / "budget.xlsx"
        path.write_bytes(saved.getvalue())
        return readback(opened(path))

    return read


def refusal(read: Callable[[], object]) -> list[str]:
    with pytest.raises(KplanError) as refused:
        read()
    return [str(problem) for problem in refused.value.problems]


VALUES: Mapping[str, tuple[Any, str]] = {
    "params.redo": ("abc", "holds the text `abc`; a number is expected"),
    "volume.queries_per_month": (None, "is empty; a number is expected, 0 for none"),
    "contingency": (-0.5, "-0.5 is below 0"),
    "budget": ("#REF!", "holds the error #REF!; a number is expected"),
    "fixed.vector store": ("#DIV/0!", "holds the error #DIV/0!; a number is expected"),
    "stages.verify.output": (-1, "-1 is below 0"),
    "mix.lookup.share": (1.01, "1.01 must lie between 0 and 1 (0% and 100%)"),
    "stages.synthesize.output": ("=1+1", "holds the formula =1+1 without a value"),
    "anthropic/claude-opus-5-5 output": (-0.01, "-0.01 is below 0"),
    "anthropic/claude-opus-5-5 input": (True, "holds the text `True`; a number is expected"),
    "baseline": ("all-haiku", "`all-haiku` is not in its list"),
}
"""A cell -> what is typed into it, and what is said."""


def test_all_broken_cells_are_named_at_once(
    given: Exported, cell: Callable[[str], tuple[str, str]], tmp_path: Path
) -> None:
    edits = {cell(name): value for name, (value, _) in VALUES.items()}
    path = written(given.content, edits, tmp_path / "budget.xlsx")
    said = refusal(lambda: readback(opened(path)))
    for name, (_, what) in VALUES.items():
        sheet, at = cell(name)
        assert any(line.startswith(f"{path}: {sheet}!{at}: {name}: {what}") for line in said), (name, said)
    assert len(said) == len(VALUES)


@pytest.mark.parametrize(
    ("name", "value"), [("mix.lookup.share", 1.0), ("stages.verify.output", 0.0), ("contingency", 0)]
)
def test_bounds_themselves_are_fine(
    given: Exported, cell: Callable[[str], tuple[str, str]], tmp_path: Path, name: str, value: float
) -> None:
    others = {cell("mix.analysis.share"): 0} if name.startswith("mix.") else {}
    path = written(given.content, {cell(name): value, **others}, tmp_path / "budget.xlsx")
    assert {edit.name: edit.after for edit in readback(opened(path)).edits}[name] == Decimal(str(value))


def test_shares_that_no_longer_add_up_are_named(
    cell: Callable[[str], tuple[str, str]], given: Exported, tmp_path: Path
) -> None:
    path = written(given.content, {cell("mix.lookup.share"): 0.5}, tmp_path / "budget.xlsx")
    (said,) = refusal(lambda: readback(opened(path)))
    assert "these shares add up to 0.9, not 1" in said
    assert cell("mix.analysis.share")[1] in said


def test_a_formula_with_a_value_counts_with_it_and_is_told(given: Exported, tmp_path: Path) -> None:
    """openpyxl writes no values beside formulas, so that this one is put where there was one already."""
    book = opened(written(given.content, {}, tmp_path / "budget.xlsx"))
    (name, cell), _ = next((c, m) for c, m in given.mapped.items() if m.name == "params.redo")
    book.formulas[name][cell].value = "=0.05*2"
    book.values[name][cell].value = 0.1
    read = readback(book)
    assert [(edit.name, edit.after) for edit in read.edits] == [("params.redo", Decimal("0.1"))]
    assert read.notes == (f"{name}!{cell}: params.redo: took 0.1, the value of =0.05*2",)


def test_formulas_that_were_typed_over_are_named(changed: Changed, given: Exported) -> None:
    sheet, at = next(iter(totals(given.mapped).values()))

    def type_over(book: Workbook) -> None:
        book[sheet][at].value = 5
        book["Stages"]["J6"].value = 1

    said = refusal(lambda: changed(type_over))
    assert len(said) == 2
    assert any(f"{sheet}!{at}: a formula was typed over or deleted" in line for line in said)
    assert any("Stages!J6: a formula was typed over or deleted; only blue cells" in line for line in said)


def test_a_number_of_the_calculation_that_was_typed_over_is_named(changed: Changed, given: Exported) -> None:
    """Any number or day that kplan wrote and that is neither blue nor a formula, on any sheet."""
    constants = _constants(given, NUMBER, DAY)
    assert {sheet for sheet, _, _ in constants} >= {"Prices", "Budget"}

    def edit(book: Workbook) -> None:
        for sheet, row, column in constants:
            book[sheet].cell(row, column).value = 98765.5

    said = refusal(lambda: changed(edit))
    for sheet in {sheet for sheet, _, _ in constants}:
        cells = [place(row, column) for name, row, column in constants if name == sheet]
        named = [line for line in said if f": {sheet}!" in line and "; only blue" in line]
        assert len(named) == min(len(cells), MOST)
        assert len(cells) <= MOST or any(
            f"{sheet}: and {len(cells) - MOST} more cells" in line for line in said
        )


def _constants(given: Exported, *kinds: str) -> list[tuple[str, int, int]]:
    return [
        (sheet, *cell)
        for sheet, cells in given.book.fixed.items()
        for cell, (kind, _) in cells.items()
        if kind in kinds
    ]


def place(row: int, column: int) -> str:
    return f"{get_column_letter(column)}{row}"


def test_digits_that_no_spreadsheet_keeps_are_no_edit(changed: Changed, given: Exported) -> None:
    sheet, row, column = _constants(given, NUMBER)[0]

    def edit(by: float) -> Callable[[Workbook], None]:
        def multiply(book: Workbook) -> None:
            cell: Any = book[sheet].cell(row, column)
            cell.value *= 1 + by

        return multiply

    assert changed(edit(1e-16)).notes == ()
    (said,) = refusal(lambda: changed(edit(1e-13)))
    assert f"{sheet}!{place(row, column)}: stood at " in said


def test_a_text_that_was_changed_is_told_and_left_out(changed: Changed) -> None:
    def edit(book: Workbook) -> None:
        book["Notes"]["A1"].value = "Our notes"
        book["Budget"]["A1"].value = None
        book["Stages"]["AZ7"].value = 5
        book.create_sheet("Mine")["A1"].value = 1

    assert changed(edit).notes == (
        "sheet Mine is none of kplan's and is left out",
        "Stages!AZ7: not written by kplan and left out",
        "Budget!A1: the text `Budget`, is deleted: left out",
        "Notes!A1: the text `Notes`, is `Our notes`: left out",
    )


@pytest.mark.parametrize(("sheet", "at"), [("Budget", 3), ("Stages", 3), ("Notes", 1), ("Prices", 20)])
def test_rows_and_columns_that_were_inserted_are_no_edits(changed: Changed, sheet: str, at: int) -> None:
    """As a spreadsheet program inserts them: the references of the map move along."""

    def insert(book: Workbook) -> None:
        book[sheet].insert_rows(6, amount=2)
        book[sheet].insert_cols(at)
        book[sheet].cell(6, at).value = "a remark"
        for line in book[SHEET].iter_rows(min_col=CELL + 1, max_col=CELL + 1):
            if str(line[0].value).startswith(f"={sheet}!"):
                row, column = coordinate_to_tuple(
                    str(line[0].value).replace("$", "").removeprefix(f"={sheet}!")
                )
                line[0].value = f"={sheet}!{place(row + 2 * (row >= 6), column + (column >= at))}"

    assert changed(insert).notes == (f"{sheet}!{place(6, at)}: not written by kplan and left out",)


def test_a_row_that_was_deleted_is_named(changed: Changed) -> None:
    said = refusal(lambda: changed(lambda book: book["Stages"].delete_rows(9)))
    assert any("Stages: row 9 was deleted or moved; only blue cells" in line for line in said)


def test_a_number_that_kplan_worked_out_is_not_to_be_edited(changed: Changed, given: Exported) -> None:
    (sheet, at), mapped = next((c, m) for c, m in given.mapped.items() if m.kind == HELD)

    def edit(book: Workbook) -> None:
        book[sheet][at].value = 7.5

    (said,) = refusal(lambda: changed(edit))
    assert f"{sheet}!{at}: {mapped.name}: was changed; kplan worked it out" in said


def test_a_moved_row_is_no_wrong_cell(changed: Changed, cell: Callable[[str], tuple[str, str]]) -> None:
    """openpyxl inserts rows without moving references; what stands beside the cells tells."""
    sheet, at = cell("params.redo")
    said = refusal(lambda: changed(lambda book: book[sheet].insert_rows(int(at[1:]))))
    assert any(f"{sheet}!{at}: params.redo: beside it stood `redo`" in line for line in said)


def test_two_prices_that_changed_places_are_told(changed: Changed) -> None:
    def swap(book: Workbook) -> None:
        sheet = book["Prices"]
        for column in range(1, 16):
            one, other = sheet.cell(5, column), sheet.cell(6, column)
            one.value, other.value = other.value, one.value

    said = refusal(lambda: changed(swap))
    assert sum(line.count("its row was moved or renamed") for line in said) == 2


@pytest.mark.parametrize("is_renamed", [True, False])
def test_a_sheet_that_is_gone_is_told_once(changed: Changed, is_renamed: bool) -> None:
    def remove(book: Workbook) -> None:
        if is_renamed:
            book["Prices"].title = "Our prices"
        else:
            del book["Prices"]

    said = refusal(lambda: changed(remove))
    assert sum("sheet Prices was deleted or renamed; it has Summary, Inputs" in line for line in said) == 1


def test_cells_are_found_where_a_spreadsheet_program_moved_them(
    changed: Changed, cell: Callable[[str], tuple[str, str]]
) -> None:
    """As a program does it: with the row all references move, the map's too."""
    sheet, at = cell("contingency")
    row = int(at[1:])

    def insert(book: Workbook) -> None:
        lowered = {f"={sheet}!$B${n}": f"={sheet}!$B${n + 1}" for n in range(row, book[sheet].max_row + 1)}
        book[sheet].insert_rows(row)
        book[sheet][f"B{row + 1}"].value = 0.25
        for line in book[SHEET].iter_rows(min_col=CELL + 1, max_col=CELL + 1):
            line[0].value = lowered.get(str(line[0].value), line[0].value)

    (edit,) = changed(insert).edits
    assert (edit.name, edit.cell, edit.after) == ("contingency", f"{sheet}!B{row + 1}", Decimal("0.25"))


def test_files_that_are_no_workbooks_of_kplans(given: Exported, tmp_path: Path) -> None:
    path = tmp_path / "budget.xlsx"
    assert "cannot be read" in refusal(lambda: opened(path))[0]
    path.write_bytes(b"not a zip")
    assert "not an Excel workbook" in refusal(lambda: opened(path))[0]
    path.write_bytes(given.content[: len(given.content) // 2])
    assert "not an Excel workbook" in refusal(lambda: opened(path))[0]
    Workbook().save(path)
    assert "no workbook of kplan's: it has no sheet _kplan" in refusal(lambda: opened(path))[0]


@pytest.mark.parametrize(
    ("at", "value", "what"),
    [
        ("B2", "3", "its map is of version 3, written by kplan"),
        ("A1", "map", "its sheet _kplan was changed"),
        ("A7", None, "its sheet _kplan was changed"),
    ],
)
def test_a_map_that_cannot_be_read(changed: Changed, at: str, value: object, what: str) -> None:
    def edit(book: Workbook) -> None:
        book[SHEET][at].value = value

    (said,) = refusal(lambda: changed(edit))
    assert what in said
