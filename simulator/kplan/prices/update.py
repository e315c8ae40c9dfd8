"""A user's price book file brought up to date with what was imported; nothing that is in it is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from msgspec import Struct

from kplan.errors import KplanError
from kplan.prices.book_csv import new_csv, updated_csv
from kplan.prices.columns import MODEL_COLUMNS, ROW_COLUMNS, model_texts, row_texts
from kplan.prices.files import book_file, read_rows
from kplan.prices.importers.imported import Imported
from kplan.prices.memory import memory_layer
from kplan.prices.models import ModelRow
from kplan.prices.records import MODELS, ROWS
from kplan.prices.refresh import Refresh, refreshed
from kplan.prices.rows import US_DOLLAR, PriceRow
from kplan.prices.sheets import MAX_BYTES, csv_records


class Update(Struct, frozen=True):
    """The files of a book after an import."""

    contents: Mapping[Path, bytes]
    """The book's rows, and its models beside it; whether they change or not."""
    refresh: Refresh
    n_rows: int
    n_models: int


def updated_book(path: Path, imported: Imported, as_of: date, start: date | None = None) -> Update:
    """The book at the path, which may not be there yet, with what was imported; see `prices.refresh`.

    path   a CSV file; the models stand beside it, in NAME.models.csv
    Raises KplanError for another format, a file that is no price book, a source without a price, rows that
    would be in force at once, and a book that would be too large to read or read otherwise.
    """
    if path.suffix.lower() != ".csv" or path.name.lower().endswith(".models.csv"):
        raise KplanError(f"{path}: a book that is imported into is a .csv file, its models beside it")
    if not imported.rows:
        n = imported.counts["source prices"]
        what = f"none of its {n:,} prices can be taken ({imported.skipped[0].why})" if n else "no price in it"
        raise KplanError(f"{imported.source}: {what}; nothing is imported, and the book stays as it is")
    rows, models = read_rows(path) if path.exists() else ([], [])
    if foreign := next((row for row in rows if row.currency != US_DOLLAR), None):
        raise KplanError(
            f"{path}: {foreign.id} is priced in {foreign.currency}; imports go into a book in {US_DOLLAR}"
        )
    refresh = refreshed(rows, models, imported, as_of, start)
    after = [refresh.changed.get(n, row) for n, row in enumerate(rows)] + refresh.added
    models_after = [refresh.changed_models.get(n, row) for n, row in enumerate(models)] + refresh.added_models
    memory_layer(path.name, after, models_after)
    texts = _texts(path, refresh)
    _check(texts, after, models_after)
    return Update(
        {name: text.encode() for name, text in texts.items()}, refresh, len(after), len(models_after)
    )


def _texts(path: Path, refresh: Refresh) -> dict[Path, str]:
    """What the files of the book hold afterwards, as far as there are any."""
    beside = path.with_suffix(".models.csv")
    texts = {
        path: _text(
            path,
            ROW_COLUMNS,
            {n: row_texts(row) for n, row in refresh.changed.items()},
            [row_texts(row) for row in refresh.added],
        ),
        beside: _text(
            beside,
            MODEL_COLUMNS,
            {n: model_texts(model) for n, model in refresh.changed_models.items()},
            [model_texts(model) for model in refresh.added_models],
        ),
    }
    return {name: text for name, text in texts.items() if text}


def _check(texts: Mapping[Path, str], rows: Sequence[PriceRow], models: Sequence[ModelRow]) -> None:
    """Raise KplanError where the files would not be read as the book that they are to hold."""
    for name, text in texts.items():
        if len(text.encode()) > MAX_BYTES:
            raise KplanError(
                f"{name}: would be larger than {MAX_BYTES // 1_000_000} MB, the most that is read"
            )
    records = [list(csv_records(text.removeprefix("\ufeff"), str(name))) for name, text in texts.items()]
    found = book_file(dict(zip((ROWS, MODELS), records, strict=False)))
    meant = {(row.id, row.usd, row.per, row.valid_to) for row in rows}
    read = {(row.id, row.usd, row.per, row.valid_to) for row in found.rows}
    if meant != read or [model.ref for model in found.models] != [model.ref for model in models]:
        first = min((row_id for row_id, *_ in meant ^ read), default="a model's name")
        raise KplanError(f"{next(iter(texts))}: {first} would be read otherwise than it was imported")


def _text(
    path: Path, columns: tuple[str, ...], changed: Mapping[int, list[str]], added: list[list[str]]
) -> str:
    """What the file holds afterwards; "" for one that is not there and has nothing to hold."""
    if path.exists():
        return updated_csv(path.read_bytes().decode("utf-8"), columns, changed, added)
    return new_csv(columns, added) if added else ""
