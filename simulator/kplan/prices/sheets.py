"""Reads the tables of a price book from YAML, CSV and xlsx alike."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path

from kplan.errors import KplanError, Mark, Problem
from kplan.prices.columns import ROW_COLUMNS
from kplan.prices.records import ROWS, TABLES, Cell, Record, Tables

MAX_BYTES = 5_000_000
"""Largest file that is read; DESIGN section 8."""
MAX_UNPACKED_BYTES = 100_000_000
"""Largest content of an xlsx file, which is a zip archive."""
PACKED_CSV = ".csv.gz"
"""Ending of a packed table, as kplan's own book is one."""
_TELLING = frozenset((*ROW_COLUMNS, "models", "multiplier", "rate"))
"""Columns that tell a table of a price book."""

Lines = Sequence[tuple[int, Sequence[str]]]
"""The cells of each line, with its number."""


def read_tables(path: Path) -> Tables:
    """The tables of a price book; any may be missing.

    Raises KplanError for a file that is missing, too large, not text, or not of a known kind.
    """
    readers = {".yaml": _read_yaml, ".yml": _read_yaml, ".csv": _read_csv, ".xlsx": _read_xlsx}
    reader = _read_csv if path.name.lower().endswith(PACKED_CSV) else readers.get(path.suffix.lower())
    if reader is None:
        raise KplanError(f"{path}: a price book is a .yaml, .csv, .csv.gz or .xlsx file")
    return reader(path)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise KplanError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB")
        return path.read_bytes()
    except OSError as e:
        raise KplanError(f"{path}: {e.strerror or e}") from e


def read_text(path: Path) -> str:
    """A text file in UTF-8, packed or not; raises KplanError for what is none."""
    try:
        text = _unpacked(path).decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise KplanError(f"{path}: not a text file in UTF-8 (byte {e.start})") from e
    if "\0" in text:
        raise KplanError(f"{path}: not a text file")
    return text


def _unpacked(path: Path) -> bytes:
    """What the file holds; raises KplanError for a packed one that is damaged or unpacks to too much."""
    if path.suffix.lower() != ".gz":
        return _bytes(path)
    import gzip
    import zlib

    try:
        with gzip.open(io.BytesIO(_bytes(path))) as packed:
            content = packed.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as e:
        raise KplanError(f"{path}: not a gzip file ({e})") from e
    if len(content) > MAX_BYTES:
        raise KplanError(f"{path}: unpacks to more than {MAX_BYTES // 1_000_000} MB")
    return content


def _read_yaml(path: Path) -> Tables:
    from kplan.prices.book_yaml import tables

    return tables(read_text(path), str(path))


def _read_csv(path: Path) -> Tables:
    beside = {name: path.with_suffix(f".{name}.csv") for name in TABLES[1:]}
    others = {name: _csv_records(other) for name, other in beside.items() if other.is_file()}
    return {ROWS: _csv_records(path), **others}


def _csv_records(path: Path) -> list[Record]:
    return list(csv_records(read_text(path), str(path)))


def csv_records(text: str, file: str) -> Iterator[Record]:
    """The records of a table in CSV."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as e:
        raise KplanError(Problem(f"not CSV: {e}", Mark(file, reader.line_num, 1))) from e
    return _records(lines, file)


def _read_xlsx(path: Path) -> Tables:
    import openpyxl

    packed = _bytes(path)
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise KplanError(f"{path}: unpacks to more than {MAX_UNPACKED_BYTES // 1_000_000} MB")
        book = openpyxl.load_workbook(io.BytesIO(packed), read_only=True, data_only=True)
        sheets = {name: list(book[name].iter_rows(values_only=True)) for name in book.sheetnames}
    except KplanError:
        raise
    except Exception as e:  # openpyxl lets whatever its parser meets escape
        raise KplanError(f"{path}: not an xlsx workbook ({e})") from e
    texts = {
        title: [(n, [_plain(value) for value in values]) for n, values in enumerate(lines, 1)]
        for title, lines in sheets.items()
    }
    chosen = _chosen(texts, path)
    return {
        name: list(_records(texts[title], str(path) if name == ROWS else f"{path}[{title}]"))
        for name, title in chosen.items()
    }


def _chosen(sheets: Mapping[str, Lines], path: Path) -> dict[str, str]:
    """The sheet of each table, by its name in any case; without `rows` prices are on the first other one.

    Raises KplanError for a further sheet that looks like a table of prices: it must not be left out unseen.
    """
    named = {title.strip().lower(): title for title in sheets}
    chosen = {name: named[name] for name in TABLES if name in named}
    others = [title for title in sheets if title not in chosen.values()]
    if ROWS not in chosen and others and (not chosen or _header(sheets[others[0]]) & _TELLING):
        chosen = {ROWS: others.pop(0)} | chosen
    telling = _TELLING | (_header(sheets[chosen[ROWS]]) if ROWS in chosen else set())
    if unread := [title for title in others if len(_header(sheets[title]) & telling) > 1]:
        raise KplanError(
            Problem(
                f"the columns of this sheet are those of a price book, but not its name; call it one of "
                f"{', '.join(TABLES)}, or put its lines there",
                Mark(f"{path}[{title}]", 1, 1),
            )
            for title in unread
        )
    return chosen


def _header(lines: Lines) -> set[str]:
    return {cell.strip() for cell in lines[0][1] if cell.strip()} if lines else set()


def _plain(value: object) -> str:
    """A workbook's value as text; a float to the 15 digits that a spreadsheet shows."""
    if isinstance(value, float):
        return format(value, ".15g")
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _records(lines: Lines, file: str) -> Iterator[Record]:
    """Lines under a header; empty lines are left out."""
    if not lines:
        return
    header_line, header = lines[0]
    names = [name.strip() for name in header]
    if problems := _header_problems(names, file, header_line):
        raise KplanError(problems)
    headings = [Mark(file, header_line, n) for n in range(1, len(names) + 1)]
    # Most cells of a large book are empty: the columns of one share what stands for them.
    blanks = {name: (mark, Cell("", mark)) for name, mark in zip(names, headings, strict=True) if name}
    for line, given in lines[1:]:
        cells = [cell.strip() for cell in given]
        if not any(cells):
            continue
        if any(cells[len(names) :]):
            mark = Mark(file, line, len(names) + 1)
            raise KplanError(Problem(f"more cells than the {len(names)} columns", mark))
        filled = {
            name: (headings[n], Cell(cell, Mark(file, line, n + 1)))
            for n, (name, cell) in enumerate(zip(names, cells, strict=False))
            if cell and name
        }
        yield Record({**blanks, **filled}, Mark(file, line, 1))


def _header_problems(names: Sequence[str], file: str, line: int) -> list[Problem]:
    return [
        Problem(f'column "{name}" stands twice', Mark(file, line, n))
        for n, name in enumerate(names, 1)
        if name and name in names[: n - 1]
    ]
