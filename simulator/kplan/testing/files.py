"""The files that pytest collects: scenarios with what they promise, and the rest of a lock."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.regress.checks import checked
from kplan.regress.folders import ENDING
from kplan.regress.lock.place import lock_option, nearest
from kplan.regress.lock.reader import LockFile
from kplan.regress.lock.scan import Layers, Report, drifts
from kplan.regress.run import run
from kplan.render.format import plain_text
from kplan.testing.against import against, read_once
from kplan.testing.items import check_items, lock_items


class PromiseFile(pytest.File):
    """A file whose wrong input is an error of the collection."""

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each promise."""
        try:
            items = list(self.promises(Path(os.path.relpath(self.path))))
        except KplanError as e:
            raise self.CollectError("\n".join(plain_text(str(problem)) for problem in e.problems)) from e
        yield from items

    @abstractmethod
    def promises(self, shown: Path) -> Iterator[pytest.Item]:
        """The items; raises KplanError for what is wrong with the file, as it is seen from here."""


class ScenarioFile(PromiseFile):
    """A `*.kplan.yaml`, simulated when it is collected."""

    def promises(self, shown: Path) -> Iterator[pytest.Item]:
        """An item for each check, in the order written, then for each design where there is a lock."""
        read = read_once(self.config)
        results = run(shown)
        yield from check_items(self, shown, results, checked(results, against(shown, read)))
        place = nearest(shown.parent)
        if place.is_file():
            yield from lock_items(self, _report(read(place), [shown], []), results)


class LockedFile(PromiseFile):
    """A `kplan.lock.yaml`: of it the entries of scenarios that are not collected themselves."""

    def promises(self, shown: Path) -> Iterator[pytest.Item]:
        """An item for each entry whose scenario is gone, is called otherwise or has a nearer lock."""
        lock = read_once(self.config)(shown)
        strays = [name for name in lock.files if not _is_collected(lock.file(name), shown)]
        there = [lock.file(name) for name in strays if lock.file(name).is_file()]
        gone = [name for name in strays if not lock.file(name).is_file()]
        yield from lock_items(self, _report(lock, there, gone))


def _is_collected(scenario: Path, lock: Path) -> bool:
    """Whether a scenario that is collected is held against this lock."""
    if not (scenario.name.endswith(ENDING) and scenario.is_file()):
        return False
    return os.path.realpath(nearest(scenario.parent)) == os.path.realpath(lock)


def _report(lock: LockFile, sources: Sequence[Path], gone: Sequence[str]) -> Report:
    found = drifts(lock, sources, gone, Layers())
    return Report(str(lock.path), tuple(found), lock_option(lock.path), (), lock.lines)
