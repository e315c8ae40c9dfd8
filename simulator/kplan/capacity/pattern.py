"""What a scenario says of its traffic: its week, its peaks and its trace, read and checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import numpy as np
from msgspec import Struct

from kplan.capacity.bursts import Bursts, bursts, hour_factors, peak_to_mean
from kplan.capacity.entrances import Visitors
from kplan.capacity.limit_book import LimitBook, load_limits
from kplan.capacity.limits import LEVEL, Limit
from kplan.capacity.trace import Trace, read_trace
from kplan.capacity.week import WEEKS, HourFactors, even, normalised, of_profile, read_week
from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped
from kplan.scenario.flow import stages_of
from kplan.scenario.model import Scenario
from kplan.scenario.names import meant
from kplan.scenario.traffic import Account, LimitsInUse, Traffic

ASSUMED_WEEK = "azure-code-2024"
"""The measured week with the higher peak: a plan that nobody gave hours should not come out roomy."""
_WEEK_S = 7 * 86_400.0
_BUSIEST_WINDOW_S = 60.0


class Pattern(Struct, frozen=True, eq=False):
    """How traffic comes."""

    week: HourFactors
    week_source: str
    """Where the hours come from: a preset's name, `profile`, a file, the trace."""
    tz: str
    peak_factor: float
    """The busiest minute of an hour over its mean."""
    assumed: str = ""
    """What is taken for true that nobody said, in words; empty for nothing."""
    trace: Trace | None = None
    bursts: Bursts | None = None
    """Of the trace."""
    is_said: bool = False
    """Whether the scenario says the peak factor itself."""

    def peak_of(self, limit: Limit) -> float:
        """The busiest minute of what a limit counts over its mean; of a trace its tokens, if known."""
        if self.trace is None or self.is_said or limit.counting.kind == LEVEL:
            return self.peak_factor
        try:
            charges = Visitors.of(self.trace).charged(limit)
        except KplanError:
            return self.peak_factor
        return max(1.0, peak_to_mean(self.trace.at_s, _BUSIEST_WINDOW_S, charges))


def pattern(scenario: Scenario) -> Pattern:
    """The pattern of a scenario's traffic.

    Where nothing at all is said, every hour is as busy as the busiest one of `ASSUMED_WEEK` over its mean.
    The week is the one that is said, else that of a trace of a week or more, else that of `profile`; the peak
    factor is the one that is said, else that of a trace: its busiest minute over its mean one.
    Raises KplanError with the place of a file that cannot be read.
    """
    traffic = scenario.traffic or Traffic()
    trace = _trace(scenario, traffic) if traffic.trace else None
    found = bursts(trace) if trace else None
    week, source = _week(scenario, traffic, trace)
    factor = float(traffic.peak_factor)
    is_said = "peak_factor" in traffic.model_fields_set
    if found and not is_said:
        factor = max(1.0, found.peak_to_mean[_BUSIEST_WINDOW_S])
    if scenario.traffic is None and not scenario.profile:
        factor = float(WEEKS[ASSUMED_WEEK]().max())
    assumed = _assumed(scenario, source, factor)
    return Pattern(week, source, traffic.tz, factor, assumed, trace, found, is_said)


def _assumed(scenario: Scenario, week_source: str, factor: float) -> str:
    """What nobody said of the traffic, and how to say it."""
    said = frozenset() if scenario.traffic is None else scenario.traffic.model_fields_set
    if scenario.traffic is None and not scenario.profile:
        return (
            f"a busiest minute of {factor:.2f} times the mean, as in the busiest hour of {ASSUMED_WEEK}; say"
            " yours: `traffic: {week: office-hours, peak_factor: 1.5}`"
        )
    if not said & {"peak_factor", "trace"}:
        return (
            "a busiest minute no busier than its hour; say by how much it is: `traffic: {peak_factor: 1.5}`"
        )
    if not said & {"week"} and week_source == "even":
        return "every hour of the week alike; say which are busy: `traffic: {week: office-hours}`"
    return ""


def limit_book(scenario: Scenario) -> LimitBook:
    """The limits that hold for a scenario: its own over kplan's.

    Raises KplanError with the problems of their files, and for accounts, tiers and stages that there are not.
    """
    in_use = scenario.limits or LimitsInUse()
    book = load_limits([scenario.file(("limits", "book"), name) for name in in_use.book])
    problems = [*_unknown(scenario, "accounts", in_use.accounts, book.providers)]
    problems += _unknown(scenario, "max_tokens", in_use.max_tokens, _stages(scenario))
    for provider, account in in_use.accounts.items():
        problems += _unknown_account(scenario, provider, account, book)
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


def _unknown_account(
    scenario: Scenario, provider: str, account: Account, book: LimitBook
) -> Iterator[Problem]:
    """What the provider does not call so: its tiers, its ways of calling."""
    own = [each for each in book.limits() if each.provider == provider]
    others = {each.service for each in book.unnumbered() if each.provider == provider}
    known = {
        "tier": {each.tier for each in own},
        "service": {each.service for each in own} | others,
    }
    for field, names in known.items():
        said, listed = getattr(account, field), sorted(names - {""})
        if said and own and said not in listed:
            hint = meant(said, listed) or (f"; it has {', '.join(listed)}" if listed else "; it has none")
            text = f"no {field} `{clipped(said)}` of {provider}{hint}"
            yield scenario.problem(("limits", "accounts", provider, field), text)


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
