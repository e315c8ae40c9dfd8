"""What a scenario says of its traffic: its week, its peaks and its trace, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kplan.capacity.bursts import Bursts, bursts, hour_factors
from kplan.capacity.limit_book import LimitBook, load_limits
from kplan.capacity.trace import Trace, read_trace
from kplan.capacity.week import WEEKS, HourFactors, even, normalised, of_profile, read_week
from kplan.errors import KplanError
from kplan.scenario.model import Scenario
from kplan.scenario.traffic import Traffic

_WEEK_S = 7 * 86_400.0
_BUSIEST_WINDOW_S = 60.0


@dataclass(frozen=True, eq=False)
class Pattern:
    """How traffic comes."""

    week: HourFactors
    week_source: str
    """Where the hours come from: a preset's name, `profile`, a file, the trace."""
    tz: str
    peak_factor: float
    """The busiest minute of an hour over its mean."""
    trace: Trace | None = None
    bursts: Bursts | None = None
    """Of the trace."""


def pattern(scenario: Scenario) -> Pattern:
    """The pattern of a scenario's traffic: even where nothing is said.

    The week is the one that is said, else that of a trace of a week or more, else that of `profile`; the peak
    factor is the one that is said, else that of a trace: its busiest minute over its mean one.
    Raises KplanError with the place of a file that cannot be read.
    """
    traffic = scenario.traffic or Traffic()
    trace = _trace(scenario, traffic) if traffic.trace else None
    found = bursts(trace) if trace else None
    week, source = _week(scenario, traffic, trace)
    factor = float(traffic.peak_factor)
    if found and "peak_factor" not in traffic.model_fields_set:
        factor = max(1.0, found.peak_to_mean[_BUSIEST_WINDOW_S])
    return Pattern(week, source, traffic.tz, factor, trace, found)


def limit_book(scenario: Scenario) -> LimitBook:
    """The limits that hold for a scenario: its own over kplan's; raises KplanError with their problems."""
    names = scenario.limits.book if scenario.limits else ()
    return load_limits([scenario.file(("limits", "book"), name) for name in names])


def _week(scenario: Scenario, traffic: Traffic, trace: Trace | None) -> tuple[HourFactors, str]:
    if isinstance(traffic.week, tuple):
        return normalised(np.array([float(each) for each in traffic.week])), "the scenario"
    if traffic.week in WEEKS:
        return WEEKS[traffic.week](), traffic.week
    if traffic.week:
        return read_week(scenario.file(("traffic", "week"), traffic.week)), Path(traffic.week).name
    if trace and trace.starts_at and trace.span_s >= _WEEK_S:
        return hour_factors(trace, traffic.tz), trace.file
    if scenario.profile:
        return of_profile(scenario.profile.hour_profile()), "profile"
    return even(), "even"


def _trace(scenario: Scenario, traffic: Traffic) -> Trace:
    path = scenario.file(("traffic", "trace"), traffic.trace)
    try:
        content = path.read_bytes()
    except OSError as e:
        reason = e.strerror or str(e)
        raise KplanError(f"{path} cannot be read: {reason}").at(
            scenario.mark(("traffic", "trace")), "traffic.trace"
        ) from e
    return read_trace(content, path.name, columns=traffic.columns, time_unit=traffic.time_unit)
