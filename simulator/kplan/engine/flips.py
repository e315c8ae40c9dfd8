"""Where the ranking of designs flips as a stated chance moves: exactly, since cost is linear in a chance."""

from __future__ import annotations

from decimal import Decimal

from kplan.amounts import chance as percent
from kplan.engine.plan import Plan, PlannedDesign, PlannedStage
from kplan.engine.results import Flip
from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.form.graph import Node
from kplan.money import ONE, ZERO, exact, quotient

_HALF = Decimal("0.5")


def flips(plan: Plan, values: Decimals) -> tuple[Flip, ...]:
    """Break-even of every stated chance of a written design against every other written design.

    The total of each design over the horizon is a + b p in the chance p, everything else held; designs
    that share the chance's parameter move with it. p* = (a2 - a1) / (b1 - b2), told where 0 < p* < 1.
    A chance that also feeds something else, so that the total is no straight line, is left out, and so is
    one that differs between the classes of the mix.
    """
    found = []
    written = [design for design in plan.designs if not design.added]
    for design in written:
        for stage in design.stages:
            if len(stage.chances) == 1:
                others = [other for other in written if other.id != design.id]
                found += _of_chance(plan, values, design, stage, stage.chances[0], others)
    return tuple(found)


def _of_chance(
    plan: Plan,
    values: Decimals,
    design: PlannedDesign,
    stage: PlannedStage,
    chance: Node,
    others: list[PlannedDesign],
) -> list[Flip]:
    lines = _lines(plan, chance, [design, *others])
    found = []
    mine = lines[design.id]
    for other in others:
        theirs = lines[other.id]
        if mine is None or theirs is None or mine[1] == theirs[1]:
            continue
        with exact():
            at = quotient(theirs[0] - mine[0], mine[1] - theirs[1])
        if ZERO < at < ONE:
            mine_id, other_id = plan.name_of(design.id), plan.name_of(other.id)
            above = mine[1] > theirs[1]
            text = _text(mine_id, other_id, stage.id, at, above)
            found.append(Flip(mine_id, stage.id, values[chance], at, other_id, above, text))
    return found


def _lines(
    plan: Plan, chance: Node, designs: list[PlannedDesign]
) -> dict[str, tuple[Decimal, Decimal] | None]:
    """Each design's total as (at 0, slope), or none where it is no straight line."""
    try:
        at = [Decimals(plan.graph, {chance: p}) for p in (ZERO, _HALF, ONE)]
        totals = {design.id: [values[design.total] for values in at] for design in designs}
    except KplanError:
        return {design.id: None for design in designs}
    lines: dict[str, tuple[Decimal, Decimal] | None] = {}
    with exact():
        for id_, (low, middle, high) in totals.items():
            straight = abs(low + high - 2 * middle) <= abs(high) * Decimal("1e-40")
            lines[id_] = (low, high - low) if straight else None
    return lines


def _text(design: str, other: str, stage: str, at: Decimal, above: bool) -> str:
    side = "above" if above else "below"
    return f"{other} is cheaper than {design} {side} a {percent(at)} {stage} rate"
