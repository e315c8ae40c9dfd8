"""What scenarios are held against under pytest: today, and the nearest lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache, partial
from pathlib import Path

import pytest

from kplan.regress.checks import Against
from kplan.regress.lock.baseline import Baseline
from kplan.regress.lock.place import nearest
from kplan.regress.lock.reader import LockFile

ReadLock = Callable[[Path], LockFile]
_READ = pytest.StashKey[ReadLock]()


def today() -> date:
    """The day, UTC."""
    return datetime.now(UTC).date()


def against(scenario: Path, read: ReadLock = LockFile.at) -> Against:
    """For the checks of a file: its lock is the nearest from its folder up to the current one."""
    return Against(today(), Baseline(partial(read, nearest(scenario.parent)), scenario).locked)


def read_once(config: pytest.Config) -> ReadLock:
    """What reads locks, each once however many scenarios it holds."""
    read: ReadLock = cache(LockFile.at)
    return config.stash.setdefault(_READ, read)
