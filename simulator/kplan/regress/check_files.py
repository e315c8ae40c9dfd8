"""The checks of scenario files, each as it stands or under its variants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from kplan.engine.results import DesignResult, Provenance
from kplan.errors import KplanError, all_of
from kplan.form.numbers import clipped
from kplan.regress.checks import Against, CheckResult, checked
from kplan.regress.lock.baseline import Baseline
from kplan.regress.run import run
from kplan.scenario.load import ALL, has_variants
from kplan.scenario.source import Piped

NO_BASELINES: Mapping[str, Baseline] = MappingProxyType({})


class FileChecks(Struct, frozen=True):
    """A scenario file with the outcome of its checks."""

    file: str
    """As the command line names it."""
    provenance: Provenance
    """Of the scenario as it stands, or of the first variant that was asked for."""
    checks: tuple[CheckResult, ...]
    """None where the scenario has no checks."""


def check_files(
    sources: Mapping[str, Path | Piped],
    *,
    sets: Sequence[str] = (),
    variants: Sequence[str] = (),
    book_paths: Sequence[Path] = (),
    allow_retired: bool = False,
    today: date | None = None,
    baselines: Mapping[str, Baseline] = NO_BASELINES,
) -> tuple[FileChecks, ...]:
    """The checks of each file, by name.

    today      for the age of prices
    baselines  by file, what an increase is counted from
    variants   `all` checks a file as it stands and under each of its variants
    Raises KplanError with every problem of all files.
    """

    def checks_of(file: str, source: Path | Piped) -> FileChecks:
        runs = [
            run(source, sets=sets, variants=names, book_paths=book_paths, allow_retired=allow_retired)
            for names in _rounds(source, variants)
        ]
        baseline = baselines.get(file)
        against = Against(today, baseline.locked if baseline else _not_locked)
        checks = tuple(check for results in runs for check in checked(results, against))
        return FileChecks(file, runs[0].provenance, checks)

    return tuple(all_of([partial(checks_of, *each) for each in sources.items()]))


def _not_locked(design: DesignResult) -> DesignResult:
    raise KplanError(
        f"there is no lock to count it from; {clipped(design.id)} must come from a file for that"
    )


def all_checks(files: Iterable[FileChecks]) -> tuple[CheckResult, ...]:
    """The checks of all files, in their order."""
    return tuple(check for each in files for check in each.checks)


def _rounds(source: Path | Piped, variants: Sequence[str]) -> list[Sequence[str]]:
    """What `run` is asked for, one after the other; an empty list of names is the scenario as it stands."""
    if ALL not in variants:
        return [variants]
    return [(), (ALL,)] if has_variants(source) else [()]
