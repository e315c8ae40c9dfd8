"""The answer of `kplan capacity`: each design beside its limits, and what is told of that first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kplan.amounts import change, money
from kplan.capacity.actions import Action, actions
from kplan.capacity.delays import UNSTABLE, Delays, delays
from kplan.capacity.fits import first_month, fit, fullest_month, headrooms_of
from kplan.capacity.flight import Flight, flight
from kplan.capacity.headroom import Array, Headroom, Use, rates_per_s
from kplan.capacity.limit_book import LimitBook
from kplan.capacity.loaded.points import Loaded, Slo
from kplan.capacity.loaded.scene import Effort, Scene
from kplan.capacity.loaded.study import loaded
from kplan.capacity.market import Market
from kplan.capacity.pattern import Pattern, limit_book, pattern
from kplan.capacity.purchases import ModelQuote, model_quotes
from kplan.engine.bought import Bought
from kplan.engine.plan import Plan, PlannedDesign
from kplan.engine.results import DesignResult, Results
from kplan.errors import KplanError, Problem
from kplan.money import quotient
from kplan.prices.book import Book
from kplan.prices.skipped import Skipped


class DesignStudy(Struct, frozen=True, eq=False):
    """A design with what its calls take of the limits, month by month."""

    design: DesignResult
    headroom: Headroom
    months: tuple[str, ...]
    queries_per_s: Array
    """Mean rate in each month [1/s], shape (m,)."""
    peak_factor: float
    """The busiest minute of the week over its mean."""
    flight: Flight
    actions: tuple[Action, ...]
    """What helps against the limit that binds, where it fills up within the plan."""
    delays: tuple[Delays, ...]
    """Of a trace at that limit, in the first and the fullest month; empty without a trace."""
    quotes: tuple[ModelQuote, ...]
    """What is on offer for its models, for the load of the plan's first month."""
    not_quoted: tuple[Skipped, ...]
    """What is on offer and cannot be quoted, with the reason."""
    bought: tuple[Bought, ...]
    """What it buys."""
    loaded: Loaded | None = None
    """How long queries take under load; None where nobody said how fast models are."""
    why_no_latency: str = ""
    """Why that is not known, and what to say; empty where it is."""

    @property
    def binding(self) -> Use | None:
        """The limit that is full first."""
        return self.headroom.binding

    @property
    def unstable_month(self) -> str:
        """The first month of the plan in which more than a limit lets in comes for an hour, or a day."""
        over = [np.flatnonzero(use.hours.max(axis=1) >= 1) for use in self.headroom.uses]
        first = min((int(found[0]) for found in over if len(found)), default=None)
        return "" if first is None else self.months[first]

    @property
    def fits(self) -> bool | None:
        """Whether no limit is full within the plan; None where none is known."""
        if self.binding is None:
            return None
        return not self.binding.full_month or self.binding.full_month > self.months[-1]

    def in_flight(self, month: int) -> tuple[float, float] | None:
        """Calls with the providers at once in a month: mean, and in the busiest minute; None if unknown."""
        rate = float(self.queries_per_s[month])
        mean, peak = self.flight.at(rate), self.flight.at(rate * self.peak_factor)
        return None if mean is None or peak is None else (mean, peak)


class Study(Struct, frozen=True, eq=False):
    """All designs of a scenario and its variants."""

    results: Results
    designs: tuple[DesignStudy, ...]
    """In the order of the results."""
    patterns: Mapping[str, Pattern]
    """How traffic comes, by variant."""
    limits: Mapping[str, LimitBook]
    """By variant."""

    @property
    def shown(self) -> DesignStudy:
        """The design that the verdict on costs is about."""
        wanted = self.results.verdict.design
        return next((each for each in self.designs if each.design.id == wanted), self.designs[0])

    @property
    def headline(self) -> tuple[str, ...]:
        """The answer: whether it fits, from when on it is unstable, and what would fit instead."""
        return tuple(_headline(self))

    @property
    def assumed(self) -> tuple[str, ...]:
        """What nobody said of the traffic."""
        told = [f"Assumed: {each.assumed}." for each in self.patterns.values() if each.assumed]
        limited = [each for each in self.designs if each.headroom.uses]
        if any(units.units and any(units.spilled_share) for each in limited for units in each.bought):
            told.append(
                "Limits count all calls to a model whose units leave some, also those that they serve."
            )
        return tuple(dict.fromkeys(told))


def study(
    results: Results, books: Mapping[str, Book], effort: Effort | None = None, slo: Slo | None = None
) -> Study:
    """How the designs fit their limits, and how long their queries take under load.

    books    the price book of each variant
    effort   how much is simulated
    slo      what to look for the largest load at, instead of the scenario's `targets`
    Raises KplanError for a scenario that buys nothing and does not say whose limits hold, with what to write.
    """
    problems = [_no_limits(plan) for plan in results.plans if not _has_an_answer(plan)]
    if problems:
        raise KplanError(problems)
    how = effort or Effort()
    patterns = {plan.variant: pattern(plan.scenario) for plan in results.plans}
    limits = {plan.variant: limit_book(plan.scenario) for plan in results.plans}
    found = {
        each.design.id: each
        for plan in results.plans
        for each in _of_plan(
            results,
            Scene(plan, books[plan.variant], patterns[plan.variant], limits[plan.variant], how, slo),
        )
    }
    designs = tuple(found[design.id] for design in results.designs)
    return Study(results, designs, patterns, limits)


