"""Changes to the text of a user's price book that leave all else as it stands: comments, order, layout."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from kplan.errors import KplanError
from kplan.prices.book_csv import new_csv, updated_csv
from kplan.prices.columns import ROW_COLUMNS, row_texts
from kplan.prices.edits import Edit
from kplan.prices.files import book_file
from kplan.prices.rows import PriceRow
from kplan.prices.sheets import csv_records

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*(\.[A-Za-z0-9_/-]+)*")
_BARE = re.compile(r"[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NULLS = ("null", "Null", "NULL")

Cells = Mapping[str, str]


class BookText(Protocol):
    """The text of a price book in one format."""

    def with_cell(self, text: str, n: int, column: str, value: str) -> str:
        """The text with a cell of its n-th row filled or replaced."""

    def with_row(self, text: str, cells: Cells) -> str:
        """The text with one more row at the end of its rows."""

    def rows(self, text: str, file: str) -> tuple[PriceRow, ...]:
        """What is read of it."""


def edited(text: str, path: Path, edit: Edit) -> str:
    """The book's text after the edit; raises KplanError where it would not be read as the edit says."""
    book = _format(path)
    after = text
    for n, cells in edit.columns.items():
        for column, value in cells.items():
            after = book.with_cell(after, n, column, value)
    for row in edit.added:
        after = book.with_row(after, _filled(row))
    if book.rows(after, str(path)) != edit.rows:
        by_hand = " ".join(_flow(_filled(row)) for row in edit.added)
        raise KplanError(f"{path}: its layout cannot be changed in place; add by hand: {by_hand}")
    return after


def _filled(row: PriceRow) -> Cells:
    return {name: cell for name, cell in zip(ROW_COLUMNS, row_texts(row), strict=True) if cell}


def _format(path: Path) -> BookText:
    formats: dict[str, Callable[[], BookText]] = {".yaml": _Yaml, ".yml": _Yaml, ".csv": _Csv}
    if path.suffix.lower() not in formats:
        raise KplanError(
            f"{path}: a .yaml or .csv book can be changed; change other formats where they were made"
        )
    return formats[path.suffix.lower()]()


class _Yaml:
    def rows(self, text: str, file: str) -> tuple[PriceRow, ...]:
        from kplan.prices.book_yaml import tables

        return book_file(tables(text, file)).rows

    def with_cell(self, text: str, n: int, column: str, value: str) -> str:
        _, node = _rows_node(text)
        row = node.value[n]
        said = _scalar(column, value)
        for key, cell in row.value:
            if key.value == column:
                start, end = cell.start_mark.index, cell.end_mark.index
                return f"{text[:start]}{'' if start < end else ' '}{said}{text[end:]}"
        end = _end(row)
        if row.flow_style:
            return f"{text[:end]}, {column}: {said}{text[end:]}"
        return _line_after(text, end, f"{' ' * row.start_mark.column}{column}: {said}")

    def with_row(self, text: str, cells: Cells) -> str:
        key, node = _rows_node(text)
        said = _flow(cells)
        if key is None:
            return _line_after(text, len(text), f"rows:\n  - {said}")
        if not isinstance(node.value, list):
            start, end = node.start_mark.index, node.end_mark.index
            return _line_after(f"{text[:start]}{text[end:]}", key.end_mark.index, f"  - {said}")
        if not node.flow_style:
            return _line_after(text, _end(node), f"{' ' * node.start_mark.column}- {said}")
        if not node.value:
            start, end = node.start_mark.index, node.end_mark.index
            return f"{text[:start]}[{said}]{text[end:]}"
        end = _end(node.value[-1], whole=True)
        return f"{text[:end]}, {said}{text[end:]}"


def _rows_node(text: str) -> tuple[Any, Any]:
    """The key `rows` and its value; nothing in a file without."""
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    entries = root.value if isinstance(root, yaml.MappingNode) else []
    return next(((key, value) for key, value in entries if key.value == "rows"), (None, None))


def _end(node: Any, *, whole: bool = False) -> int:
    """Where the last word of a block stands; of a flow map its last value, or its bracket."""
    if not isinstance(node.value, list) or not node.value or (whole and node.flow_style):
        return int(node.end_mark.index)
    last = node.value[-1]
    parts = last if isinstance(last, tuple) else (last,)
    return max(_end(part, whole=True) for part in parts)


def _line_after(text: str, index: int, line: str) -> str:
    """The text with a line after the one in which the index lies; a text block ends in its last."""
    at = text.find("\n", index - 1 if text[index - 1 : index] == "\n" else index)
    if at < 0:
        return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"
    return f"{text[: at + 1]}{line}{chr(13) if text[at - 1 : at] == chr(13) else ''}\n{text[at + 1 :]}"


def _flow(cells: Cells) -> str:
    return f"{{{', '.join(f'{name}: {_scalar(name, value)}' for name, value in cells.items())}}}"


def _scalar(column: str, value: str) -> str:
    """A value as YAML: plain where it is plainly that, else in double quotes; a price always."""
    if not value.isprintable():
        raise KplanError(f"{column} {value!r} holds signs that cannot be printed")
    if column != "usd" and (_BARE.fullmatch(value) or (_PLAIN.fullmatch(value) and value not in _NULLS)):
        return value
    return json.dumps(value, ensure_ascii=False)


class _Csv:
    def rows(self, text: str, file: str) -> tuple[PriceRow, ...]:
        return book_file({"rows": list(csv_records(text, file))}).rows

    def with_cell(self, text: str, n: int, column: str, value: str) -> str:
        return updated_csv(text, (column,), {n: (value,)}, [])

    def with_row(self, text: str, cells: Cells) -> str:
        if not text.strip():
            return new_csv(tuple(cells), [tuple(cells.values())])
        return updated_csv(text, tuple(cells), {}, [tuple(cells.values())])
