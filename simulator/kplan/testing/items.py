"""What pytest collects of a scenario file: one item for each thing that the file promises."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kplan.engine.results import Results
from kplan.errors import KplanError, Mark
from kplan.regress.checks import FAIL, WARN, CheckResult, checked
from kplan.regress.run import run
from kplan.render.format import plain_text
from kplan.testing.against import against
from kplan.testing.words import BrokenError, KplanWarning, said


class ScenarioFile(pytest.File):
    """A `*.kplan.yaml`, simulated when it is collected, so that a wrong one is an error of the collection."""

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each check, in the order written; none for a scenario without checks."""
        shown = Path(os.path.relpath(self.path))
        try:
            results = run(shown)
            checks = checked(results, against(shown))
        except KplanError as e:
            raise self.CollectError("\n".join(plain_text(str(problem)) for problem in e.problems)) from e
        yield from check_items(self, shown, results, checks)


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
        title = f"kplan check {self.name}"
        if self.mark is None:
            return self.path, None, title
        return Path(self.mark.file).absolute(), self.mark.line - 1, title


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


def check_items(
    file: ScenarioFile, scenario: Path, results: Results, checks: Iterable[CheckResult]
) -> Iterator[CheckItem]:
    """An item for each result of each check, called `DESIGN.METRIC`, or `DESIGN.METRIC[ID]`."""
    names: Counter[str] = Counter()
    for check in checks:
        name = plain_text(f"{check.metric}[{check.check.id}]" if check.check.id else check.metric)
        names[name] += 1
        unique = name if names[name] == 1 else f"{name}#{names[name]}"
        yield CheckItem.from_parent(file, name=unique, scenario=scenario, results=results, check=check)
