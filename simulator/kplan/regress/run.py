"""From a scenario file to results with its claims audited: what a command does between load and write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from kplan.engine.models import model_problems
from kplan.engine.montecarlo.found import Sample
from kplan.engine.problems import Problems
from kplan.engine.results import Results
from kplan.engine.simulate import Buying, simulate
from kplan.engine.uncertainty.found import DEFAULT, Draws
from kplan.engine.under_load import UNDER_LOAD
from kplan.errors import KplanError, Problem
from kplan.prices.book import Book, load_book
from kplan.regress.checks import checked
from kplan.regress.claims import audited
from kplan.scenario.layers import says_buys
from kplan.scenario.load import ALL, RefusedError, has_variants, load_scenario, load_variants
from kplan.scenario.model import Scenario
from kplan.scenario.problems import in_order
from kplan.scenario.source import Piped


def run(
    source: Path | Piped | str,
    *,
    sets: Sequence[str] = (),
    variants: Sequence[str] | str = (),
    book_paths: Sequence[Path] = (),
    allow_retired: bool = False,
    options: tuple[str, ...] = (),
    start: tuple[int, int] | None = None,
    draws: Draws = DEFAULT,
    sample: Sample | None = None,
) -> Results:
    """The results of a scenario file (or one piped in), its claims audited.

    sets        `a.b=VALUE`, as `--set` gives them; `singles=false` adds no one-model designs
    variants    names of variants, or `all`; their designs are called `design@variant`. None: the base
    book_paths  price books laid over kplan's and the scenario's own
    options     words of the command line besides the file, kept in the results' provenance
    start       first month (year, month) where the scenario leaves that open
    draws       how often uncertain parameters are drawn
    sample      how many queries of each design are drawn; None for none
    Raises KplanError with every problem of the scenario, the books, the claims and the checks.
    """
    try:
        scenarios = {
            name: scenario.starting(start) if start else scenario
            for name, scenario in _loaded(source, sets, variants).items()
        }
    except RefusedError as refused:
        raise _with_models(refused, book_paths, allow_retired=allow_retired) from refused
    books = books_of(scenarios, book_paths)
    return results_of(
        scenarios, books, allow_retired=allow_retired, options=options, draws=draws, sample=sample
    )


def check(
    source: Path | Piped | str,
    *,
    sets: Sequence[str] = (),
    variants: Sequence[str] | str = (),
    book_paths: Sequence[Path] = (),
    allow_retired: bool = False,
) -> None:
    """Raise KplanError with all that `run` would refuse; without names, also under each variant."""
    chosen = [variants] if variants else [(), ALL] if has_variants(source) else [()]
    for names in chosen:
        run(source, sets=sets, variants=names, book_paths=book_paths, allow_retired=allow_retired)


def _loaded(
    source: Path | Piped | str, sets: Sequence[str], variants: Sequence[str] | str
) -> dict[str, Scenario]:
    if not variants:
        return {"": load_scenario(source, sets=sets)}
    return load_variants(source, sets, ALL if variants == ALL or ALL in variants else variants)


def _with_models(refused: RefusedError, book_paths: Sequence[Path], *, allow_retired: bool) -> KplanError:
    """The problems of a refused file, and those of the models that it names, all at once."""
    problems = list(refused.problems)
    places = {problem.path for problem in problems}
    for scenario in refused.scenarios:
        try:
            book = books_of({"": scenario}, book_paths)[""]
        except KplanError as error:
            problems += [problem for problem in error.problems if problem.path not in places]
            continue
        found = model_problems(scenario, book, allow_retired=allow_retired)
        problems += [problem for problem in found if problem.path not in places]
    return KplanError(in_order(problems))


def results_of(
    scenarios: Mapping[str, Scenario],
    books: Mapping[str, Book],
    *,
    allow_retired: bool = False,
    options: tuple[str, ...] = (),
    draws: Draws = DEFAULT,
    sample: Sample | None = None,
) -> Results:
    """The results of the variants of one scenario (by name, `""` for the base), its claims audited.

    books   what each variant is priced with; a book that a claim names is laid over it
    Raises KplanError with every problem of the simulation, or else of the claims and the checks.
    """

    @cache
    def under(name: str) -> Results:
        """Everything anew under a price book that claims name."""
        own = {
            variant: books[variant].with_files([scenario.claim_books()[name]])
            for variant, scenario in scenarios.items()
        }
        return simulate(scenarios, own, allow_retired=allow_retired, draws=Draws(n=0), buying=buying)

    buying = _buying(scenarios)
    results = simulate(
        scenarios,
        books,
        allow_retired=allow_retired,
        options=options,
        draws=draws,
        sample=sample,
        buying=buying,
    )
    if any(scenario.limits is not None for scenario in scenarios.values()):
        results = _with_capacity(results, scenarios, books)
    first = next(iter(scenarios.values()))
    problems = Problems(first)
    with problems.at(()):
        checked(results)
    with problems.at(()):
        results = audited(results, first, under)
    problems.raise_all()
    return results


def _buying(scenarios: Mapping[str, Scenario]) -> Buying | None:
    """What finds the units that designs buy; where none does, nothing of it is imported."""
    if not any(map(says_buys, scenarios.values())):
        return None
    from kplan.capacity.buying import buying

    return buying


def _with_capacity(results: Results, scenarios: Mapping[str, Scenario], books: Mapping[str, Book]) -> Results:
    """The results with how the designs fit their limits, and whatever checks ask for under load."""
    from kplan.capacity.fits import with_fits

    results = with_fits(results, books)
    if asked := asks_under_load(scenarios.values()):
        from kplan.capacity.loaded.asked import with_loads

        results = with_loads(results, books, asked)
    return replace(results, make_study=partial(_study, results, books))


def _study(results: Results, books: Mapping[str, Book]) -> Any:
    """How the designs fit, of the variants that say `limits` (`kplan.capacity.study.Study`)."""
    from kplan.capacity.study import study

    plans = tuple(plan for plan in results.plans if plan.scenario.limits is not None)
    names = {plan.variant for plan in plans}
    designs = tuple(design for design in results.designs if design.variant in names)
    return study(replace(results, plans=plans, designs=designs), books)


def asks_under_load(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """The metrics of checks that are about queries under load, which takes a simulation."""
    metrics = (check.metric.strip() for scenario in scenarios for check in scenario.checks)
    return tuple(metric for metric in metrics if metric.endswith(UNDER_LOAD))


def books_of(scenarios: Mapping[str, Scenario], book_paths: Sequence[Path] = ()) -> dict[str, Book]:
    """The price book of each variant: kplan's, the scenario's own over it, the given ones over these."""
    return {
        variant: _with_own(_embedded(), scenario).with_files(book_paths)
        for variant, scenario in scenarios.items()
    }


@cache
def _embedded() -> Book:
    """The embedded book, read once for all scenarios of a folder; it never changes."""
    return load_book()


def _with_own(book: Book, scenario: Scenario) -> Book:
    """The book with those that the scenario names over it; their problems stand where it names them."""
    problems: list[Problem] = []
    for n, path in enumerate(scenario.price_books()):
        try:
            book = book.with_files([path])
        except KplanError as e:
            here = scenario.problem(("prices", "book", n), "")
            problems += [
                problem if problem.mark else here._replace(what=problem.what) for problem in e.problems
            ]
    if problems:
        raise KplanError(problems)
    return book
