"""The scenario that a workbook was made from, as it is now, with its price books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from kplan.errors import KplanError
from kplan.prices.book import Book
from kplan.regress.run import books_of
from kplan.render.readback.opened import Opened
from kplan.scenario.load import load_scenario, load_variants
from kplan.scenario.model import Scenario

_REPEATED = ("--set", "--variant", "--book")
"""Options of a run that have a value."""


class Original(Struct, frozen=True):
    """A scenario under each variant of the workbook; the base is called ``."""

    path: Path
    scenarios: Mapping[str, Scenario]
    books: Mapping[str, Book]
    sets: tuple[str, ...]
    """What was set on the command line when the workbook was made."""
    warnings: tuple[str, ...]


def original(book: Opened, path: Path | None, book_paths: Sequence[Path]) -> Original:
    """The scenario that a workbook was made from.

    path        its file; None looks for it beside the workbook, one folder up, and here
    book_paths  price books that lay over the scenario's when the workbook was made
    Raises KplanError where it is not found, or has problems.
    """
    found = path or _beside(book)
    sets = _values(book.options, "--set")
    names = list(dict.fromkeys(v for _, _, mapped in book.cells for v in mapped.variants if v))
    scenarios = load_variants(found, sets, names) if names else {"": load_scenario(found, sets=sets)}
    books = books_of(scenarios, book_paths)
    return Original(found, scenarios, books, sets, tuple(_moved(book, scenarios, books)))


def _beside(book: Opened) -> Path:
    name = book.facts["file"]
    if not name or "/" in name or "\\" in name or name.startswith("<"):
        raise KplanError(f"{book.path}: made from no file; say which scenario it is of: --scenario FILE")
    folders = (book.path.parent, book.path.resolve().parent.parent, Path())
    for folder in dict.fromkeys(folders):
        if (folder / name).is_file():
            return _short(folder / name)
    what = f"made from {name}, which is neither beside it nor a folder up nor here"
    raise KplanError(f"{book.path}: {what}; say where it is: --scenario FILE")


def _short(path: Path) -> Path:
    """The path as seen from here, where it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path


def _values(options: Sequence[str], name: str) -> tuple[str, ...]:
    words = iter(options)
    return tuple(value for word in words if word in _REPEATED and (value := next(words, "")) and word == name)


def _moved(book: Opened, scenarios: Mapping[str, Scenario], books: Mapping[str, Book]) -> list[str]:
    """What is no longer as it was at the export."""
    from kplan.engine.simulate import hash_of_books

    found = []
    if next(iter(scenarios.values())).sha256() != book.facts["scenario_sha256"]:
        found.append(f"{book.facts['file']} was changed since the workbook was made from it")
    if hash_of_books(books.values()) != book.facts["book_sha256"]:
        said = _values(book.options, "--book")
        hint = f": it was made with --book {' --book '.join(said)}" if said else ""
        found.append(f"prices are not those that the workbook was made with{hint}")
    return found


def further_options(book: Opened) -> tuple[str, ...]:
    """The words of the command line that still have to be said, but for price books."""
    words, kept = iter(book.options), []
    for word in words:
        value = (next(words, ""),) if word in _REPEATED else ()
        if word not in ("--set", "--book"):
            kept += [word, *value]
    return tuple(kept)
