"""A user's price book file brought up to date with what was imported; nothing that is in it is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kplan.errors import KplanError
from kplan.prices.book_csv import new_csv, updated_csv
from kplan.prices.columns import MODEL_COLUMNS, ROW_COLUMNS, model_texts, row_texts
from kplan.prices.files import read_rows
from kplan.prices.importers.imported import Imported
from kplan.prices.memory import memory_layer
from kplan.prices.refresh import Refresh, refreshed
from kplan.prices.rows import US_DOLLAR
from kplan.prices.sheets import MAX_BYTES


@dataclass(frozen=True, slots=True)
class Update:
    """The files of a book after an import."""

    contents: Mapping[Path, bytes]
    """The book's rows, and its models beside it; whether they change or not."""
    refresh: Refresh
    n_rows: int
    n_models: int


def updated_book(path: Path, imported: Imported, as_of: date, start: date | None = None) -> Update:
    """The book at the path, which may not be there yet, with what was imported; see `prices.refresh`.

    path   a CSV file; the models stand beside it, in NAME.models.csv
    Raises KplanError for another format, a file that is no price book, rows that would be in force at once,
    and a book that would be too large to read.
    """
    if path.suffix.lower() != ".csv" or path.name.lower().endswith(".models.csv"):
        raise KplanError(f"{path}: a book that is imported into is a .csv file, its models beside it")
    rows, models = read_rows(path) if path.exists() else ([], [])
    if foreign := next((row for row in rows if row.currency != US_DOLLAR), None):
        raise KplanError(
            f"{path}: {foreign.id} is priced in {foreign.currency}; imports go into a book in {US_DOLLAR}"
        )
    refresh = refreshed(rows, models, imported, as_of, start)
    after = [refresh.changed.get(n, row) for n, row in enumerate(rows)] + refresh.added
    models_after = [refresh.changed_models.get(n, row) for n, row in enumerate(models)] + refresh.added_models
    memory_layer(path.name, after, models_after)
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
    contents = {name: text.encode() for name, text in texts.items() if text}
    for name, content in contents.items():
        if len(content) > MAX_BYTES:
            raise KplanError(
                f"{name}: would be larger than {MAX_BYTES // 1_000_000} MB, the most that is read"
            )
    return Update(contents, refresh, len(after), len(models_after))


def _text(
    path: Path, columns: tuple[str, ...], changed: Mapping[int, list[str]], added: list[list[str]]
) -> str:
    """What the file holds afterwards; "" for one that is not there and has nothing to hold."""
    if path.exists():
        return updated_csv(path.read_bytes().decode("utf-8"), columns, changed, added)
    return new_csv(columns, added) if added else ""
