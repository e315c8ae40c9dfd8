"""Hours of the week: how much busier each is than the mean one, from presets, files and the scenario."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from datetime import date
from io import StringIO
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from kplan.errors import KplanError, Mark, Problem
from kplan.form.numbers import number
from kplan.places import folder
from kplan.prices.windows import WEEKDAYS, HourProfile
from kplan.scenario.source import read_text

HourFactors = NDArray[np.float64]
"""Traffic of each hour over the mean hour, Monday 00:00 first, shape (168,), mean 1."""
HOURS_OF_DAY = 24
HOURS_OF_WEEK = 7 * HOURS_OF_DAY
_MINUTES_OF_HOUR = 60
_MEASURED = "traffic/azure-2024.json"


def normalised(values: NDArray[np.float64]) -> HourFactors:
    """168 amounts as factors of mean 1; raises KplanError for others, and where there is no traffic."""
    found = np.asarray(values, np.float64)
    if found.shape != (HOURS_OF_WEEK,):
        raise KplanError(f"{found.size} hours of the week; {HOURS_OF_WEEK} are expected, Monday 00:00 first")
    if not np.isfinite(found).all() or (found < 0).any():
        raise KplanError("traffic of an hour is negative or no number")
    if not found.sum():
        raise KplanError("all hours of the week are without traffic")
    factors: HourFactors = found / found.mean()
    return factors


def hour_name(hour: int) -> str:
    """`Tue 14:00`, of an hour counted from Monday 00:00."""
    return f"{WEEKDAYS[hour // HOURS_OF_DAY]} {hour % HOURS_OF_DAY:02d}:00"


def even() -> HourFactors:
    """Every hour alike."""
    return np.ones(HOURS_OF_WEEK)


def office_hours() -> HourFactors:
    """Declared, not measured: Monday to Friday 9 to 18 h at 1, 8 and 18 h at one half, all else at 0.05."""
    day = np.full(HOURS_OF_DAY, 0.05)
    day[9:18], day[[8, 18]] = 1.0, 0.5
    return normalised(np.concatenate((np.tile(day, 5), np.full(2 * HOURS_OF_DAY, 0.05))))


def global_consumer() -> HourFactors:
    """Declared, not measured: 1 + 0.35 cos(2 pi (hour - 19) / 24), a tenth more at weekends."""
    day = 1 + 0.35 * np.cos(2 * np.pi * (np.arange(HOURS_OF_DAY) - 19) / HOURS_OF_DAY)
    return normalised(np.concatenate((np.tile(day, 5), np.tile(1.1 * day, 2))))


def measured(name: str) -> HourFactors:
    """A week of kplan's data, in UTC; raises KeyError for another name."""
    found = json.loads((folder("pricing") / _MEASURED).read_text(encoding="utf-8"))["weeks"][name]
    into_week = date.fromisoformat(found["starts_on"]).weekday() * HOURS_OF_DAY
    return normalised(np.roll(np.array(found["requests_per_minute"]), into_week))


WEEKS: Mapping[str, Callable[[], HourFactors]] = MappingProxyType(
    {
        "even": even,
        "office-hours": office_hours,
        "global-consumer": global_consumer,
        "azure-conversation-2024": lambda: measured("azure-conversation-2024"),
        "azure-code-2024": lambda: measured("azure-code-2024"),
    }
)
"""Presets by name; a new one is a line here and in `scenario/traffic.py`."""


def of_profile(profile: HourProfile) -> HourFactors:
    """The factors of a share in some hours and the rest outside, by the clock of its own zone."""
    busy = profile.windows.week_of_clock(0)
    mask = (1 << _MINUTES_OF_HOUR) - 1
    inside = np.array(
        [(busy >> hour * _MINUTES_OF_HOUR & mask).bit_count() for hour in range(HOURS_OF_WEEK)], np.float64
    )
    outside, share = _MINUTES_OF_HOUR - inside, float(profile.share)
    quiet = (1 - share) * outside / outside.sum() if outside.sum() else 0.0
    return normalised(share * inside / inside.sum() + quiet)


def read_week(path: Path) -> HourFactors:
    """168 numbers of a CSV file in reading order, Monday 00:00 first; a first line of names is left out.

    Raises KplanError with the place of every cell that is no number.
    """
    rows = list(csv.reader(StringIO(read_text(path))))
    cells = [
        (cell.strip(), Mark(str(path), line, column))
        for line, row in enumerate(rows, 1)
        for column, cell in enumerate(row, 1)
        if cell.strip()
    ]
    values: list[float] = []
    problems: list[Problem] = []
    for text, mark in cells:
        try:
            values.append(float(number(text)))
        except KplanError as e:
            if mark.line > 1 or values:
                problems += e.at(mark).problems
    if problems:
        raise KplanError(problems)
    try:
        return normalised(np.array(values))
    except KplanError as e:
        raise e.at(Mark(str(path), 1, 1)) from e
