"""Queries that stop on the way, told: they cost less, and nobody has an answer."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.amounts import chance
from kplan.engine.plan import Plan
from kplan.form.decimals import Decimals
from kplan.money import ZERO, exact


def stopped(plan: Plan, values: Decimals) -> Iterator[str]:
    """A sentence for each share of the queries that something fails and nothing catches."""
    found: dict[str, list[str]] = {}
    for design in plan.designs:
        with exact():
            parts = [values[plan.shares[each.query_class]] * values[each.stopped] for each in design.lost]
            share = sum(parts, ZERO)
        if share:
            found.setdefault(chance(share), []).append(design.id)
    for share_said, designs in found.items():
        yield f"{share_said} of the queries stop without an answer in {', '.join(designs)}"
