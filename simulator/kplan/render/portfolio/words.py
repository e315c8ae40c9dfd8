"""The words of a portfolio that all its text formats share; names in them are still foreign text."""

from __future__ import annotations

from collections.abc import Sequence

from kplan.regress.portfolio import BASELINE, FIRST, IN_USE, Group, Member, MonthTotal, Portfolio
from kplan.render.diff.words import counted
from kplan.render.format import change, money

LEGEND = (
    "What counts is the design that a scenario names `in_use`, else its baseline (b), else its first (1)."
)
_MARKS = {IN_USE: "", BASELINE: " (b)", FIRST: " (1)"}


def chosen(member: Member) -> str:
    """The design that counts, with a mark where the scenario does not say that it is in use."""
    return f"{member.design.id}{_MARKS[member.chosen_by]}"


def headline(portfolio: Portfolio) -> str:
    """The total, and over which months."""
    n = counted(len(portfolio.members), "scenario")
    verb = "costs" if len(portfolio.members) == 1 else "cost"
    months = portfolio.months
    spans = {tuple(month.month for month in member.months) for member in portfolio.members}
    each = "" if len(spans) == 1 else ", each over its own months"
    return f"{n} {verb} {money(portfolio.total_usd)} from {months[0].month} to {months[-1].month}{each}."


def cheapest(member: Member) -> str:
    """The cheapest design written, and what it costs less; empty where the one in use is as cheap."""
    share = member.saving_share
    return "" if share is None else f"{member.cheapest.id} {change(share)}"


def value(found: str | None, tag: str) -> str:
    """A tag's value; `(no team)` for scenarios without it."""
    return f"(no {tag})" if found is None else found


def by_month(group: Group, months: Sequence[MonthTotal]) -> tuple[str, ...]:
    """What the group costs in each of the months; empty in those that none of its plans holds."""
    costs = {month.month: money(month.cost_usd) for month in group.months}
    return tuple(costs.get(month.month, "") for month in months)
