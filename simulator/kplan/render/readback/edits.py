"""What was edited: cells whose numbers are no longer those of the export, and all that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped
from kplan.money import ONE, ZERO, exact, plain
from kplan.render.readback.opened import Opened
from kplan.render.readback.others import others
from kplan.render.readback.shown import shown
from kplan.render.workbook.mapped import CHOICE, HELD, INPUT, TOTAL, Mapped
from kplan.scenario.names import meant
from kplan.scenario.tree import Place

DIGITS = 15
"""Significant digits that every spreadsheet program keeps of a number; two that agree in them are one."""
_LINK = re.compile(r"=\s*\$?([A-Z]{1,3})\$?([0-9]+)\s*")
_ERROR = re.compile(r"#[A-Z0-9/]+[!?]?")


class Edit(Struct, frozen=True):
    """A number that was changed."""

    mapped: Mapped
    cell: str
    """Inputs!B8."""
    before: Decimal
    after: Decimal

    @property
    def name(self) -> str:
        """What people call it."""
        return self.mapped.name


class Chosen(Struct, frozen=True):
    """Another choice out of a list."""

    mapped: Mapped
    cell: str
    after: str
    """What the scenario says for it."""

    @property
    def before(self) -> str:
        """What the scenario said at the export."""
        return dict(self.mapped.options)[self.mapped.exported]


class Readback(Struct, frozen=True):
    """All that a workbook says differently than at its export."""

    edits: tuple[Edit, ...]
    chosen: tuple[Chosen, ...]
    numbers: Mapping[tuple[str, Place], Decimal]
    """Every number of the scenario as it is now, by variant and place."""
    totals: Mapping[tuple[str, str], tuple[Decimal, Decimal | None]]
    """Variant and design -> its total at the export, and as the workbook shows it.

    None where no program has worked the workbook out since it was edited.
    """
    notes: tuple[str, ...]
    """What to know about the reading."""


class _UnreadableError(Exception):
    """Why a cell has no number."""


@dataclass
class _Reader:
    book: Opened
    here: Mapping[tuple[str, str], Mapped]
    """What is mapped at each sheet and cell."""
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    gone: dict[str, None] = field(default_factory=dict)
    """Sheets that are not there any more."""

    def edits(self) -> Iterator[Edit]:
        for sheet, cell, mapped in self.book.cells:
            if mapped.kind not in (CHOICE, TOTAL) and self._is_in_place(sheet, cell, mapped):
                try:
                    after = self.number(sheet, cell, mapped)
                except _UnreadableError as e:
                    self._wrong(f"{sheet}!{cell}", mapped, str(e))
                    continue
                yield Edit(mapped, f"{sheet}!{cell}", Decimal(mapped.exported), after)

    def chosen(self) -> Iterator[Chosen]:
        for sheet, cell, mapped in self.book.cells:
            if mapped.kind == CHOICE and self._is_in_place(sheet, cell, mapped):
                found = self.book.formulas[sheet][cell]
                text = shown((self.book.values[sheet][cell] if found.data_type == "f" else found).value)
                said = dict(mapped.options) | {value: value for _, value in mapped.options}
                if text not in said:
                    near = meant(text, [option for option, _ in mapped.options])
                    self._wrong(f"{sheet}!{cell}", mapped, f"`{clipped(text)}` is not in its list{near}")
                elif said[text] != said[mapped.exported]:
                    yield Chosen(mapped, f"{sheet}!{cell}", said[text])

    def _is_in_place(self, sheet: str, cell: str, mapped: Mapped) -> bool:
        """Whether the cell is there, beside the labels that it had."""
        if not sheet or sheet not in self.book.formulas.sheetnames:
            if sheet:
                self.gone[sheet] = None
            else:
                self._wrong("its cell", mapped, "was deleted, or its sheet was; undo that")
            return False
        found = _labels(self.book.formulas[sheet], cell, mapped)
        if found == [text for _, text in mapped.labels]:
            return True
        stood, stands = (
            " ".join(filter(None, each)) for each in ([text for _, text in mapped.labels], found)
        )
        what = f"beside it stood `{clipped(stood, 80)}`, now `{clipped(stands, 80)}`: its row was moved"
        self._wrong(f"{sheet}!{cell}", mapped, f"{what} or renamed; undo that")
        return False

    def number(self, sheet: str, cell: str, mapped: Mapped) -> Decimal:
        """The number of a cell; of a formula what it refers to, or the value that was stored beside it."""
        raw = self.book.formulas[sheet][cell]
        if raw.data_type == "f":
            return self._of_formula(sheet, cell, mapped)
        if raw.data_type == "e" and mapped.exported == "NaN":
            return Decimal("NaN")
        return _number(raw.value)

    def _of_formula(self, sheet: str, cell: str, mapped: Mapped) -> Decimal:
        text = str(getattr(self.book.formulas[sheet][cell].value, "text", None) or "")
        text = text or str(self.book.formulas[sheet][cell].value)
        if mapped.exported == "NaN" and text.replace(" ", "") == "=NA()":
            return Decimal("NaN")
        link = _LINK.fullmatch(text)
        target = f"{link[1]}{link[2]}" if link else ""
        if target != cell and (other := self.here.get((sheet, target))) is not None:
            return self.number(sheet, target, other)
        stored = self.book.values[sheet][cell].value
        if stored is None:
            raise _UnreadableError(
                f"holds the formula {clipped(text)} without a value: save the file in a spreadsheet program,"
                " or type the number"
            )
        value = _number(stored)
        self.notes.append(f"{sheet}!{cell}: {mapped.name}: took {plain(value)}, the value of {clipped(text)}")
        return value

    def check(self, edit: Edit) -> None:
        """Note what is wrong with a number that was edited."""
        mapped, after = edit.mapped, edit.after
        if mapped.kind == HELD:
            what = "was changed; kplan worked it out, so that it cannot be carried over: undo that"
        elif mapped.most and not Decimal(mapped.least) <= after <= Decimal(mapped.most):
            what = f"{plain(after)} must lie between 0 and 1 (0% and 100%)"
        elif mapped.least and after < Decimal(mapped.least):
            what = f"{plain(after)} is below {mapped.least}"
        elif not mapped.places:
            what = "was changed; the scenario has no one place for it, so that it cannot be carried over"
        else:
            return
        self._wrong(edit.cell, mapped, what)

    def _wrong(self, cell: str, mapped: Mapped, what: str) -> None:
        under = f" (variant {', '.join(mapped.variants)})" if any(mapped.variants) else ""
        self.problems.append(Problem(f"{self.book.path}: {cell}: {mapped.name}{under}: {what}"))


def readback(book: Opened) -> Readback:
    """Everything that was edited; raises KplanError with all cells that cannot be carried over."""
    reader = _Reader(book, {(sheet, cell): mapped for sheet, cell, mapped in book.cells})
    found, chosen = list(reader.edits()), tuple(reader.chosen())
    edits = [edit for edit in found if not _is_same(edit)]
    for edit in edits:
        reader.check(edit)
    numbers = {
        (variant, place): edit.before if _is_same(edit) else edit.after
        for edit in found
        if edit.mapped.kind == INPUT
        for variant in edit.mapped.variants
        for place in edit.mapped.places
    }
    problems = [_missing(book, sheet) for sheet in reader.gone]
    rest = others(book)
    problems += [*reader.problems, *_not_whole(book, found), *rest.problems]
    if problems:
        raise KplanError(problems)
    return Readback(tuple(edits), chosen, numbers, dict(_totals(book)), (*reader.notes, *rest.notes))


def _missing(book: Opened, sheet: str) -> Problem:
    has = ", ".join(name for name in book.formulas.sheetnames if not name.startswith("_"))
    return Problem(f"{book.path}: sheet {sheet} was deleted or renamed; it has {has}")


def _labels(sheet: Any, cell: str, mapped: Mapped) -> list[str]:
    letters, row = coordinate_from_string(cell)
    column = column_index_from_string(letters)
    return [shown(sheet.cell(row, column + n).value) if column + n > 0 else "" for n, _ in mapped.labels]


def _number(value: object) -> Decimal:
    """The shortest decimal that is this number in a cell."""
    if isinstance(value, bool) or value is None or not isinstance(value, float | int):
        raise _UnreadableError(_what_stands(value))
    return Decimal(repr(value))


def _what_stands(value: object) -> str:
    if value is None:
        return "is empty; a number is expected, 0 for none"
    if isinstance(value, str) and _ERROR.fullmatch(value):
        return f"holds the error {value}; a number is expected"
    if isinstance(value, datetime | date):
        return f"holds the date {shown(value)}; a number is expected"
    return f"holds the text `{clipped(str(value))}`; a number is expected"


def _is_same(edit: Edit) -> bool:
    return is_same_number(edit.before, edit.after)


def is_same_number(one: Decimal, other: Decimal) -> bool:
    """Whether a cell that one was written into holds the other."""
    if one.is_nan() or other.is_nan():
        return one.is_nan() and other.is_nan()
    return f"{float(one):.{DIGITS}g}" == f"{float(other):.{DIGITS}g}"


def _not_whole(book: Opened, found: Iterable[Edit]) -> Iterator[Problem]:
    """Shares of one whole that added to 1 at the export, and do not any more."""
    wholes: dict[tuple[str, Place], list[Edit]] = {}
    for edit in found:
        if edit.mapped.kind == INPUT and edit.mapped.most == "1":
            for place in edit.mapped.places:
                wholes.setdefault((edit.mapped.variants[0], _whole(place)), []).append(edit)
    for parts in wholes.values():
        with exact():
            before = sum((part.before for part in parts), ZERO)
            after = sum((part.before if _is_same(part) else part.after for part in parts), ZERO)
        if before == ONE and after != ONE and all(ZERO <= part.after <= ONE for part in parts):
            cells = ", ".join(dict.fromkeys(part.cell for part in parts))
            yield Problem(f"{book.path}: {cells}: these shares add up to {plain(after)}, not 1")


def _whole(place: Place) -> Place:
    """What a share is a part of: all shares of the mix, or the map that it stands in."""
    is_of_mix = place[0] == "mix" and place[-1] == "share"
    return ("mix", "share") if is_of_mix else place[:-1]


def _totals(book: Opened) -> Iterator[tuple[tuple[str, str], tuple[Decimal, Decimal | None]]]:
    for sheet, cell, mapped in book.cells:
        if mapped.kind == TOTAL and sheet in book.values.sheetnames:
            value = book.values[sheet][cell].value
            is_number = isinstance(value, float | int) and not isinstance(value, bool)
            now = Decimal(repr(value)) if is_number else None
            yield (mapped.variants[0], mapped.name), (Decimal(mapped.exported), now)
