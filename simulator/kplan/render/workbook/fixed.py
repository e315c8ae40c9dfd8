"""What the sheet `_kplan` says of the cells that are not to be edited: what kplan wrote, and where."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby

from xlsxwriter.utility import xl_col_to_name

from kplan.render.workbook.mapped import DAY, FORMULAS, NUMBER, TEXT
from kplan.render.workbook.sheet import Sheet

MAX_CHARACTERS = 30_000
"""In one cell, of which Excel keeps 32,767."""
MAX_SPANS = 10_000
"""Characters of spans that are told together."""
Cell = tuple[int, int]
"""Row and column, from 0."""


def lines(sheets: Mapping[str, Sheet], own: Container[tuple[str, Cell]]) -> Iterator[tuple[str, ...]]:
    """Lines for each sheet's formulas, texts, numbers and days: kind, sheet, and [what, spans] as JSON.

    own  cells that a line of their own says more of
    Equal cells are told once, and as many together as fit into a cell: cells are what takes time and room.
    """
    for name, sheet in sheets.items():
        groups: dict[tuple[str, str], list[Cell]] = {
            (FORMULAS, ""): [cell for cell in sheet.formulas if (name, cell) not in own]
        }
        for cell, value in sheet.constants.items():
            if (name, cell) not in own:
                groups.setdefault(_said(value), []).append(cell)
        told: dict[str, list[str]] = {}
        for (kind, what), cells in groups.items():
            own_kind = told.setdefault(kind, [])
            own_kind += (json.dumps((what, part), ensure_ascii=True) for part in _spans(cells))
        for kind, texts in told.items():
            for together in _together(texts):
                yield kind, name, together


def _together(texts: Iterable[str]) -> Iterator[str]:
    """The texts as JSON lists, each of which fits into a cell."""
    found: list[str] = []
    size = 0
    for text in texts:
        if found and size + len(text) > MAX_CHARACTERS:
            yield f"[{','.join(found)}]"
            found, size = [], 0
        found.append(text)
        size += len(text) + 1
    if found:
        yield f"[{','.join(found)}]"


def _said(value: str | Decimal | date) -> tuple[str, str]:
    if isinstance(value, str):
        return TEXT, value
    return (DAY, value.isoformat()) if isinstance(value, date) else (NUMBER, repr(float(value)))


def _spans(cells: Iterable[Cell]) -> Iterator[str]:
    """`F5:F20 G5` and so on, in texts that fit into a cell."""
    text = ""
    for column, rows in groupby(sorted((column, row) for row, column in cells), lambda cell: cell[0]):
        letters = xl_col_to_name(column)
        for first, last in _runs(row for _, row in rows):
            span = f"{letters}{first + 1}" + (f":{letters}{last + 1}" if last > first else "")
            if len(text) + len(span) > MAX_SPANS:
                yield text
                text = ""
            text = f"{text} {span}" if text else span
    if text:
        yield text


def _runs(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    found: list[int] = []
    for row in rows:
        if found and row != found[-1] + 1:
            yield found[0], found[-1]
            found = []
        found.append(row)
    if found:
        yield found[0], found[-1]
