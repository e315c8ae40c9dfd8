"""Where the ranking of designs flips as a stated chance moves: exactly, since cost is linear in a chance."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from kplan.amounts import chance as percent
from kplan.engine.plan import Plan, PlannedDesign, PlannedStage
from kplan.engine.results import Flip
from kplan.form.decimals import Decimals
from kplan.form.graph import Node
from kplan.form.lines import Line, Lines
from kplan.money import ONE, ZERO, exact, quotient


class Flips(Struct, frozen=True):
    """The break-evens found, and in words the chances for which there is none to be had."""

    found: tuple[Flip, ...]
    left_out: tuple[str, ...]


class _Moving(Struct, frozen=True):
    """A stated chance, and the one input that it rests on."""

    design: PlannedDesign
    stage: PlannedStage
    chance: Node
    variable: Node


def flips(plan: Plan, values: Decimals) -> Flips:
    """Break-even of every stated chance of a written design against every other design shown.

    What moves is the input that the chance rests on: the stated number, or the one parameter in its
    expression, with every design that uses it. The total of a design is then a + b x; two designs cost
    the same at x* = (a2 - a1) / (b1 - b2), told where the chance at x* lies between 0 and 1. A pair of
    designs is told once for each input. Left out, in words, are chances that rest on several inputs or
    differ between classes, and totals that are no straight line: a minimum, a commitment, an allowance or
    steps over what the chance moves bend them.
    """
    lines = Lines(values)
    found: list[Flip] = []
    left_out: dict[str, None] = {}
    told: set[tuple[Node, frozenset[str]]] = set()
    for design in plan.designs:
        for stage in design.stages if not design.added else ():
            name = f"{plan.name_of(design.id)}.{stage.id}"
            moving = _moving(lines, design, stage)
            if isinstance(moving, str):
                left_out[f"no break-even is given for {name}: {moving}"] = None
            elif moving is not None:
                found += _against_others(plan, lines, moving, told)
                if bent := _bent_by_lines(plan, lines, moving):
                    what = "contracts bend" if plan.contracts else "units that are bought bend"
                    left_out[f"no break-even is given for {name} against {bent}: {what} the cost"] = None
                if lines.of(design.total, moving.variable) is None:
                    left_out[f"no break-even is given for {name}: the cost is no straight line in it"] = None
    return Flips(tuple(found), tuple(left_out))


def _moving(lines: Lines, design: PlannedDesign, stage: PlannedStage) -> _Moving | str | None:
    """The chance of a stage and what it rests on; words where that is no one thing, none without a chance."""
    if not stage.chances:
        return None
    inputs = frozenset(node for chance in stage.chances for node in lines.inputs(chance))
    if not inputs:
        return None
    if len(stage.chances) > 1:
        return "its chance differs between classes"
    if len(inputs) > 1:
        return "its chance rests on several inputs"
    return _Moving(design, stage, stage.chances[0], next(iter(inputs)))


def _against_others(
    plan: Plan, lines: Lines, moving: _Moving, told: set[tuple[Node, frozenset[str]]]
) -> Iterator[Flip]:
    mine = lines.of(moving.design.total, moving.variable)
    chance = lines.of(moving.chance, moving.variable)
    if mine is None or chance is None:
        return
    for other in plan.designs:
        pair = (moving.variable, frozenset((moving.design.id, other.id)))
        theirs = lines.of(other.total, moving.variable)
        if pair in told or other is moving.design or theirs is None or mine.slope == theirs.slope:
            continue
        told.add(pair)
        flip = _flip(plan, lines, moving, other, (chance, mine, theirs))
        if flip is not None:
            yield flip


def _bent_by_lines(plan: Plan, lines: Lines, moving: _Moving) -> str:
    """Other designs whose usage is a straight line in the chance while their total is none."""
    if lines.of(moving.design.total, moving.variable) is None:
        return ""
    bent = [
        plan.name_of(other.id)
        for other in plan.designs
        if lines.of(other.total, moving.variable) is None
        and all(lines.of(node, moving.variable) is not None for node in other.usage_per_query)
    ]
    return ", ".join(bent)


def _flip(
    plan: Plan, lines: Lines, moving: _Moving, other: PlannedDesign, at: tuple[Line, Line, Line]
) -> Flip | None:
    chance, mine, theirs = at
    with exact():
        x = quotient(theirs.at_zero - mine.at_zero, mine.slope - theirs.slope)
    chance_at = chance.at(x)
    if not ZERO < chance_at < ONE:
        return None
    is_above = (mine.slope > theirs.slope) == (chance.slope > 0)
    me, you = plan.name_of(moving.design.id), plan.name_of(other.id)
    where = f"{'above' if is_above else 'below'} a {percent(chance_at)} {moving.stage.id} rate"
    text = f"{you} is cheaper than {me} {where}{_through(lines, moving, x)}"
    return Flip(me, moving.stage.id, lines.values[moving.chance], chance_at, you, is_above, text)


def _through(lines: Lines, moving: _Moving, x: Decimal) -> str:
    """Names the input where the chance is an expression of it: its own value is what one sets."""
    if moving.variable == moving.chance:
        return ""
    entry = lines.values.graph.entries[moving.variable]
    return f" ({entry.name} at {percent(x)})"
