"""How the designs of a simulation fit their limits: the one line that results carry of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from math import isfinite

import numpy as np
from msgspec.structs import replace

from kplan.amounts import share
from kplan.capacity.headroom import FURTHEST_MONTHS, Headroom, Use, headrooms
from kplan.capacity.limit_book import LimitBook
from kplan.capacity.pattern import Pattern, limit_book, pattern
from kplan.engine.fit import Fit
from kplan.engine.montecarlo.numbers import decimal
from kplan.engine.plan import Plan
from kplan.engine.results import Results
from kplan.prices.book import Book
from kplan.scenario.traffic import LimitsInUse

_MANY = 100
"""Times from which on a tenth says nothing."""


class Fitted(Fit, frozen=True, eq=False):
    """The same with what it was read off."""

    whole: Headroom | None = None
    """All limits."""
    months: tuple[str, ...] = ()
    """Of the plan."""
    traffic: Pattern | None = None


def with_fits(results: Results, books: Mapping[str, Book]) -> Results:
    """The results, each design of a scenario that says `limits` with how it fits them.

    books   the price book of each variant
    Raises KplanError with what is wrong with limits and traffic.
    """
    found = {
        plan.name_of(headroom.design): fit(headroom, plan.months, traffic)
        for plan in results.plans
        if plan.scenario.limits is not None
        for traffic in (pattern(plan.scenario),)
        for headroom in headrooms_of(plan, books[plan.variant], traffic, limit_book(plan.scenario))
    }
    designs = tuple(replace(design, fit=found.get(design.id)) for design in results.designs)
    return replace(results, designs=designs)


def headrooms_of(plan: Plan, book: Book, traffic: Pattern, limits: LimitBook) -> list[Headroom]:
    """The headroom of each design under the limits that the plan's scenario says, or under none."""
    in_use = plan.scenario.limits or LimitsInUse()
    return headrooms(plan, book, limits, in_use, traffic.week, peak_of=traffic.peak_of)


def fit(headroom: Headroom, months: tuple[str, ...], traffic: Pattern) -> Fitted:
    """What is told of a design's headroom in one line, and what it is read off."""
    use = headroom.binding
    if use is None:
        text = f"no limit is known for {headroom.design}: {_why_none(headroom)}"
        return Fitted(text, whole=headroom, months=months, traffic=traffic)
    fullest = fullest_month(use)
    least = float(use.headroom[fullest])
    return Fitted(
        text=_text(headroom.design, use, months) + _not_counted(headroom),
        limit=use.limit.title,
        headroom=decimal(least) if isfinite(least) else None,
        month=months[fullest],
        months_left=until(use, months),
        full_month=use.full_month,
        whole=headroom,
        months=months,
        traffic=traffic,
    )


def _text(design: str, use: Use, months: Sequence[str]) -> str:
    first, last, name = first_month(use), fullest_month(use), use.limit.title
    at = "" if use.target == 1 else f" (full at {share(decimal(use.target))})"
    taken = f"{peak_share(use, first)} of {name} in its {use.moment}{at}"
    if use.full_month == months[first]:
        return f"{design} does not fit: it takes {taken}, from {months[first]} on"
    if use.full_month and use.full_month <= months[-1]:
        return (
            f"{design} fits until {use.full_month}: it takes {taken} in {months[first]}; {room(use, first)}"
        )
    is_same = peak_share(use, last) == peak_share(use, first)
    grown = "" if is_same else f", {peak_share(use, last)} in {months[last]}"
    return f"{design} fits: it takes {taken}{grown}; {room(use, last)}"


def _why_none(headroom: Headroom) -> str:
    whys = dict.fromkeys(each.why for each in headroom.skipped)
    return "; ".join(whys) or "it calls no model"


def _not_counted(headroom: Headroom) -> str:
    names = dict.fromkeys(each.what for each in headroom.skipped)
    return f" (not counted: {', '.join(names)})" if names else ""


def peak_share(use: Use, month: int) -> str:
    """How full the limit is in the busiest minute of a month: `27%`."""
    return share(decimal(float(use.peak[month])))


def room(use: Use, month: int) -> str:
    """To how many times that of a month traffic could grow, cut and never rounded up: `room for 3.7x`."""
    times = decimal(float(use.headroom[month])) + 1
    if not times.is_finite():
        return "room without end"
    step = Decimal("0.01") if times < 1 else Decimal("0.1") if times < _MANY else Decimal(1)
    return f"room for {times.quantize(step, ROUND_FLOOR):,}x"


def first_month(use: Use) -> int:
    """The first month of the plan in which the limit holds."""
    return int(np.flatnonzero(~np.isnan(use.peak))[0])


def fullest_month(use: Use) -> int:
    """The month of the plan in which it is fullest."""
    return int(np.nanargmax(use.peak))


def until(use: Use, months: Sequence[str]) -> int:
    """Whole months from the plan's first one until it is full; `FURTHEST_MONTHS` where none is by then."""
    if not use.full_month:
        return FURTHEST_MONTHS
    start, end = (date.fromisoformat(f"{month}-01") for month in (months[0], use.full_month))
    return (end.year - start.year) * 12 + end.month - start.month
