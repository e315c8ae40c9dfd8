"""Months in which a bill jumps: the price of a query is another one than in the month before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from msgspec import Struct

from kplan.engine.calendar import month_after
from kplan.engine.ledger import grouped_usd
from kplan.engine.results import Event
from kplan.money import ZERO
from kplan.regress.runs import Run, RunDesign


class Jump(Struct, frozen=True):
    """A month whose queries cost another price than those of the month before."""

    side: str
    """`base` or `head`."""
    month: str
    before_usd: Decimal
    """The month before, with all its lines [USD]."""
    after_usd: Decimal
    because: tuple[str, ...]
    """The price events that brought it, in the words of the run."""


def jumps(side: str, run: Run, design: RunDesign) -> tuple[Jump, ...]:
    """Every jump of a design, in the order of months; growth and seasons alone make none."""
    return tuple(_found(side, run, design))


def _found(side: str, run: Run, design: RunDesign) -> Iterator[Jump]:
    usage = grouped_usd(run.usage(design), lambda row: row.month)
    for before, after in pairwise(design.months):
        if not before.queries or not after.queries:
            continue
        costs = [Fraction(usage.get(m.month, ZERO)) / Fraction(m.queries) for m in (before, after)]
        events = [event for event in run.events if _is_of(event, design, before.month, after.month)]
        if events and _is_apart(costs[0], costs[1]):
            because = tuple(dict.fromkeys(event.text for event in events))
            yield Jump(side, after.month, before.cost_usd, after.cost_usd, because)


def _is_apart(one: Fraction, other: Fraction) -> bool:
    """Whether two costs differ by more than the 60 digits that a month's split keeps."""
    return abs(one - other) * 10**40 > max(one, other)


def _is_of(event: Event, design: RunDesign, before: str, after: str) -> bool:
    """Whether an event touches the design, after the first day of one month and in the next at the latest."""
    first, last = date.fromisoformat(f"{before}-01"), month_after(date.fromisoformat(f"{after}-01"))
    return event.kind == "price" and first < event.on < last and design.design in event.designs
