"""The public API: load a scenario and a price book, simulate, look at the results."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from kplan.engine import results as engine
from kplan.engine.ledger import COLUMNS
from kplan.errors import KplanError
from kplan.form.numbers import number
from kplan.form.sizes import units as sizes_units
from kplan.prices.book import Book, load_book
from kplan.regress.run import books_of, results_of
from kplan.render.json import render
from kplan.scenario import load
from kplan.scenario.model import Scenario


class Results:
    """What a simulation found. All amounts are exact Decimals [USD].

    >>> import kplan
    >>> results = kplan.simulate(kplan.load_scenario("scenarios/rag.kplan.yaml"))
    >>> results.verdict.design
    'stratified'
    >>> results.designs[0].id, round(1000 * results.designs[0].cost_per_query_usd, 2)
    ('all-sonnet', Decimal('82.96'))
    >>> sum(results.ledger.query("design == 'all-sonnet'").cost_usd) == results.designs[0].total_usd
    True
    """

    def __init__(self, results: engine.Results) -> None:
        self._results = results

    @property
    def designs(self) -> tuple[engine.DesignResult, ...]:
        """Every design, those that kplan added last: cost per query, months, total, savings, stages [USD]."""
        return self._results.designs

    @property
    def verdict(self) -> engine.Verdict:
        """The answer in words, and the ids of the designs it is about."""
        return self._results.verdict

    @property
    def claims(self) -> tuple[engine.ClaimResult, ...]:
        """Each printed figure under audit, with the verdict on it."""
        return self._results.claims

    @property
    def ledger(self) -> Any:
        """A pandas DataFrame, one charge a row; amounts and quantities are Decimals in object columns.

        quantity_per_query [the meter's unit], unit_price_usd and cost_per_query_usd [USD], queries of the
        period, cost_usd [USD]; ends_on is the first day that no longer belongs to the row. pandas is
        imported here and nowhere else.
        """
        import pandas as pd

        columns = {column: [getattr(row, column) for row in self._results.ledger] for column in COLUMNS}
        return pd.DataFrame({column: pd.Series(values, dtype=object) for column, values in columns.items()})

    def to_json(self) -> str:
        """The results as `kplan simulate --format json` prints them; money is decimal strings."""
        return render(self._results).decode()


def units(rule: str, **sizes: Decimal | int | str) -> Decimal:
    """The units that a vendor bills for some sizes, by a rule that `kplan units` lists.

    sizes   each of the rule's arguments, in the unit that its name says; floats are refused, since they
            are no exact decimals
    Raises KplanError for an unknown rule and with every size that is missing, unknown or negative.

    >>> import kplan
    >>> kplan.units("rerank_search", documents=150, document_tokens=700, query_tokens=50)
    Decimal('3')
    """
    return sizes_units(rule, {name: _decimal(name, size) for name, size in sizes.items()})


def _decimal(name: str, size: Decimal | int | str) -> Decimal:
    if isinstance(size, Decimal):
        return size
    if isinstance(size, bool) or not isinstance(size, int | str):
        raise KplanError(f"{name} is a {type(size).__name__}; give a Decimal, an int or a text")
    return number(str(size))


def load_scenario(path: str | Path, *, sets: Sequence[str] = (), variant: str | None = None) -> Scenario:
    """The scenario of a YAML file.

    sets      `a.b=VALUE`, laid over the file as `--set` does
    variant   one of the file's named variants
    Raises KplanError with every problem of the file, each with its line and column.
    """
    return load.load_scenario(Path(path), sets=sets, variant=variant)


def load_price_book(*paths: str | Path, embedded: bool = True) -> Book:
    """The price book of kplan with the given ones (YAML, CSV or xlsx) laid over it, later over earlier.

    embedded   whether kplan's book lies below; without it only the given rows are known
    Raises KplanError with every problem of the files.
    """
    return load_book([Path(path) for path in paths], embedded=embedded)


def simulate(scenario: Scenario, book: Book | None = None, *, allow_retired: bool = False) -> Results:
    """What each design of the scenario costs.

    book            a book from `load_price_book`; None takes kplan's with those that the scenario names
    allow_retired   price models outside their life, for audits of the past
    Raises KplanError with every problem: unknown models and rates, negative tokens, calls too large.
    """
    variants = {"": scenario}
    books = books_of(variants) if book is None else {"": book}
    return Results(results_of(variants, books, allow_retired=allow_retired))
