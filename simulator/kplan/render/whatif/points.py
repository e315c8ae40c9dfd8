"""Points at which the page checks itself against the engine, and bounds within which there are figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from random import Random

import numpy as np

from kplan.engine.plan import Plan
from kplan.form.arrays import Array, evaluate
from kplan.form.graph import Node
from kplan.render.whatif.figures import Figures
from kplan.render.whatif.knobs import Knob

N_POINTS = 24
_DIGITS = 5
_STEPS = 64
"""Into so many steps a range is cut to find how far there are figures."""

Move = Mapping[Node, float]
"""Values of inputs, and numbers of the models chosen."""
Choices = Mapping[Node, Sequence[int]]
"""The numbers of the models that may be chosen."""


def moves(knobs: Sequence[Knob], choices: Choices, rng: Random, n: int) -> list[dict[Node, float]]:
    """Random moves of every knob and choice at once, each within its bounds."""
    found = []
    for _ in range(n):
        move = {knob.node: _within(knob, rng.random()) for knob in knobs if knob.node is not None}
        found.append(move | {node: float(rng.choice(options)) for node, options in choices.items()})
    return found


def _within(knob: Knob, part: float) -> float:
    """The value at this part of a range, in few digits."""
    low, high = float(knob.low), float(knob.high)
    value = low * (high / low) ** part if knob.is_log else low + (high - low) * part
    return min(max(float(f"{value:.{_DIGITS}g}"), low), high)


def answers(plan: Plan, figures: Sequence[Figures], moved: Sequence[Move]) -> list[list[float]]:
    """Of each move the designs' totals, then the sums of all months, all costs per query and all stages."""
    nodes = [node for each in figures for node in each.nodes]
    found = dict(zip(nodes, _evaluated(plan, nodes, moved), strict=True))
    groups = (
        [month for each in figures for month in each.months],
        [each.per_query for each in figures],
        [cost for each in figures for _, cost in each.stages],
    )
    with np.errstate(invalid="ignore"):
        sums = [reduce(np.add, (found[node] for node in group), np.zeros(len(moved))) for group in groups]
    rows = [found[each.total] for each in figures] + sums
    return [[float(row[n]) for row in rows] for n in range(len(moved))]


def _evaluated(plan: Plan, nodes: Sequence[Node], moved: Sequence[Move]) -> list[Array]:
    """Each node's values, shape (len(moved),)."""
    overrides = {node: np.array([move[node] for move in moved]) for node in (moved[0] if moved else ())}
    return [np.broadcast_to(value, (len(moved),)) for value in evaluate(plan.graph, nodes, overrides)]


def is_whole(*values: Decimal) -> bool:
    """Whether all are whole numbers."""
    return all(value == value.to_integral_value() for value in values)


def with_figures(plan: Plan, figures: Sequence[Figures], knobs: Sequence[Knob]) -> list[Knob]:
    """The knobs within bounds at which every design has a total: a loop has no more turns than were
    written out. Other knobs stay as planned.
    """
    ends = [(knob, value) for knob in knobs for value in (knob.low, knob.high)]
    has = _have_totals(plan, figures, knobs, ends)
    return [_shortened(plan, figures, knobs, knob) if not (has[2 * n] and has[2 * n + 1]) else knob
            for n, knob in enumerate(knobs)]  # fmt: skip


def _shortened(plan: Plan, figures: Sequence[Figures], knobs: Sequence[Knob], knob: Knob) -> Knob:
    """The longest stretch around the plan's value on which there are totals, to a 64th of each side."""
    bounds = []
    for end in (knob.low, knob.high):
        steps = [knob.planned + (end - knob.planned) * n / _STEPS for n in range(_STEPS + 1)]
        if is_whole(knob.planned, end):
            steps = [step.to_integral_value() for step in steps]
        has = _have_totals(plan, figures, knobs, [(knob, step) for step in steps])
        bounds.append(steps[has.index(False) - 1 if False in has else -1])
    return replace(knob, low=bounds[0], high=bounds[1])


def _have_totals(
    plan: Plan, figures: Sequence[Figures], knobs: Sequence[Knob], at: Sequence[tuple[Knob, Decimal]]
) -> list[bool]:
    planned = {knob.node: float(knob.planned) for knob in knobs if knob.node is not None}
    moved = [planned | ({knob.node: float(value)} if knob.node is not None else {}) for knob, value in at]
    totals = _evaluated(plan, [each.total for each in figures], moved) if moved else []
    return [bool(all(np.isfinite(total[n]) for total in totals)) for n in range(len(moved))]
