"""What the command line calls a side of a comparison of price books: a file, a day, or a file of a commit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path

from msgspec import Struct

from kplan.prices.book import Book, load_book
from kplan.prices.files import read_book
from kplan.prices.rows import PriceRow

EMBEDDED = "embedded"
_GIT = "git:"


class BookSide(Struct, frozen=True):
    """One side of a comparison."""

    name: str
    book: Book
    on: date | None
    """The day whose prices are meant; None: the whole history."""
    is_layered: bool = True
    """Whether kplan's own book lies below."""

    def rows(self, pattern: str | None) -> tuple[PriceRow, ...]:
        """All rows of the models that hold the text or fit the glob; a model without prices has none."""
        wanted = set(self.book.ids(pattern))
        models = [model for model in self.book.models() if model.ref in wanted and self.book.has_rows(model)]
        return tuple(row for model in models for row in self.book.rows(model))


def book_side(name: str, paths: Sequence[Path], *, layered: bool = False) -> BookSide:
    """From a date (kplan's book and the given ones), `embedded`, `git:REF:path` or a file's name.

    layered   lay a file over kplan's book; one with modifiers or discounts is in any case, since they may
              be about kplan's prices
    """
    if (on := _day(name)) is not None:
        return BookSide(name, load_book(paths), on)
    if name == EMBEDDED:
        return BookSide(name, load_book(), None)
    with _file(name) as path:
        terms = read_book(path).terms
        over = layered or bool(terms.modifiers or terms.discounts)
        return BookSide(name, load_book([path], embedded=over), None, over)


def book_sides(names: Sequence[str], paths: Sequence[Path]) -> list[BookSide]:
    """Sides that can be compared: where one file lies over kplan's book, all do."""
    sides = [book_side(name, paths) for name in names]
    files = [side for side in sides if side.on is None and side.name != EMBEDDED]
    if not any(side.is_layered for side in files):
        return sides
    return [side if side.is_layered else book_side(side.name, paths, layered=True) for side in sides]


def _file(name: str) -> AbstractContextManager[Path]:
    if not name.startswith(_GIT):
        return nullcontext(Path(name))
    from kplan.regress.git_files import GitFile, fetched

    return fetched(GitFile.of(name))


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name) if len(name) == len("2026-11-01") else None
    except ValueError:
        return None
