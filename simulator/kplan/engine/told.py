"""Costs of two designs in words: a month where all months are alike, else the horizon."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from kplan.engine.results import DesignResult
from kplan.ranges import Interval, allowed, share_within, within


def prices(subject: DesignResult, baseline: DesignResult) -> tuple[str, str, str]:
    """Both amounts and their span: a month where all months are alike, else the horizon.

    The subject's comes with its range, the other one with the digits that its range allows.
    """
    if is_steady(subject) and is_steady(baseline):
        first, other = (each.ranges.first_month if each.ranges else None for each in (subject, baseline))
        price = within(subject.months[0].cost_usd, first)
        return price, allowed(baseline.months[0].cost_usd, other), "a month"
    return total(subject), total(baseline, allowed), f"over {len(subject.months)} months"


def total(design: DesignResult, printed: Callable[[Decimal, Interval | None], str] = within) -> str:
    """The total with its range, or however else it is printed."""
    return printed(design.total_usd, design.ranges.total if design.ranges else None)


def saved(design: DesignResult, share: Decimal) -> str:
    """A saving against the baseline with its range."""
    return share_within(share, design.ranges.saving_share if design.ranges else None)


def is_steady(design: DesignResult) -> bool:
    """Whether all its months cost the same."""
    return len({month.cost_usd for month in design.months}) == 1
