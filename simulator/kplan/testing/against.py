"""What checks are held against under pytest: today, and the nearest lock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from kplan.regress.checks import Against
from kplan.regress.lock.baseline import Baseline
from kplan.regress.lock.reader import LockFile, nearest


def today() -> date:
    """The day, UTC."""
    return datetime.now(UTC).date()


def against(scenario: Path) -> Against:
    """For the checks of a file: its lock is the nearest from its folder up to the current one."""
    lock = nearest(scenario.parent)
    return Against(today(), Baseline(partial(LockFile.at, lock), scenario).locked)
