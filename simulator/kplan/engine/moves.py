"""By how much a change of prices inside the horizon moves what a design costs a month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from kplan.engine.calendar import days_in
from kplan.engine.contracts import Contracts
from kplan.engine.plan import Charge, FixedCharge, Metered, Plan, PlannedDesign
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph, Node
from kplan.money import ONE, ZERO, exact, quotient

_APART = Decimal("1e40")
"""Amounts that differ by less than one part in this are the same: a month's split keeps 60 digits."""

Bill = Mapping[tuple[str, str], tuple[Decimal, Decimal]]
"""Model and meter -> what a month bills of it [units, USD]."""


class Move(Struct, frozen=True):
    """One model's new prices in one design."""

    on: date
    model: str
    design: str
    """Id of the design, with `@variant` where there is one."""
    month: str
    """The first whole month at the new prices, or the plan's last one."""
    usd_per_month: Decimal
    """That month's queries at the new prices less the same at the old ones, with contracts and contingency
    [USD]."""
    commitments: tuple[str, ...] = ()
    """Contracts whose commitment is not in it: that is settled over the whole plan, not by the month."""


def moves(plan: Plan) -> Iterator[Move]:
    """Every move of a plan's written designs, day by day; prices that stay the same move nothing.

    The month is costed twice with the charges of the plan itself: once as in the days before the change,
    once as from it on, each with all its queries, allowances, steps and minimums. Of several models that
    change on one day each is changed after those before it, so that their moves add up to the day's.
    """
    values = Decimals(plan.graph)
    for n, (_, epoch) in enumerate(pairwise(plan.epochs), 1):
        at = _month_at(plan, epoch.starts_on)
        for design in plan.designs:
            if design.added:
                continue
            before, after = (_bill(plan, values, design, n, at, is_new=is_new) for is_new in (False, True))
            for model in _changed(before, after):
                bill = {**before, **{cell: after[cell] for cell in after if cell[0] == model}}
                with exact():
                    usd = _owed(plan, values, bill) - _owed(plan, values, before)
                    usd *= ONE + _contingency(plan, values)
                before = bill
                name, open_ = plan.name_of(design.id), _commitments(plan, model)
                yield Move(epoch.starts_on, model, name, plan.months[at], usd, open_)


def _month_at(plan: Plan, day: date) -> int:
    """The plan's first month that begins on the day or later, or its last one."""
    later = [n for n, month in enumerate(plan.months) if date.fromisoformat(f"{month}-01") >= day]
    return later[0] if later else len(plan.months) - 1


def _bill(plan: Plan, values: Decimals, design: PlannedDesign, epoch: int, at: int, *, is_new: bool) -> Bill:
    """A month, all of it at the prices from the epoch on or at those before it."""
    day, held = plan.epochs[epoch].starts_on, epoch if is_new else epoch - 1
    with exact():
        parts = [
            (
                charge,
                values[plan.shares[charge.query_class]]
                * values[plan.month_queries[at]]
                * _paid(design, charge, at),
            )
            for charge in design.charges
            if charge.epoch == held
        ]
        found = [
            (charge.model, charge.meter, values[charge.quantity] * n, values[charge.cost] * n)
            for charge, n in parts
        ]
    for charge in (charge for cost in design.fixed for charge in cost.charges):
        if day == (charge.period.starts_on if is_new else charge.period.ends_on):
            units, usd = (_a_month(charge, values[node]) for node in (charge.quantity, charge.cost))
            found.append((charge.model, charge.meter, units, usd))
    return _summed(found)


def _paid(design: PlannedDesign, charge: Charge, month: int) -> Decimal:
    """The part of a charge that is paid call by call in a month: all of it, but for what units serve."""
    shares = (
        each.spilled_share[month]
        for each in design.bought
        if each.serves(charge.model, charge.mode, charge.meter)
    )
    return next(shares, ONE)


def _summed(cells: Iterable[tuple[str, str, Decimal, Decimal]]) -> Bill:
    found: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    with exact():
        for model, meter, units, usd in cells:
            n, cost = found.get((model, meter), (ZERO, ZERO))
            found[model, meter] = (n + units, cost + usd)
    return found


def _a_month(charge: FixedCharge, part: Decimal) -> Decimal:
    """What the part of a charge's period comes to in a whole month."""
    period = charge.period
    with exact():
        month = part * days_in(period.starts_on.replace(day=1))
    return quotient(month, Decimal((period.ends_on - period.starts_on).days))


def _changed(before: Bill, after: Bill) -> list[str]:
    """The models that cost another amount, contracts aside."""
    old, new = _by_model(before), _by_model(after)
    with exact():
        return [
            model
            for model in {**old, **new}
            if abs(new.get(model, ZERO) - old.get(model, ZERO)) * _APART > old.get(model, ZERO)
        ]


def _by_model(bill: Bill) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    with exact():
        for (model, _), (_, usd) in bill.items():
            found[model] = found.get(model, ZERO) + usd
    return found


def _owed(plan: Plan, values: Decimals, bill: Bill) -> Decimal:
    """The bill with what its month's contracts add and give back, but for commitments [USD]."""
    graph = Graph()

    def number(node: Node) -> Node:
        return graph.number(values[node])

    terms = [replace(each, commitment=None).on(number) for each in plan.contracts]
    contracts = Contracts(graph, 1, tuple(terms))
    metered = [
        Metered(*cell, (graph.number(units),), (graph.number(usd),), graph.number(usd))
        for cell, (units, usd) in bill.items()
        if contracts.covers(cell[0])
    ]
    lines = [line.total for line in contracts.lines(metered)]
    amounts = Decimals(graph)
    with exact():
        return sum((usd for _, usd in bill.values()), ZERO) + sum((amounts[line] for line in lines), ZERO)


def _commitments(plan: Plan, model: str) -> tuple[str, ...]:
    return tuple(terms.id for terms in plan.contracts if terms.commitment is not None and terms.covers(model))


def _contingency(plan: Plan, values: Decimals) -> Decimal:
    return ZERO if plan.contingency is None else values[plan.contingency]
