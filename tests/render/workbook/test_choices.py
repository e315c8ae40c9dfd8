"""What is chosen from lists, worked out by another engine: the model of a stage, and the baseline."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from kplan.engine.results import Results
from kplan.render.xlsx import render
from workbooks import RICH, found, opened, results_of

formualizer = pytest.importorskip("formualizer", reason="pip install formualizer (Linux only)")

TOTAL, SAVED, RANK = 5, 6, 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("choices")


@pytest.fixture(scope="module")
def rich(folder: Path) -> Results:
    return results_of(folder, RICH)


@pytest.fixture
def book(rich: Results) -> Workbook:
    return opened(render(rich))


def worked_out(book: Workbook) -> Any:
    saved = BytesIO()
    book.save(saved)
    return formualizer.load_workbook_bytes(saved.getvalue())


def line(book: Workbook, design: str, stage: str) -> int:
    rows = book["Models"].iter_rows(min_row=5)
    return int(next(row[0].row for row in rows if (row[0].value, row[1].value) == (design, stage)))


def test_another_model_reprices_its_stage(book: Workbook, rich: Results, folder: Path) -> None:
    """As the engine does where the scenario names that model; the other designs stay."""
    row = line(book, "split", "verify")
    book["Models"].cell(row, 3).value = "sonnet"
    again = worked_out(book)
    expected = results_of(folder, RICH.replace("{default: haiku,", "{default: haiku, verify: sonnet,"))
    for design in expected.designs:
        at = found(book["Summary"], 1, f"+ {design.id}" if design.added else design.id)
        assert again.evaluate_cell("Summary", at, TOTAL) == pytest.approx(float(design.total_usd), rel=1e-12)
    (verify,) = (s for s in expected.design("split").stages if s.id == "verify")
    assert again.evaluate_cell("Models", row, 6) == pytest.approx(float(verify.cost_per_query_usd) * 1000)
    assert again.evaluate_cell("Models", row, 5) == "changed"
    assert [again.evaluate_cell("Checks", n, 2) for n in (4, 5, 6)] == [0, 2, 1]
    assert rich.design("split").total_usd != expected.design("split").total_usd


def test_a_model_that_is_not_offered_has_no_price(book: Workbook) -> None:
    """No total, and a check that fails, rather than the price of another."""
    book["Models"].cell(line(book, "split", "verify"), 3).value = "sonnet-2"
    again = worked_out(book)
    assert isinstance(again.evaluate_cell("Summary", found(book["Summary"], 1, "split"), TOTAL), dict)
    assert again.evaluate_cell("Checks", 4, 2) > 0
    assert str(again.evaluate_cell("Summary", *_state(book))).startswith("CHECK FAILED")


def _state(book: Workbook) -> tuple[int, int]:
    rows = book["Summary"].iter_rows(max_col=1)
    return next((c.row, 1) for (c,) in rows if "All checks pass" in str(c.value))


def test_each_list_refers_to_a_range_of_the_sheet(book: Workbook) -> None:
    for sheet in ("Models", "Summary"):
        rules = [each for each in book[sheet].data_validations.dataValidation if each.type == "list"]
        assert rules
        for rule in rules:
            cells = book[sheet][rule.formula1.replace("$", "")]
            options = [cell.value for row in cells for cell in row]
            assert book[sheet][str(rule.sqref)].value in options
            assert len(set(options)) == len(options) > 1


def test_another_baseline_moves_the_savings(book: Workbook, rich: Results) -> None:
    sheet = book["Summary"]
    sheet.cell(found(sheet, 1, "Savings are against"), 2).value = "split"
    again, base = worked_out(book), rich.design("split").total_usd
    for design in rich.designs:
        row = found(sheet, 1, f"+ {design.id}" if design.added else design.id)
        saved = again.evaluate_cell("Summary", row, SAVED)
        assert saved == pytest.approx(float(base - design.total_usd), rel=1e-9, abs=1e-6)
    assert [again.evaluate_cell("Checks", n, 2) for n in (4, 5, 6)] == [0, 0, 0]


def test_designs_that_differ_in_case_alone_are_told_apart(tmp_path: Path) -> None:
    """A spreadsheet takes `Split` for `split`, in lists and in look-ups."""
    text = RICH.replace("designs:\n", "designs:\n  Split: haiku\n", 1)
    results = results_of(tmp_path, text)
    ids = [design.id for design in results.designs]
    assert {"Split", "split"} <= set(ids)
    book = opened(render(results))
    sheet = book["Summary"]
    first, second = sorted((n for n in ids if n.casefold() == "split"), key=ids.index)
    sheet.cell(found(sheet, 1, "Savings are against"), 2).value = f"{second} (2)"
    again, base = worked_out(book), results.design(second).total_usd
    saved = again.evaluate_cell("Summary", found(sheet, 1, first), SAVED)
    assert saved == pytest.approx(float(base - results.design(first).total_usd), rel=1e-9, abs=1e-6)


def test_the_rank_follows_the_totals(book: Workbook, rich: Results) -> None:
    order = sorted(rich.designs, key=lambda design: design.total_usd)
    shown = opened(render(rich), values=True)["Summary"]
    for rank, design in enumerate(order, 1):
        row = found(shown, 1, f"+ {design.id}" if design.added else design.id)
        assert shown.cell(row, RANK).value == rank
