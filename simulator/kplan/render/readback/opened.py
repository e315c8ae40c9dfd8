"""A workbook that kplan wrote, opened: its cells as they are now, and its own map of them."""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from openpyxl import Workbook, load_workbook
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.exceptions import InvalidFileException

from kplan.errors import KplanError
from kplan.render.workbook.mapped import (
    CELL,
    DAY,
    FACTS,
    FORMULAS,
    HEADS,
    NUMBER,
    SCHEMA,
    SHEET,
    TEXT,
    TITLE,
    Mapped,
)

_REFERENCE = re.compile(r"=\s*(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]{1,3})\$?([0-9]+)\s*")
_BROKEN = (
    InvalidFileException,
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    SyntaxError,
)
"""What openpyxl raises for files that are no workbooks, or broken ones."""


Cell = tuple[int, int]
"""Row and column, from 1."""
Fixed = tuple[str, str]
"""Kind of a cell that is not to be edited, FORMULAS, TEXT, NUMBER or DAY, and what stood in it."""
_FIXED = (FORMULAS, TEXT, NUMBER, DAY)


class Opened(Struct, frozen=True):
    """A workbook with its map."""

    path: Path
    formulas: Workbook
    """Cells as they are written."""
    values: Workbook
    """The values that a spreadsheet program stored beside the formulas."""
    facts: Mapping[str, str]
    cells: Sequence[tuple[str, str, Mapped]]
    """Sheet and cell where each mapped cell is now, empty where it is gone."""
    fixed: Mapping[str, Mapping[Cell, Fixed]]
    """What else stood on each sheet."""

    @property
    def options(self) -> tuple[str, ...]:
        """Words of the command line that the workbook was made with."""
        return tuple(json.loads(self.facts["options"]))


def opened(path: Path) -> Opened:
    """The workbook of a file; raises KplanError where kplan did not write it."""
    formulas, values = (_loaded(path, has_values=has_values) for has_values in (False, True))
    if SHEET not in formulas.sheetnames:
        what = f"{path}: no workbook of kplan's: it has no sheet {SHEET}, which says what its cells are"
        raise KplanError(f"{what}; write one anew with kplan simulate SCENARIO -o {path.name}")
    lines = [_texts(line) for line in formulas[SHEET].iter_rows(values_only=True)]
    try:
        return _opened(path, formulas, values, lines)
    except (ValueError, IndexError, KeyError, TypeError) as e:
        raise KplanError(
            f"{path}: its sheet {SHEET} was changed and cannot be read any more; write the workbook anew"
        ) from e


def _loaded(path: Path, *, has_values: bool) -> Workbook:
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore", UserWarning)
            return load_workbook(file, data_only=has_values)
    except OSError as e:
        raise KplanError(f"{path}: cannot be read: {e.strerror or e}") from e
    except _BROKEN as e:
        raise KplanError(f"{path}: not an Excel workbook (.xlsx) that can be read; save it as .xlsx") from e


def _opened(path: Path, formulas: Workbook, values: Workbook, lines: Sequence[Sequence[str]]) -> Opened:
    schema = lines[1][1]
    if (lines[0][0], lines[1][0]) != (TITLE, FACTS[0]):
        raise ValueError(lines[0][0])
    if schema != str(SCHEMA):
        by = f"kplan {lines[2][1]}"
        raise KplanError(
            f"{path}: its map is of version {schema}, written by {by}; this kplan reads version {SCHEMA}"
        )
    head = next(n for n, line in enumerate(lines) if tuple(line[: len(HEADS)]) == HEADS)
    said = lines[1:head]
    facts = {name: text for name, text, *_ in said if name not in _FIXED}
    if missing := [name for name in FACTS if name not in facts]:
        raise KeyError(missing)
    fixed: dict[str, dict[Cell, Fixed]] = {}
    for kind, sheet, told, *_ in said:
        if kind in _FIXED:
            for what, spans in json.loads(told):
                fixed.setdefault(sheet, {}).update(_spread(spans, (kind, what)))
    return Opened(path, formulas, values, facts, tuple(_cells(lines[head + 1 :])), fixed)


def _spread(spans: str, what: Fixed) -> Iterator[tuple[Cell, Fixed]]:
    for span in spans.split():
        (first, column), (last, _) = map(coordinate_to_tuple, (span.split(":") * 2)[:2])
        yield from (((row, column), what) for row in range(first, last + 1))


def _cells(lines: Sequence[Sequence[str]]) -> Iterator[tuple[str, str, Mapped]]:
    for line in lines:
        if any(line):
            own = line[: len(HEADS)]
            reference = _REFERENCE.fullmatch(own[CELL])
            sheet, cell = "", ""
            if reference:
                quoted, plain, column, row = reference.groups()
                sheet, cell = (quoted or plain).replace("''", "'"), f"{column}{row}"
            yield sheet, cell, Mapped.of([*own[:CELL], *own[CELL + 1 :]])


def _texts(line: Sequence[Any]) -> list[str]:
    """The cells as texts, empty ones too."""
    texts = ["" if value is None else str(value) for value in line]
    return [*texts, *[""] * (len(HEADS) - len(texts))]
