"""Price rows and model rows from a user's book, all its problems at once, each row with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from kplan.errors import KplanError, Mark, Problem
from kplan.prices.columns import ALIAS_SEPARATOR, MODEL_COLUMNS, ROW_COLUMNS
from kplan.prices.layers import clash, clashes
from kplan.prices.meters import CACHE_WRITE, METERS, PER_MILLION, SCALES
from kplan.prices.models import ModelRow
from kplan.prices.records import Record, Tables
from kplan.prices.rows import MODES, STATUSES, TIER_SCOPES, PriceRow
from kplan.prices.sheets import read_tables
from kplan.prices.windows import Windows

_MAX_DIGITS = 60
_MAX_EXPONENT = 100
_NUMBER = re.compile(r"\$?([0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?|\.[0-9]+)(?:[eE]([+-]?[0-9]{1,9}))?")
_METER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Values = dict[str, object]
Built = TypeVar("Built")


@dataclass(frozen=True, slots=True)
class BookFile:
    """A price book as it stands in a file; two of its rows may be in force at once."""

    rows: tuple[PriceRow, ...]
    marks: tuple[Mark, ...]
    """Where each row stands."""
    models: tuple[ModelRow, ...]


def read_rows(path: Path) -> tuple[list[PriceRow], list[ModelRow]]:
    """The rows and models of a YAML, CSV or xlsx file; a file without any is a book still to be filled in.

    Raises KplanError with a problem for every bad cell, or for every two rows in force at once, each with
    file, line and column.
    """
    found = read_file(path)
    problems = [
        Problem(f"{clash(found.rows[n], found.rows[m])} (the first on line {found.marks[n].line})", mark)
        for n, m in clashes(found.rows)
        for mark in (found.marks[m],)
    ]
    if problems:
        raise KplanError(sorted(problems, key=lambda p: (p.mark is None, p.mark)))
    return list(found.rows), list(found.models)


def read_file(path: Path) -> BookFile:
    """The same with the place of each row, and whatever is in force at once."""
    return book_file(read_tables(path))


def book_file(tables: Tables) -> BookFile:
    """A price book from its tables; raises KplanError with a problem for every bad cell."""
    problems: list[Problem] = []
    rows = list(
        _built(tables.get("rows", ()), _ROW_READERS, ("provider", "model", "meter", "usd"), _row, problems)
    )
    models = list(_built(tables.get("models", ()), _MODEL_READERS, ("provider", "id"), _model, problems))
    problems += _twice(tables.get("models", ()))
    if problems:
        raise KplanError(sorted(problems, key=lambda p: (p.mark is None, p.mark)))
    return BookFile(
        tuple(row for row, _ in rows), tuple(mark for _, mark in rows), tuple(model for model, _ in models)
    )


def _built(
    records: Sequence[Record],
    readers: Mapping[str, Callable[[str], object]],
    required: Sequence[str],
    build: Callable[[Values], Built],
    problems: list[Problem],
) -> Iterable[tuple[Built, Mark]]:
    """What is built from each good record, with its place; the problems of the others are added."""
    for record in records:
        values, bad = _read(record, readers)
        bad += [*_unknown_columns(record, readers), *_missing(record, required)]
        if not bad:
            try:
                yield build(values), record.mark
            except KplanError as e:
                bad += e.at(record.mark).problems
        problems += [problem for problem in bad if problem not in problems]


def _read(record: Record, readers: Mapping[str, Callable[[str], object]]) -> tuple[Values, list[Problem]]:
    """The values of the cells that are filled and good, and what is wrong with the others."""
    values: Values = {}
    bad: list[Problem] = []
    for name, (_, cell) in record.cells.items():
        if name in readers and cell.text:
            try:
                values[name] = readers[name](cell.text)
            except KplanError as e:
                bad += e.at(cell.mark, name).problems
    return values, bad


def _unknown_columns(record: Record, readers: Mapping[str, object]) -> list[Problem]:
    problems = []
    for name, (mark, _) in record.cells.items():
        if name not in readers:
            near = get_close_matches(name, readers, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(readers)}"
            problems.append(Problem(f'unknown column "{name}"; {hint}', mark))
    return problems


def _missing(record: Record, required: Sequence[str]) -> list[Problem]:
    empty = [name for name in required if name not in record.cells or not record.cells[name][1].text]
    return [Problem(f"{', '.join(empty)} missing", record.mark)] if empty else []


def _row(values: Values) -> PriceRow:
    meter = METERS.get(str(values["meter"]))
    if "per" not in values:
        if meter is None or meter.unit != "token":
            raise KplanError(f"per missing: is usd for 1, 1000 or 1000000 of {values['meter']}?")
        values["per"] = PER_MILLION
    row = PriceRow(**values)  # type: ignore[arg-type]  # the readers give each column its type
    if row.valid_from and row.valid_to and row.valid_to <= row.valid_from:
        raise KplanError(f"valid_to {row.valid_to} must be after valid_from {row.valid_from}, the first day")
    Windows.parse(row.weekdays, row.hours, row.tz)
    return row


def _model(values: Values) -> ModelRow:
    model = ModelRow(**values)  # type: ignore[arg-type]  # the readers give each column its type
    if model.released_on and model.retires_on and model.retires_on <= model.released_on:
        raise KplanError(f"retires_on {model.retires_on} must be after released_on {model.released_on}")
    return model


def _twice(records: Sequence[Record]) -> list[Problem]:
    seen: dict[tuple[str, str], Record] = {}
    problems: list[Problem] = []
    for record in records:
        if "provider" in record.cells and "id" in record.cells:
            key = (record.cells["provider"][1].text, record.cells["id"][1].text)
            if first := seen.get(key):
                problems.append(
                    Problem(f"{'/'.join(key)} stands twice, first on line {first.mark.line}", record.mark)
                )
            seen.setdefault(key, record)
    return problems


def _usd(text: str) -> Decimal:
    found = _NUMBER.fullmatch(text)
    if not found:
        raise KplanError(f'"{text}" is not a price; write 3.00')
    digits, exponent = found[1].replace("_", ""), int(found[2] or 0)
    if abs(exponent) > _MAX_EXPONENT or len(digits) > _MAX_DIGITS:
        raise KplanError(
            f'"{text[:40]}" has too many digits; at most {_MAX_DIGITS}, exponent at most {_MAX_EXPONENT}'
        )
    return Decimal(f"{digits}e{exponent}")


def _count(text: str) -> int:
    plain = text.replace("_", "")
    if not (plain.isascii() and plain.isdigit() and len(plain) <= _MAX_DIGITS):
        raise KplanError(f'"{text}" is not a whole number')
    return int(plain)


def _per(text: str) -> int:
    if (per := _count(text)) not in SCALES:
        raise KplanError(f"{per} is not one of {', '.join(map(str, SCALES))}")
    return per


def _day(text: str) -> date:
    try:
        if len(text) != len("2026-12-31"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as e:
        raise KplanError(f'"{text}" is not a date; write 2026-12-31') from e


def _meter(text: str) -> str:
    if text == CACHE_WRITE:
        raise KplanError(
            "cache_write counts all cache writes; a price is for cache_write_5m or cache_write_1h"
        )
    if not _METER.fullmatch(text):
        raise KplanError(f'"{text}" is not a meter name; write letters, digits and _')
    return text


def _provider(text: str) -> str:
    if "/" in text:
        raise KplanError(f'a provider has no slash: "{text}"')
    return text


def _one_of(allowed: Sequence[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            near = get_close_matches(text, allowed, 1)
            hint = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(allowed)}"
            raise KplanError(f'"{text}" is not known; {hint}')
        return text

    return read


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in text.split(ALIAS_SEPARATOR))))


_ROW_READERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    dict.fromkeys(ROW_COLUMNS, str)
    | {
        "provider": _provider,
        "meter": _meter,
        "usd": _usd,
        "per": _per,
        "over_input_tokens": _count,
        "tier_scope": _one_of(TIER_SCOPES),
        "mode": _one_of(MODES),
        "status": _one_of(STATUSES),
    }
    | dict.fromkeys(("valid_from", "valid_to", "checked_on", "recorded_on"), _day)
)

_MODEL_READERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    dict.fromkeys(MODEL_COLUMNS, str)
    | {"provider": _provider, "aliases": _names, "context_window": _count, "max_output": _count}
    | dict.fromkeys(("released_on", "deprecated_on", "retires_on"), _day)
)
