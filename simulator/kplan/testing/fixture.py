"""The fixture `kplan`: scenarios simulated, checked and compared by tests written in Python."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import Struct

from kplan.engine.results import DesignResult, Results
from kplan.regress.checks import FAIL, WARN, CheckResult, checked
from kplan.regress.diff import DesignDiff, compared
from kplan.regress.git_files import PREFIX
from kplan.regress.metrics import readings
from kplan.regress.run import run
from kplan.regress.sides import Side, read_both
from kplan.testing.against import against, today
from kplan.testing.words import KplanWarning, said

Paths = Sequence[str | Path]


class SimulatedDesign(Struct, frozen=True):
    """What a design costs; all figures are exact Decimals."""

    result: DesignResult
    """Everything that kplan found: stages, savings, months."""

    @property
    def per_query(self) -> Decimal:
        """Usage of one query on the first day of the plan [USD]."""
        return self["per_query"]

    @property
    def per_month(self) -> Decimal:
        """The first month with all its lines [USD]."""
        return self["per_month"]

    @property
    def dearest_month(self) -> Decimal:
        """The month that costs most [USD]."""
        return self["dearest_month"]

    @property
    def total(self) -> Decimal:
        """All months of the plan [USD]."""
        return self["total"]

    @property
    def months(self) -> dict[str, Decimal]:
        """The cost of each month, by name: `2027-01` [USD]."""
        return {month.month: month.cost_usd for month in self.result.months}

    def __getitem__(self, metric: str) -> Decimal:
        """Any metric that a check may name behind the design: a stage, `share.STAGE`, `saving`.

        Raises KplanError for one that is not there.
        """
        value = readings(f"{self.result.design}.{metric}", [self.result], today())[0].value
        assert value is not None  # ages have one, as there is a today
        return value


class Kplan(Struct, frozen=True):
    """Scenarios simulated, checked and compared.

    Every method raises KplanError with all problems of a file, each with its line and column.
    """

    folder: Path
    """Where relative paths count from: pytest's rootdir."""

    def simulate(
        self, scenario: str | Path, *, sets: Sequence[str] = (), variant: str = "", books: Paths = ()
    ) -> dict[str, SimulatedDesign]:
        """What each design costs, by name (`design@variant` under a variant).

        sets    `a.b=VALUE`, laid over the file as `--set` does
        books   price books laid over kplan's and the scenario's own
        """
        results = self._run(scenario, sets, variant, books)
        return {design.id: SimulatedDesign(design) for design in results.designs}

    def check(
        self, scenario: str | Path, *, sets: Sequence[str] = (), variant: str = "", books: Paths = ()
    ) -> tuple[CheckResult, ...]:
        """Fail the test where a check of the scenario fails, and warn where one warns; else their results."""
        results = self._run(scenario, sets, variant, books)
        checks = checked(results, against(Path(self._source(scenario))))
        told = [(check.verdict, said(check, self._shown(scenario), results)) for check in checks]
        for text in [text for verdict, text in told if verdict == WARN]:
            warnings.warn(KplanWarning(text), stacklevel=2)
        if failed := [text for verdict, text in told if verdict == FAIL]:
            pytest.fail("\n".join(failed), pytrace=False)
        return checks

    def diff(
        self,
        base: str | Path,
        head: str | Path,
        *,
        sets: Sequence[str] = (),
        base_books: Paths = (),
        head_books: Paths = (),
    ) -> dict[str, DesignDiff]:
        """What changes from base to head, by design: `delta_usd` over the plan, and its exact `effects`.

        base, head   scenarios, saved results (.json), or `git:REF:path`
        *_books      price books laid over one side alone
        """
        sides = (
            Side(self._source(source), tuple(sets), (), self._books(books))
            for source, books in ((base, base_books), (head, head_books))
        )
        found = compared(*read_both(*sides))
        return {design.id: design for design in found.designs}

    def _run(self, scenario: str | Path, sets: Sequence[str], variant: str, books: Paths) -> Results:
        variants = (variant,) if variant else ()
        return run(self._shown(scenario), sets=sets, variants=variants, book_paths=self._books(books))

    def _source(self, source: str | Path) -> Path | str:
        is_of_git = isinstance(source, str) and source.startswith(PREFIX)
        return source if is_of_git else self._shown(source)

    def _books(self, books: Paths) -> tuple[Path, ...]:
        return tuple(map(self._shown, books))

    def _shown(self, path: str | Path) -> Path:
        """The path from where we are now, as a shell here would take it."""
        return Path(os.path.relpath(self.folder / path))
