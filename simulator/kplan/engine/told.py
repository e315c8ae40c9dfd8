"""Costs of two designs in words: a month where all months are alike, else the horizon."""

from __future__ import annotations

from kplan.amounts import money
from kplan.engine.results import DesignResult


def prices(subject: DesignResult, baseline: DesignResult) -> tuple[str, str, str]:
    """Both amounts and their span: a month where all months are alike, else the horizon."""
    if is_steady(subject) and is_steady(baseline):
        return (money(subject.months[0].cost_usd), money(baseline.months[0].cost_usd), "a month")
    span = f"over {len(subject.months)} months"
    return money(subject.total_usd), money(baseline.total_usd), span


def is_steady(design: DesignResult) -> bool:
    """Whether all its months cost the same."""
    return len({month.cost_usd for month in design.months}) == 1
