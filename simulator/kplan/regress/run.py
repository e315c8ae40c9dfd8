"""From a scenario file to results with its claims audited: what a command does between load and write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from kplan.engine.results import Results
from kplan.engine.simulate import simulate
from kplan.prices.book import Book, load_book
from kplan.prices.files import read_rows
from kplan.regress.claims import audited
from kplan.scenario.load import load_scenario, load_variants
from kplan.scenario.model import Scenario


def run(
    path: Path | str,
    *,
    sets: Sequence[str] = (),
    variants: Sequence[str] | str = (),
    book_paths: Sequence[Path] = (),
    allow_retired: bool = False,
) -> Results:
    """The results of a scenario file, its claims audited.

    sets        `a.b=VALUE`, as `--set` gives them; `singles=false` adds no one-model designs
    variants    names of variants, or `all`; their designs are called `design@variant`. None: the base
    book_paths  price books laid over kplan's and the scenario's own
    Raises KplanError with every problem of the scenario, the books and the claims.
    """
    if variants:
        names = "all" if variants == "all" or "all" in variants else variants
        scenarios = load_variants(path, sets, names)
    else:
        scenarios = {"": load_scenario(path, sets=sets)}
    return results_of(scenarios, books_of(scenarios, book_paths), allow_retired=allow_retired)


def results_of(
    scenarios: Mapping[str, Scenario], books: Mapping[str, Book], *, allow_retired: bool = False
) -> Results:
    """The results of the variants of one scenario (by name, `""` for the base), its claims audited.

    books   what each variant is priced with; a book that a claim names is laid over it
    Raises KplanError with every problem of the simulation, or else of the claims.
    """

    @cache
    def under(name: str) -> Results:
        """Everything anew under a price book that claims name."""
        own = {
            variant: laid_over(books[variant], [scenario.claim_books()[name]])
            for variant, scenario in scenarios.items()
        }
        return simulate(scenarios, own, allow_retired=allow_retired)

    results = simulate(scenarios, books, allow_retired=allow_retired)
    return audited(results, next(iter(scenarios.values())), under)


def books_of(scenarios: Mapping[str, Scenario], book_paths: Sequence[Path] = ()) -> dict[str, Book]:
    """The price book of each variant: kplan's, the scenario's own over it, the given ones over these."""
    embedded = load_book()
    return {
        variant: laid_over(embedded, [*scenario.price_books(), *book_paths])
        for variant, scenario in scenarios.items()
    }


def laid_over(book: Book, paths: Sequence[Path]) -> Book:
    """A book with the price books of these files over it, later over earlier."""
    for path in paths:
        rows, models = read_rows(path)
        book = book.with_rows(path.name, rows, models)
    return book
