"""By how much a change of prices inside the horizon moves what a design costs a month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from kplan.engine.plan import Plan, PlannedDesign
from kplan.form.decimals import Decimals
from kplan.money import ONE, ZERO, exact


@dataclass(frozen=True, slots=True)
class Move:
    """One model's new prices in one design."""

    on: date
    model: str
    design: str
    """Id of the design, with `@variant` where there is one."""
    month: str
    """The first whole month at the new prices, or the plan's last one."""
    usd_per_month: Decimal
    """That month's queries at the new prices less the same at the old ones, with contingency [USD]."""


def moves(plan: Plan) -> Iterator[Move]:
    """Every move of a plan's written designs, day by day; what stays the same is none.

    The month is costed twice with the charges of the plan itself: once as in the days before the change,
    once as from it on, each with all its queries.
    """
    values = Decimals(plan.graph)
    for n, (_, epoch) in enumerate(pairwise(plan.epochs), 1):
        at = _month_at(plan, epoch.starts_on)
        queries = values[plan.month_queries[at]]
        for design in plan.designs:
            if design.added:
                continue
            for model, per_query_usd in _per_query(plan, values, design, n).items():
                with exact():
                    usd = per_query_usd * queries * (ONE + _contingency(plan, values))
                if usd:
                    yield Move(epoch.starts_on, model, plan.name_of(design.id), plan.months[at], usd)


def _month_at(plan: Plan, day: date) -> int:
    """The plan's first month that begins on the day or later, or its last one."""
    later = [n for n, month in enumerate(plan.months) if date.fromisoformat(f"{month}-01") >= day]
    return later[0] if later else len(plan.months) - 1


def _per_query(plan: Plan, values: Decimals, design: PlannedDesign, epoch: int) -> dict[str, Decimal]:
    """What a query costs more from the epoch on than before it, by model, averaged over the classes [USD]."""
    found: dict[str, Decimal] = {}
    with exact():
        for charge in design.charges:
            if charge.epoch in (epoch - 1, epoch):
                usd = values[charge.cost] * values[plan.shares[charge.query_class]]
                found[charge.model] = found.get(charge.model, ZERO) + (usd if charge.epoch == epoch else -usd)
    return found


def _contingency(plan: Plan, values: Decimals) -> Decimal:
    return ZERO if plan.contingency is None else values[plan.contingency]
