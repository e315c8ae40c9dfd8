"""Cells that are not to be edited and were: none of it can be carried over, all of it is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from math import isclose
from typing import Any

from msgspec import Struct
from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter

from kplan.errors import Problem
from kplan.form.numbers import clipped
from kplan.render.readback.aligned import Line, aligned
from kplan.render.readback.opened import Cell, Fixed, Opened
from kplan.render.readback.shown import is_formula, shown
from kplan.render.workbook.mapped import FORMULAS, NUMBER, SHEET, TEXT, TOTAL

_ONLY_BLUE = "only blue cells can be carried over"
_SLACK = 1e-14
"""Part of a number that spreadsheet programs may be off by: they keep 15 digits of it."""
MOST = 12
"""Cells of a sheet that are told one by one."""


class Others(Struct, frozen=True):
    """What was done to a workbook besides its blue cells."""

    problems: tuple[Problem, ...]
    """Figures that kplan worked out and that are others now: what they should do is not known."""
    notes: tuple[str, ...]
    """Texts and further cells, which change no figure."""


class _Sheet(Struct, frozen=True):
    """A sheet as it was and as it is."""

    name: str
    was: Mapping[Cell, Fixed]
    now: Mapping[Cell, Any]
    """Cells that hold something, as they are written."""
    values: Any
    """The worksheet of stored values."""
    blue: Set[Cell]
    """Cells that are read by themselves."""
    rows: Mapping[int, int]
    columns: Mapping[int, int]
    """Where each stands now, from 1; without those that are gone."""

    def at(self, cell: Cell) -> Cell | None:
        """Where a cell stands now."""
        row, column = self.rows.get(cell[0]), self.columns.get(cell[1])
        return None if row is None or column is None else (row, column)


def others(book: Opened) -> Others:
    """What was edited besides the blue cells, found by comparing with what kplan wrote."""
    problems: list[Problem] = []
    notes = [*_sheets(book)]
    for name, was in book.fixed.items():
        if name in book.formulas.sheetnames:
            sheet = _sheet(book, name, was)
            wrong, told = _compared(sheet)
            problems += [Problem(f"{book.path}: {what}") for what in _few(name, wrong)]
            notes += [*_few(name, told), *_further(sheet)]
    return Others(tuple(problems), tuple(notes))


def _sheets(book: Opened) -> Iterator[str]:
    """Sheets that came or went; those with blue cells are told by these."""
    there = book.formulas.sheetnames
    with_blue = {sheet for sheet, _, _ in book.cells}
    for name in book.fixed:
        if name not in there and name not in with_blue:
            yield f"sheet {name} was deleted or renamed: what was edited on it is not seen"
    for name in there:
        if name not in book.fixed and name != SHEET:
            yield f"sheet {name} is none of kplan's and is left out"


def _sheet(book: Opened, name: str, was: Mapping[Cell, Fixed]) -> _Sheet:
    cells = (cell for row in book.formulas[name].iter_rows() for cell in row if shown(cell.value))
    now = {coordinate_to_tuple(cell.coordinate): cell for cell in cells}
    own = (cell for sheet, cell, mapped in book.cells if sheet == name and mapped.kind != TOTAL)
    blue = {coordinate_to_tuple(cell) for cell in own}
    texts_was = {cell: text for cell, (kind, text) in was.items() if kind == TEXT}
    texts = {cell: shown(each.value) for cell, each in now.items() if each.data_type in ("s", "inlineStr")}
    texts_now = {cell: text for cell, text in texts.items() if cell not in blue}
    rows, columns = (_moved(was, now, texts_was, texts_now, axis) for axis in (0, 1))
    return _Sheet(name, was, now, book.values[name], blue, rows, columns)


def _moved(
    was: Iterable[Cell], now: Iterable[Cell], before: Mapping[Cell, str], after: Mapping[Cell, str], axis: int
) -> Mapping[int, int]:
    """Where each row (axis 0) or column (axis 1) stands now, by the texts in it."""
    old, new = (_lines(texts, axis, cells) for texts, cells in ((before, was), (after, now)))
    return {one + 1: other + 1 for one, other in aligned(old, new).items()}


def _lines(texts: Mapping[Cell, str], axis: int, cells: Iterable[Cell]) -> Sequence[Line]:
    lines: list[list[str]] = [[] for _ in range(max((cell[axis] for cell in cells), default=0))]
    for cell in sorted(texts):
        lines[cell[axis] - 1].append(texts[cell])
    return [tuple(line) for line in lines]


def _compared(sheet: _Sheet) -> tuple[list[str], list[str]]:
    """What is wrong with the sheet's figures, and what is only to be told of its texts."""
    wrong, told = [*_gone(sheet)], []
    for cell, (kind, before) in sheet.was.items():
        at = sheet.at(cell)
        if at is None or at in sheet.blue:
            continue
        after = _after(sheet, at)
        if kind == FORMULAS and not is_formula(sheet.now.get(at)):
            wrong.append(f"{_place(sheet, at)}: a formula was typed over or deleted; {_ONLY_BLUE}: undo that")
        elif kind == FORMULAS or _is_same(kind, before, after):
            continue
        elif kind == TEXT:
            told.append(f"{_place(sheet, at)}: the text `{clipped(before)}`{_now(after)}: left out")
        else:
            wrong.append(f"{_place(sheet, at)}: stood at {before}{_now(after)}; {_ONLY_BLUE}: undo that")
    return wrong, told


def _after(sheet: _Sheet, at: Cell) -> str:
    """What a cell shows, a formula by its stored value."""
    cell = sheet.now.get(at)
    value = sheet.values.cell(*at).value if is_formula(cell) else getattr(cell, "value", None)
    return shown(value)


def _is_same(kind: str, before: str, after: str) -> bool:
    if kind == TEXT:
        return after.split() == before.split()
    try:
        return after == before or (kind == NUMBER and isclose(float(after), float(before), rel_tol=_SLACK))
    except ValueError:
        return False


def _now(after: str) -> str:
    return f", is `{clipped(after)}`" if after else ", is deleted"


def _gone(sheet: _Sheet) -> Iterator[str]:
    """Rows and columns that are not there any more, by their names at the export."""
    lines = {
        f"row {row}" if row not in sheet.rows else f"column {get_column_letter(column)}": None
        for row, column in sheet.was
        if sheet.at((row, column)) is None
    }
    for line in lines:
        yield f"{sheet.name}: {line} was deleted or moved; {_ONLY_BLUE}: undo that"


def _further(sheet: _Sheet) -> Iterator[str]:
    """Cells that hold what kplan did not write."""
    known = {sheet.at(cell) for cell in sheet.was} | sheet.blue
    found = [_place(sheet, cell) for cell in sorted(sheet.now.keys() - known)]
    if found:
        more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
        yield f"{', '.join(found[:MOST])}{more}: not written by kplan and left out"


def _few(name: str, found: Sequence[str]) -> Iterator[str]:
    yield from found[:MOST]
    if len(found) > MOST:
        yield f"{name}: and {len(found) - MOST} more cells like these"


def _place(sheet: _Sheet, cell: Cell) -> str:
    return f"{sheet.name}!{get_column_letter(cell[1])}{cell[0]}"
