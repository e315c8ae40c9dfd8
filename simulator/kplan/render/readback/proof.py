"""Whether the scenario that was written gives what the edited workbook shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product

from kplan.engine.plan import Plan
from kplan.engine.results import Results
from kplan.form.graph import LeafKind, Op
from kplan.money import exact, plain
from kplan.render.format import money
from kplan.render.readback.edits import Chosen, Edit, Readback, is_same_number
from kplan.render.workbook.mapped import INPUT, PRICE
from kplan.scenario.model import Scenario

SLACK = Decimal("1e-9")
"""Part of a total that a spreadsheet's sums may be off by; the workbook's own checks allow the same."""


def unmet(read: Readback, results: Results) -> tuple[str, ...]:
    """What the results of the scenario do not have in common with the workbook, a sentence each."""
    plans = {plan.variant: plan for plan in results.plans}
    found = [
        f"{edit.cell}: {edit.name}: the scenario does not take this number over; see what else says it"
        for edit in read.edits
        if any(not _is_met(edit, plans[variant]) for variant in edit.mapped.variants)
    ]
    found += [
        f"{each.cell}: {each.mapped.name}: the scenario does not take {each.after} over"
        for each in read.chosen
        if any(not _is_chosen(each, plans[variant]) for variant in each.mapped.variants)
    ]
    return (*found, *_other_totals(read, results))


def beyond(read: Readback, scenarios: Mapping[str, Scenario]) -> Iterator[str]:
    """Edited params that lie outside of the range that the scenario says makes sense, a sentence each."""
    params = {variant: scenario.placed_params() for variant, scenario in scenarios.items()}
    for edit in read.edits:
        own = (
            params[variant].get(place[:-1] if place[-1] == "value" else place)
            for variant, place in product(edit.mapped.variants, edit.mapped.places)
        )
        ranges = (param.range for param in own if param is not None and param.range)
        outside = next((each for each in ranges if not each[0] <= edit.after <= each[1]), None)
        if outside is not None:
            what = f"{plain(edit.after)} is outside of its range, {' to '.join(map(plain, outside))}"
            yield f"{edit.cell}: {edit.name}: {what}; it is taken as it is"


def _is_chosen(chosen: Chosen, plan: Plan) -> bool:
    """Whether the stage runs on the model; the baseline needs no proof."""
    _, *steps = chosen.mapped.places[0]
    if not steps:
        return True
    design, _, stage = steps
    runs = {each.id: {held.id: held.models for held in each.stages} for each in plan.designs}
    return runs.get(str(design), {}).get(str(stage)) in ((chosen.after,), None)


def _is_met(edit: Edit, plan: Plan) -> bool:
    """Whether the plan has the edited number, where it still has one of this name."""
    if edit.mapped.kind == PRICE:
        held = {charge.row.usd for charge in plan.priced() if charge.row.id == edit.name}
    elif edit.mapped.kind == INPUT:
        held = {
            entry.value
            for entry in plan.graph.entries
            if entry.op is Op.LEAF and entry.kind is LeafKind.INPUT and entry.name == edit.name
        }
    else:
        return True
    return all(is_same_number(value, edit.after) for value in held)


def _other_totals(read: Readback, results: Results) -> Iterator[str]:
    """Totals that the workbook shows and the engine does not come to."""
    totals = {design.id: design.total_usd for design in results.designs}
    for (_, name), (_, shown) in read.totals.items():
        if name not in totals:
            yield f"{name}: the scenario has no such design any more; the workbook keeps it"
        elif shown is not None:
            with exact():
                is_off = abs(shown - totals[name]) > SLACK * abs(totals[name])
            if is_off:
                what = f"the workbook shows {money(shown)}, the scenario comes to {money(totals[name])}"
                yield f"{name}: {what}"
