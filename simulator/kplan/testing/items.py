"""What pytest runs of scenarios: one item for each thing that they promise, or that is locked of them."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kplan.engine.results import Results
from kplan.errors import Mark
from kplan.regress.checks import FAIL, WARN, CheckResult
from kplan.regress.lock.drift import Drift
from kplan.regress.lock.reader import COLUMN
from kplan.regress.lock.scan import Report
from kplan.render.format import plain_text
from kplan.testing.words import BrokenError, KplanWarning, said, said_of_lock


class ScenarioItem(pytest.Item):
    """One promise of a scenario; it fails in a few lines, without a traceback."""

    def __init__(self, *, mark: Mark | None, **rest: Any) -> None:
        super().__init__(**rest)
        self.mark = mark
        self.add_marker("kplan")

    @abstractmethod
    def runtest(self) -> None:
        """Raise BrokenError with what pytest prints, or warn."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The lines alone; the traceback for what is a fault of kplan."""
        if isinstance(excinfo.value, (BrokenError, KplanWarning)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """The line of the promise, which may stand in an included file.

        The title is not the bare name: pytest would take its dots for the classes of a test.
        """
        if self.mark is None:
            return self.path, None, self.title
        return Path(self.mark.file).absolute(), self.mark.line - 1, self.title

    @property
    def title(self) -> str:
        """What stands over a failure."""
        return f"kplan check {self.name}"


class CheckItem(ScenarioItem):
    """One metric of one design under one of the scenario's `checks`."""

    def __init__(self, *, scenario: Path, results: Results, check: CheckResult, **rest: Any) -> None:
        super().__init__(mark=check.place, **rest)
        self.verdict = check.verdict
        self.lines = said(check, scenario, results)
        bounds = {"max": check.bounds.max, "min": check.bounds.min}
        told = {"metric": check.metric, "unit": check.unit.value, "value": check.value} | bounds
        self.user_properties += [(key, str(value)) for key, value in told.items() if value is not None]

    def runtest(self) -> None:
        """A bound whose severity is `warn` is a warning of pytest's."""
        if self.verdict == FAIL:
            raise BrokenError(self.lines)
        if self.verdict == WARN:
            self.warn(KplanWarning(self.lines))


class LockItem(ScenarioItem):
    """A design beside its entry of the lock."""

    def __init__(self, *, drift: Drift, report: Report, **rest: Any) -> None:
        super().__init__(**rest)
        self.is_bad = drift.is_bad
        self.lines = said_of_lock(drift, report, self.mark)
        self.user_properties += [("status", drift.status.value), ("causes", " ".join(drift.causes))]

    @property
    def title(self) -> str:
        """What stands over a failure."""
        return f"kplan {self.name}"

    def runtest(self) -> None:
        """It fails unless the design costs what is locked."""
        if self.is_bad:
            raise BrokenError(self.lines)


def check_items(
    file: pytest.File, scenario: Path, results: Results, checks: Iterable[CheckResult]
) -> Iterator[CheckItem]:
    """An item for each result of each check, called `DESIGN.METRIC`, or `DESIGN.METRIC[ID]`."""
    names: Counter[str] = Counter()
    for check in checks:
        name = f"{check.metric}[{check.check.id}]" if check.check.id else check.metric
        unique = _unique(name, names)
        yield CheckItem.from_parent(file, name=unique, scenario=scenario, results=results, check=check)


def lock_items(file: pytest.File, report: Report, results: Results | None = None) -> Iterator[LockItem]:
    """An item for each design that is locked or should be, called `lock[DESIGN]`.

    results   of the scenario, where the file is one; else the names tell the scenario, too
    """
    names: Counter[str] = Counter()
    for drift in report.drifts:
        own = drift.entry.id.name if results else drift.id
        mark = _mark(drift, report, results)
        name = _unique(f"lock[{own}]", names)
        yield LockItem.from_parent(file, name=name, mark=mark, drift=drift, report=report)


def _mark(drift: Drift, report: Report, results: Results | None) -> Mark | None:
    """The line of the entry, or where the design is written that has none."""
    if drift.id in report.lines:
        return Mark(report.lock, report.lines[drift.id], COLUMN)
    return results.plans[0].scenario.key_mark(("designs", drift.entry.id.design)) if results else None


def _unique(name: str, names: Counter[str]) -> str:
    """The name, numbered from its second use on."""
    shown = plain_text(name)
    names[shown] += 1
    return shown if names[shown] == 1 else f"{shown}#{names[shown]}"