def _has_an_answer(plan: Plan) -> bool:
    """Whether there is something to tell: limits to fit into, or units and replicas that are bought."""
    return plan.scenario.limits is not None or any(design.bought for design in plan.designs)


def _no_limits(plan: Plan) -> Problem:
    """What to write, with the account of a provider whose limits are known."""
    scenario, known = plan.scenario, limit_book(plan.scenario)
    providers = dict.fromkeys(row.provider for row in plan.models.values())
    day = date.fromisoformat(f"{plan.months[0]}-01")
    tiers = {name: _tiers(name, known, day) for name in providers}
    told = next((_account(name, of) for name, of in tiers.items() if of), None)
    what = (
        told
        or f"of {' and '.join(providers)} none are known, put yours into a file: `limits: {{book: own.yaml}}`"
    )
    hint = (
        ""
        if scenario.traffic
        else ". When queries come says `traffic: {week: office-hours, peak_factor: 1.5}`"
    )
    return Problem(f"no limits to fit into; {what}{hint}", scenario.mark(()), "limits")


def _account(provider: str, tiers: list[str]) -> str:
    more = f" ({' or '.join(tiers[1:4])})" if tiers[1:] else ""
    example = f"`limits: {{accounts: {{{provider}: {tiers[0]}}}}}`"
    return f"write for example {example}{more}; kplan limits list {provider} shows all"


def _tiers(provider: str, known: LimitBook, day: date) -> list[str]:
    own = (each for each in known.limits() if each.provider == provider and each.holds_on(day))
    return list(dict.fromkeys(each.tier for each in own if each.tier))


def _of_plan(results: Results, scene: Scene) -> Iterator[DesignStudy]:
    plan, traffic, limits = scene.plan, scene.traffic, scene.limits
    rates, market = rates_per_s(plan), Market.of(plan, scene.book)
    planned = {each.id: each for each in plan.designs}
    for headroom in headrooms_of(plan, scene.book, traffic, limits):
        use, design = headroom.binding, results.design(plan.name_of(headroom.design))
        if design.fit is None:
            design = replace(design, fit=fit(headroom, plan.months, traffic))
        loaded, why = _loaded(scene, planned[headroom.design], design, headroom)
        quotes, not_quoted = model_quotes(market, planned[headroom.design])
        yield DesignStudy(
            design=design,
            headroom=headroom,
            months=plan.months,
            queries_per_s=rates,
            peak_factor=float(traffic.week.max()) * traffic.peak_factor,
            flight=flight(headroom.calls),
            actions=() if use is None else _actions(use, plan, limits),
            delays=() if use is None else tuple(_delays(use, plan, traffic)),
            quotes=quotes,
            not_quoted=not_quoted,
            bought=planned[headroom.design].bought,
            loaded=loaded,
            why_no_latency=why,
        )


def _loaded(
    scene: Scene, planned: PlannedDesign, design: DesignResult, headroom: Headroom
) -> tuple[Loaded | None, str]:
    try:
        return loaded(scene, planned, design, headroom), ""
    except KplanError as e:
        return None, str(e)


def _actions(use: Use, plan: Plan, limits: LimitBook) -> tuple[Action, ...]:
    day = date.fromisoformat(f"{plan.months[first_month(use)]}-01")
    return actions(use, limits, day, float(plan.scenario.volume.growth_per_month))


def _delays(use: Use, plan: Plan, traffic: Pattern) -> Iterator[Delays]:
    if traffic.trace is not None:
        for month in dict.fromkeys((first_month(use), fullest_month(use))):
            yield delays(use, traffic.trace, month, plan.months[month])


def _headline(found: Study) -> Iterator[str]:
    shown = found.shown
    assert shown.design.fit is not None
    yield f"{shown.design.fit.text}."
    if shown.unstable_month:
        yield f"{shown.design.id} is unstable from {shown.unstable_month} on: {UNSTABLE}."
    if shown.fits is False:
        yield _instead(shown, found.designs)


def _instead(shown: DesignStudy, designs: Iterable[DesignStudy]) -> str:
    """The cheapest design of the same variant that fits over the whole plan."""
    own = [each for each in designs if each.design.variant == shown.design.variant and each.fits]
    if not own:
        return "No design fits over the whole plan."
    other = min(own, key=lambda each: each.design.total_usd)
    total, was = other.design.total_usd, shown.design.total_usd
    apart = f", {change(quotient(was - total, was))}" if was else ""
    known = ", as far as its limits are known," if other.headroom.skipped else ""
    return f"The cheapest that fits over the whole plan{known} is {other.design.id}: {money(total)}{apart}."
