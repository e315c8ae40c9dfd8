"""By how much a change of prices inside the horizon moves what a design costs a month, before contracts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from kplan.engine.calendar import days_in
from kplan.engine.plan import FixedCharge, Plan, PlannedDesign
from kplan.form.decimals import Decimals
from kplan.money import ONE, ZERO, exact, quotient

_APART = Decimal("1e40")
"""Amounts that differ by less than one part in this are the same: a month's split keeps 60 digits."""


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
        fixed = _fixed(plan, values, epoch.starts_on)
        for design in plan.designs:
            if design.added:
                continue
            used = _per_query(plan, values, design, n)
            for model in dict.fromkeys([*used, *fixed]):
                with exact():
                    usd = used.get(model, ZERO) * queries + fixed.get(model, ZERO)
                    usd *= ONE + _contingency(plan, values)
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


def _fixed(plan: Plan, values: Decimals, day: date) -> dict[str, Decimal]:
    """What a month of everything bought by the month costs more from the day on, by model [USD]."""
    before: dict[str, Decimal] = {}
    after: dict[str, Decimal] = {}
    for charge in (charge for cost in plan.fixed for charge in cost.charges):
        for side, edge in ((before, charge.period.ends_on), (after, charge.period.starts_on)):
            if edge == day:
                usd = _a_month(charge, values)
                with exact():
                    side[charge.model] = side.get(charge.model, ZERO) + usd
    with exact():
        more = {model: after.get(model, ZERO) - usd for model, usd in before.items()}
        return {model: usd for model, usd in more.items() if abs(usd) * _APART > before[model]}


def _a_month(charge: FixedCharge, values: Decimals) -> Decimal:
    """What the charge comes to in a whole month; its period may be a part of one."""
    period = charge.period
    with exact():
        usd = values[charge.cost] * days_in(period.starts_on.replace(day=1))
    return quotient(usd, Decimal((period.ends_on - period.starts_on).days))


def _contingency(plan: Plan, values: Decimals) -> Decimal:
    return ZERO if plan.contingency is None else values[plan.contingency]
