"""Price rows, model rows and terms from a user's book, all its problems at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kplan.errors import KplanError, Mark, Problem
from kplan.prices import cell_readers
from kplan.prices.columns import MODEL_COLUMNS, ROW_COLUMNS
from kplan.prices.layers import clash, clashes
from kplan.prices.meters import METERS, PER_MILLION
from kplan.prices.models import ModelRow
from kplan.prices.records import Record, Tables
from kplan.prices.rows import MODES, STATUSES, TIER_SCOPES, US_DOLLAR, PriceRow
from kplan.prices.sheets import read_tables
from kplan.prices.term_files import CURRENCIES, DISCOUNTS, MODIFIERS, AnyTerm, TermTable
from kplan.prices.terms import ExchangeRate, Terms
from kplan.prices.windows import Windows

_INSTEAD: Mapping[str, str] = MappingProxyType({"usd": "price"})
"""What may be given in place of a required column."""

Values = dict[str, object]
Built = TypeVar("Built")


class BookFile(Struct, frozen=True):
    """A price book as it stands in a file; two of its rows may be in force at once."""

    rows: tuple[PriceRow, ...]
    marks: tuple[Mark, ...]
    """Where each row stands."""
    models: tuple[ModelRow, ...]
    terms: Terms
    """What applies to the prices of every book."""


def read_rows(path: Path) -> tuple[list[PriceRow], list[ModelRow]]:
    """The rows and models of a file, as `read_book` reads them."""
    found = read_book(path)
    return list(found.rows), list(found.models)


def read_book(path: Path) -> BookFile:
    """The book in a YAML, CSV or xlsx file; a file without any row is a book still to be filled in.

    Raises KplanError with a problem for every bad cell, or for every two rows in force at once, each with
    file, line and column.
    """
    return without_clashes(read_file(path))


def without_clashes(found: BookFile) -> BookFile:
    """The book; raises KplanError with a problem for rows in force at once, which names the lines of both."""
    problems = [
        Problem(f"{clash(found.rows[n], found.rows[m])} (the first on line {found.marks[n].line})", mark)
        for n, m in clashes(found.rows)
        for mark in (found.marks[m],)
    ]
    if problems:
        raise KplanError(sorted(problems, key=lambda p: (p.mark is None, p.mark)))
    return found


def read_file(path: Path) -> BookFile:
    """The same, whatever is in force at once."""
    return book_file(read_tables(path))


def book_file(tables: Tables) -> BookFile:
    """A price book from its tables; raises KplanError with a problem for every bad cell."""
    problems: dict[Problem, None] = {}
    records, others = tables.get("rows", ()), tables.get("models", ())
    rows = list(_built(records, _ROW_READERS, ("provider", "model", "meter", "usd"), _row, problems))
    models = list(_built(others, _MODEL_READERS, ("provider", "id"), _model, problems))
    problems |= dict.fromkeys(_twice(others))
    terms = Terms(
        _placed(tables, MODIFIERS, problems),
        _placed(tables, DISCOUNTS, problems),
        _placed(tables, CURRENCIES, problems),
    )
    problems |= dict.fromkeys(_same_day(terms.rates))
    if problems:
        raise KplanError(sorted(problems, key=lambda p: (p.mark is None, p.mark)))
    return BookFile(
        tuple(row for row, _ in rows),
        tuple(mark for _, mark in rows),
        tuple(model for model, _ in models),
        terms,
    )


def _placed(tables: Tables, table: TermTable[AnyTerm], problems: dict[Problem, None]) -> tuple[AnyTerm, ...]:
    """The terms of a table, each with its place."""
    found = _built(tables.get(table.name, ()), table.readers, table.required, table.build, problems)
    return tuple(replace(term, mark=mark) for term, mark in found)


def _same_day(rates: Sequence[ExchangeRate]) -> list[Problem]:
    """Rates of one currency that begin on the same day."""
    return [
        Problem(
            f"two rates for {one.currency} from {one.valid_from or 'ever'}, the first at {one.mark}", two.mark
        )
        for one, two in combinations(rates, 2)
        if (one.currency, one.valid_from) == (two.currency, two.valid_from)
    ]


def _built(
    records: Sequence[Record],
    readers: Mapping[str, Callable[[str], object]],
    required: Sequence[str],
    build: Callable[[Values], Built],
    problems: dict[Problem, None],
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
        problems |= dict.fromkeys(bad)


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
            near = [each for each in readers if each.startswith(name)] or get_close_matches(name, readers, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(readers)}"
            problems.append(Problem(f'unknown column "{name}"; {hint}', mark))
    return problems


def _missing(record: Record, required: Sequence[str]) -> list[Problem]:
    empty = [name for name in required if not _has(record, name) and not _has(record, _INSTEAD.get(name, ""))]
    return [Problem(f"{', '.join(empty)} missing", record.mark)] if empty else []


def _has(record: Record, name: str) -> bool:
    return name in record.cells and bool(record.cells[name][1].text)


def _row(values: Values) -> PriceRow:
    _settle_currency(values)
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


def _settle_currency(values: Values) -> None:
    """Put `price`, which is in the row's currency, under `usd`, which means US dollars in files."""
    if "price" not in values:
        if values.get("currency", US_DOLLAR) != US_DOLLAR:
            raise KplanError(f"usd is in US dollars; write price for an amount in {values['currency']}")
    elif "usd" in values:
        raise KplanError("usd and price are both given; price is in the row's currency, usd in US dollars")
    else:
        values["usd"] = values.pop("price")


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


_ROW_READERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    dict.fromkeys(ROW_COLUMNS, str)
    | {
        "provider": cell_readers.provider,
        "meter": cell_readers.meter,
        "usd": cell_readers.usd,
        "price": cell_readers.usd,
        "currency": cell_readers.currency,
        "per": cell_readers.per,
        "over_input_tokens": cell_readers.count,
        "tier_scope": cell_readers.one_of(TIER_SCOPES),
        "mode": cell_readers.one_of(MODES),
        "status": cell_readers.one_of(STATUSES),
    }
    | dict.fromkeys(("valid_from", "valid_to", "checked_on", "recorded_on"), cell_readers.day)
)

_MODEL_READERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    dict.fromkeys(MODEL_COLUMNS, str)
    | {
        "provider": cell_readers.provider,
        "aliases": cell_readers.names,
        "context_window": cell_readers.count,
        "max_output": cell_readers.count,
    }
    | dict.fromkeys(("released_on", "deprecated_on", "retires_on"), cell_readers.day)
)
