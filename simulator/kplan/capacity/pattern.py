"""What a scenario says of its traffic: its week, its peaks and its trace, read and checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kplan.capacity.bursts import Bursts, bursts, hour_factors
from kplan.capacity.limit_book import LimitBook, load_limits
from kplan.capacity.trace import Trace, read_trace
from kplan.capacity.week import WEEKS, HourFactors, even, normalised, of_profile, read_week
from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped
from kplan.scenario.flow import stages_of
from kplan.scenario.model import Scenario
from kplan.scenario.names import meant
from kplan.scenario.traffic import LimitsInUse, Traffic

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
    """The limits that hold for a scenario: its own over kplan's.

    Raises KplanError with the problems of their files, and for accounts and stages that there are not.
    """
    in_use = scenario.limits or LimitsInUse()
    book = load_limits([scenario.file(("limits", "book"), name) for name in in_use.book])
    problems = [*_unknown(scenario, "accounts", in_use.accounts, book.providers)]
    problems += _unknown(scenario, "max_tokens", in_use.max_tokens, _stages(scenario))
    if problems:
        raise KplanError(problems)
    return book


def _unknown(
    scenario: Scenario, section: str, said: Iterable[str], known: Collection[str]
) -> Iterator[Problem]:
    what = {"accounts": "limits of no provider", "max_tokens": "no stage"}[section]
    for name in said:
        if name not in known:
            text = f"{what} `{clipped(name)}`{meant(name, known)}"
            yield scenario.problem(("limits", section, name), text, at_key=True)


def _stages(scenario: Scenario) -> set[str]:
    """The stages of all designs and classes."""
    pairs = ((design, each) for design in scenario.designs for each in scenario.classes)
    return {placed.id for design, each in pairs for placed in stages_of(scenario, design, each)}


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
