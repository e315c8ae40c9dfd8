"""Points at which the page checks itself against the engine, and bounds within which there are figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from random import Random

from msgspec.structs import replace

from kplan.engine.plan import Plan
from kplan.form.floats import Floats
from kplan.form.graph import Node
from kplan.render.whatif.figures import Figures
from kplan.render.whatif.knobs import Knob

N_POINTS = 24
_DIGITS = 5
_HALVINGS = 7

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
    """Of each move the designs' totals, then the sums of all months, all costs per query and all stages.

    The sums from left to right, so that one wrong bit in any figure is very likely to be seen.
    """
    floats = Floats.of(plan.graph, [node for each in figures for node in each.nodes])
    groups = (
        [month for each in figures for month in each.months],
        [each.per_query for each in figures],
        [cost for each in figures for _, cost in each.stages],
    )
    found = []
    for move in moved:
        values = floats.at(move)
        sums = [_sum(values[node] for node in group) for group in groups]
        found.append([values[each.total] for each in figures] + sums)
    return found


def _sum(values: Iterable[float]) -> float:
    """From left to right, one rounding a step: `sum` compensates from Python 3.12 on."""
    total = 0.0
    for value in values:
        total += value
    return total


def is_whole(*values: Decimal) -> bool:
    """Whether all are whole numbers."""
    return all(value == value.to_integral_value() for value in values)


def with_figures(plan: Plan, figures: Sequence[Figures], knobs: Sequence[Knob]) -> list[Knob]:
    """The knobs within bounds at which every design has a total: a loop has no more turns than were
    written out. Other knobs stay as planned.
    """
    floats = Floats.of(plan.graph, [each.total for each in figures])
    return [
        replace(knob, low=_end(floats, knob, knob.low), high=_end(floats, knob, knob.high)) for knob in knobs
    ]


def _end(floats: Floats, knob: Knob, end: Decimal) -> Decimal:
    """The end of the range, else the last value on the way to it that was found to have totals."""
    if knob.node is None or _has_totals(floats, knob, end):
        return end
    good, bad = knob.planned, end
    for _ in range(_HALVINGS):
        middle = (good + bad) / 2
        if is_whole(knob.planned, end):
            middle = middle.to_integral_value()
        if middle in (good, bad):
            break
        good, bad = (middle, bad) if _has_totals(floats, knob, middle) else (good, middle)
    return good


def _has_totals(floats: Floats, knob: Knob, value: Decimal) -> bool:
    assert knob.node is not None
    return all(map(isfinite, floats.at({knob.node: float(value)}).values()))
