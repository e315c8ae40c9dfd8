"""The whole way from an edited workbook to the files that say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from kplan.engine.results import Results
from kplan.engine.uncertainty.found import Draws
from kplan.prices.rows import PriceRow
from kplan.regress.run import results_of
from kplan.render.marks import marked
from kplan.render.readback.edits import Edit, Readback, readback
from kplan.render.readback.opened import Opened, opened
from kplan.render.readback.original import Original, further_options, original
from kplan.render.readback.prices import book_rows, book_text, by_variant
from kplan.render.readback.proof import beyond, unmet
from kplan.render.readback.whatif import scenario_text
from kplan.scenario.load import load_scenario, load_variants
from kplan.scenario.model import Scenario
from kplan.scenario.source import Piped


class Imported(Struct, frozen=True):
    """What was edited, the files that say so, and what the engine makes of them."""

    read: Readback
    files: Mapping[Path, bytes]
    """The scenario first, then its price books."""
    results: Results
    options: tuple[str, ...]
    """What to say behind the scenario's name to see the workbook's figures."""
    warnings: tuple[str, ...]


class _Prices(Struct, frozen=True):
    """Edited prices that some variants share."""

    path: Path
    variants: tuple[str, ...]
    rows: tuple[PriceRow, ...]


def imported(workbook: Path, scenario: Path | None, books: Sequence[Path], path: Path) -> Imported:
    """What was edited in a workbook, as files that lie over the scenario it was made from.

    scenario  the scenario's file; None looks for it
    books     price books that lay over the scenario's when the workbook was made
    path      where the scenario will lie; nothing is written
    Raises KplanError with every cell that cannot be carried over, or else with all that the engine refuses.
    """
    book = opened(workbook)
    read = readback(book)
    old = original(book, scenario, books)
    source = f"edited in {workbook.name}"
    prices = _prices(read, old, path, source)
    by_name = {variant: each.path for each in prices for variant in each.variants}
    text = scenario_text(read, old, path, by_name, source)
    files = {path: text} | {each.path: book_text(each.rows, each.path) for each in prices}
    alone = scenario_text(read, old, path, {}, source)  # a book that is not written yet cannot be named
    results = _simulated(alone, path, old, prices, allow_retired="--allow-retired" in book.options)
    return Imported(
        read,
        {where: marked(content.encode(), ".yaml") for where, content in files.items()},
        results,
        _options(book, books, prices),
        (*old.warnings, *read.notes, *beyond(read, old.scenarios), *unmet(read, results)),
    )


def _prices(read: Readback, old: Original, path: Path, source: str) -> list[_Prices]:
    """A price book for each set of edited prices."""
    groups: dict[tuple[Edit, ...], list[str]] = {}
    for variant, edits in by_variant(read.edits).items():
        groups.setdefault(edits, []).append(variant)
    stem = path.name.removesuffix(".yaml").removesuffix(".yml").removesuffix(".kplan")
    found = []
    for n, (edits, variants) in enumerate(groups.items(), 1):
        where = path.parent / f"{stem}.prices{f'-{n}' if n > 1 else ''}.yaml"
        found.append(_Prices(where, tuple(variants), book_rows(old.books[variants[0]], edits, source)))
    return found


def _simulated(
    text: str, path: Path, old: Original, prices: Sequence[_Prices], *, allow_retired: bool
) -> Results:
    """What the engine makes of the scenario, before anything is written."""
    books = dict(old.books)
    for each in prices:
        for variant in each.variants:
            books[variant] = books[variant].with_rows(each.path.name, each.rows)
    scenarios = _loaded(Piped(text.encode(), str(path)), list(old.scenarios))
    return results_of(scenarios, books, allow_retired=allow_retired, draws=Draws(n=0))


def _loaded(source: Piped, variants: Sequence[str]) -> Mapping[str, Scenario]:
    return {"": load_scenario(source)} if variants == [""] else load_variants(source, (), variants)


def _options(book: Opened, books: Sequence[Path], prices: Sequence[_Prices]) -> tuple[str, ...]:
    """Books of the command line lie over those of a scenario, so that the edited prices follow them."""
    named = [*books, *(each.path for each in prices)] if books else []
    return (*further_options(book), *(word for path in named for word in ("--book", str(path))))
