"""Price rows from anybody's table, CSV or xlsx: its columns named after a price book's, or a meter each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from kplan.errors import KplanError, Mark, Problem
from kplan.prices.columns import ROW_COLUMNS
from kplan.prices.files import book_file, without_clashes
from kplan.prices.importers.imported import Imported, Wishes
from kplan.prices.meters import METERS
from kplan.prices.records import ROWS, Cell, Record
from kplan.prices.sheets import read_tables
from kplan.prices.skipped import Skipped

_NO_METERS = ("meter", "usd")


def read(path: Path | None, as_of: date, reading: Wishes) -> Imported:
    """Every price of the table as a row.

    Raises KplanError with every bad cell and unknown column, each with file, line and column; what is empty
    is no price.
    """
    if path is None:
        raise KplanError("a table is read from a file; name it")
    tables = read_tables(path)
    records = list(tables.get(ROWS, ()))
    if problems := _header_problems(records, reading, path):
        raise KplanError(problems)
    given = [_renamed(record, reading) for record in records]
    single = [each for record in given for each in _widened(record)] if reading.wide else given
    found = without_clashes(
        book_file({**tables, ROWS: [_filled(record, reading.fills) for record in single]})
    )
    rows = [
        replace(
            row,
            source=row.source or path.name,
            checked_on=row.checked_on or as_of,
            recorded_on=row.recorded_on or as_of,
        )
        for row in found.rows
    ]
    counts = {
        "source prices": len(single),
        "imported prices": len(rows),
        "skipped prices": 0,
        "rows": len(rows),
    }
    used = {record.mark.line for record in single}
    empty = [
        Skipped(f"line {record.mark.line}", "no price in it")
        for record in given
        if record.mark.line not in used
    ]
    models = tuple(replace(model, source=model.source or path.name) for model in found.models)
    return Imported(tuple(rows), models, (), tuple(empty), MappingProxyType(counts), path.name)


def _header_problems(records: Sequence[Record], reading: Wishes, path: Path) -> list[Problem]:
    """Columns that nothing is said of, and options that speak of columns that are not there."""
    columns = {name: mark for record in records[:1] for name, (mark, _) in record.cells.items()}
    mapped = {theirs: ours for ours, theirs in reading.names.items()}
    problems = [
        _unknown(name, mark, reading)
        for name, mark in columns.items()
        if name not in reading.ignored and not _is_known(mapped.get(name, name), reading, name in mapped)
    ]
    problems += [
        Problem(f'"{name}" is no column of a price book; it has {", ".join(ROW_COLUMNS)}')
        for name in reading.fills
        if name not in ROW_COLUMNS
    ]
    wanted = [*reading.names.values(), *reading.ignored]
    first = next(iter(columns.values()), Mark(str(path), 1, 1))
    problems += [
        Problem(f'no column "{name}"; it has {", ".join(columns)}', first)
        for name in wanted
        if name not in columns
    ]
    both = [ours for ours, theirs in reading.names.items() if ours in columns and ours not in reading.ignored]
    problems += [
        Problem(f'"{reading.names[ours]}" and "{ours}" are both {ours}; ignore one', columns[ours])
        for ours in both
        if reading.names[ours] != ours and ours not in mapped
    ]
    return sorted(problems, key=lambda problem: problem.mark or first)


def _is_known(name: str, reading: Wishes, is_mapped: bool) -> bool:
    if not reading.wide:
        return name in ROW_COLUMNS
    return name not in _NO_METERS and (name in ROW_COLUMNS or name in METERS or is_mapped)


def _unknown(name: str, mark: Mark, reading: Wishes) -> Problem:
    what = "a column of a price book" if not reading.wide else "a column of a price book or a meter"
    return Problem(
        f'"{name}" is not {what}; say which it is (--map {"input" if reading.wide else "usd"}="{name}") '
        f'or leave it out (--ignore "{name}")',
        mark,
    )


def _renamed(record: Record, reading: Wishes) -> Record:
    """The record under a price book's names, without what is ignored."""
    mapped = {theirs: ours for ours, theirs in reading.names.items()}
    cells = {mapped.get(n, n): at for n, at in record.cells.items() if n not in reading.ignored}
    return replace(record, cells=cells)


def _widened(record: Record) -> Iterable[Record]:
    """A record for each price of a line that has several."""
    shared = {name: at for name, at in record.cells.items() if name in ROW_COLUMNS}
    for name, (mark, cell) in record.cells.items():
        if name not in ROW_COLUMNS and cell.text:
            yield Record({**shared, "meter": (mark, Cell(name, mark)), "usd": (mark, cell)}, record.mark)


def _filled(record: Record, fills: Mapping[str, str]) -> Record:
    blank = {
        name: (record.mark, Cell(text, record.mark))
        for name, text in fills.items()
        if name not in record.cells or not record.cells[name][1].text
    }
    return replace(record, cells={**record.cells, **blank}) if blank else record
