"""What to do about a limit that fills up, the cheapest first: each with how much longer it lasts then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import ceil

import numpy as np
from msgspec import Struct

from kplan.capacity.headroom import Use, months_left
from kplan.capacity.limit_book import LimitBook
from kplan.capacity.limits import Limit

TIER, CACHE, MOVE, SPREAD = "tier", "cache", "move", "spread"
KINDS = (TIER, CACHE, MOVE, SPREAD)
"""In the order of what they cost: a higher tier costs nothing per call, reads of a cache save money, a stage
in batches or on another model changes the bill, more accounts or regions are more to run."""


class Action(Struct, frozen=True):
    """Something that makes room, and for how long."""

    kind: str
    text: str
    """In words, without a full stop."""
    use_then: float
    """Use in the busiest minute of the fullest month of the plan, once it is done."""
    months_more: float
    """How much later growth fills the limit; infinite where that never happens."""
    suffices: bool
    """Whether the limit stays below its target over the whole plan."""


def actions(use: Use, limits: LimitBook, day: date, growth_per_month: float) -> tuple[Action, ...]:
    """What helps against a limit, those that suffice first; nothing where it lasts for the whole plan.

    day   on which a higher tier must be on offer
    """
    if float(np.nanmax(use.peak)) < use.target:
        return ()
    found = [action for action in _all(use, limits, day, growth_per_month) if action is not None]
    return tuple(sorted(found, key=lambda action: (not action.suffices, KINDS.index(action.kind))))


def _all(use: Use, limits: LimitBook, day: date, growth: float) -> Iterator[Action | None]:
    worst = float(np.nanmax(use.peak))
    yield _tier(use, limits, day, growth, worst)
    if not use.limit.counting.is_batch:
        yield _cache(use, growth, worst)
        yield _move(use, growth, worst)
    n = ceil(worst / use.target - 1e-9)
    if n > 1:
        yield _done(
            use, growth, worst, 1 / n, SPREAD, f"spread the calls over {n} accounts, regions or providers"
        )


def _tier(use: Use, limits: LimitBook, day: date, growth: float, worst: float) -> Action | None:
    """The lowest tier that is high enough, else the highest one."""
    higher = sorted(
        (each for each in limits.limits() if _is_higher(each, use.limit, day)), key=lambda each: each.amount
    )
    if not higher:
        return None
    needed = worst / use.target * float(use.limit.amount)
    best = next((each for each in higher if float(each.amount) >= needed), higher[-1])
    text = f"tier {best.tier}: {best.said()} instead of {use.limit.said()}"
    return _done(use, growth, worst, float(use.limit.amount / best.amount), TIER, text)


def _is_higher(other: Limit, limit: Limit, day: date) -> bool:
    same = (other.provider, other.pool, other.service, other.counting.name)
    is_same = same == (limit.provider, limit.pool, limit.service, limit.counting.name)
    return is_same and other.holds_on(day) and other.amount > limit.amount


def _cache(use: Use, growth: float, worst: float) -> Action | None:
    """Reads of a prompt cache, where the limit counts fresh input alone and not them."""
    [weights, *others] = use.limit.counting.counts
    counted = {bucket for bucket, weight in weights.items() if weight}
    if others or use.limit.counting.settles or not counted <= {"input", "cache_write"} or worst <= use.target:
        return None
    share = 1 - use.target / worst
    return _done(
        use, growth, worst, 1 - share, CACHE, f"read {share:.0%} of the input that counts from a prompt cache"
    )


def _move(use: Use, growth: float, worst: float) -> Action | None:
    """The least of the stages whose going elsewhere is enough, else the largest one."""
    whole = float(use.demand.per_query)
    parts = sorted((float(taken) / whole, stage) for stage, taken in use.demand.stages.items() if whole)
    parts = [part for part in parts if part[0] < 1]
    if not parts:
        return None
    share, stage = next((part for part in parts if worst * (1 - part[0]) <= use.target), parts[-1])
    text = f"move {stage}, {share:.0%} of the use, into batches or to a model with limits of its own"
    return _done(use, growth, worst, 1 - share, MOVE, text)


def _done(use: Use, growth: float, worst: float, factor: float, kind: str, text: str) -> Action:
    """The action with what is left of the use."""
    first = float(use.peak[use.peak > 0][0])
    then = months_left(first * factor, growth, use.target)
    now = months_left(first, growth, use.target)
    more = 0.0 if then == now else then - now
    return Action(kind, text, worst * factor, more, worst * factor <= use.target * (1 + 1e-9))
