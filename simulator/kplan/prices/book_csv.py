"""A price book as CSV: written anew, or brought up to date with every untouched line as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kplan.errors import KplanError


class Sheet(Struct, frozen=True):
    """A table as it stands in its file."""

    header: tuple[str, ...]
    columns: tuple[str, ...]
    """Their names."""
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    """Each line's text to the letter, and its cells; empty lines too."""
    end: str
    """How its lines end."""
    mark: str
    """A byte order mark, where it begins with one."""
    head: str
    """The line of its header, to the letter."""

    def with_columns(self, names: Iterable[str]) -> Sheet:
        """The table with further columns; lines that end before them leave them empty."""
        further = tuple(name for name in names if name not in self.columns)
        if not further:
            return self
        header = (*self.header[: len(self.columns)], *further)
        return replace(self, header=header, columns=(*self.columns, *further))


def new_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of its own."""
    return "".join(_written(cells, "\n") for cells in (columns, *rows))


def updated_csv(
    text: str, columns: Sequence[str], changed: Mapping[int, Sequence[str]], added: Sequence[Sequence[str]]
) -> str:
    """The text with some rows changed and others added at the end; all else is the same to the letter.

    columns   what the cells of `changed` and `added` are for; the table may have others, or fewer
    changed   by number of the row, empty lines not counted
    """
    if not changed and not added:
        return text
    before = _sheet(text)
    filled = {
        name
        for cells in (*changed.values(), *added)
        for name, cell in zip(columns, cells, strict=True)
        if cell
    }
    sheet = before.with_columns(name for name in columns if name in filled)
    numbers = iter(range(len(sheet.lines)))
    body = [
        _merged(sheet, cells, dict(zip(columns, changed[n], strict=True)))
        if any(cell.strip() for cell in cells) and (n := next(numbers)) in changed
        else line
        for line, cells in sheet.lines
    ]
    lines = [before.head if sheet is before else _written(sheet.header, sheet.end), *body]
    if not lines[-1].endswith(("\n", "\r")):
        lines[-1] += sheet.end
    lines += [_merged(sheet, (), dict(zip(columns, cells, strict=True))) for cells in added]
    return sheet.mark + "".join(lines)


def _sheet(text: str) -> Sheet:
    mark = text[:1] if text.startswith("\ufeff") else ""
    lines = list(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    reader = csv.reader(iter(lines), strict=True)
    table: list[tuple[str, tuple[str, ...]]] = []
    done = 0
    for cells in reader:
        table.append(("".join(lines[done : reader.line_num]), tuple(cells)))
        done = reader.line_num
    if not table:
        raise KplanError("an empty file; delete it, and the import makes a new one")
    first, header = table[0]
    end = "\r\n" if first.endswith("\r\n") else "\n"
    return Sheet(header, tuple(name.strip() for name in header), tuple(table[1:]), end, mark, first)


def _merged(sheet: Sheet, old: Sequence[str], new: Mapping[str, str]) -> str:
    """A line with the new cells of known columns and the old ones of others."""
    padded = [*old, *[""] * (len(sheet.columns) - len(old))]
    return _written(
        [new.get(name, cell) for name, cell in zip(sheet.columns, padded, strict=False)], sheet.end
    )


def _written(cells: Sequence[str], end: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerow(cells)
    return text.getvalue()
