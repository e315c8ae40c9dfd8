"""The page's program in a real browser, numpy and Decimal: one graph, the same figures, at random points."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pytest

from kplan.engine.plan import Plan, PlannedDesign
from kplan.engine.results import Results
from kplan.errors import KplanError
from kplan.form.arrays import Array, evaluate
from kplan.form.decimals import Decimals
from kplan.form.graph import LeafKind, Node, Op
from kplan.places import folder
from kplan.render.whatif.view import Board

pytestmark = pytest.mark.slow

NAMES = sorted(path.name.removesuffix(".kplan.yaml") for path in folder("scenarios").glob("*.kplan.yaml"))
N_POINTS = 400
"""Of a scenario, its variants together."""
N_DECIMALS = 40
"""Points of the largest programs that are also worked out exactly: 60 digits take their time."""
LARGE = 4_000
RUN = """([number, slots, points]) => {
  const code = kplan.data.variants[number].code, found = [];
  for (const point of points) {
    const v = kplan.run(code, point);
    for (const slot of slots) found.push(v[slot]);
  }
  const bytes = new Uint8Array(Float64Array.from(found).buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}"""

Point = dict[Node, float]


def points(board: Board, rng: Random, n: int) -> list[Point]:
    """Other values for every input, rate and choice of model at once."""
    knobs = {knob.node: knob for knob in board.knobs}
    found: list[Point] = []
    for _ in range(n):
        point: Point = {}
        for node in board.script.slots:
            entry = board.plan.graph.entries[node]
            if node in board.choices:
                point[node] = float(rng.choice(board.choices[node]))
            elif node in knobs:
                low, high = float(knobs[node].low), float(knobs[node].high)
                point[node] = _short(low + (high - low) * rng.random())
            elif entry.op is Op.LEAF and entry.kind in (LeafKind.INPUT, LeafKind.RATE):
                top = 1 if 0 <= entry.value <= 1 and entry.kind is LeafKind.INPUT else 2 * entry.value
                point[node] = _short(float(top) * rng.random())
        found.append(point)
    return found


def _short(value: float) -> float:
    """Six digits, so that the Decimal of its text is the same number."""
    return float(f"{value:.6g}")


def in_browser(tab: Any, number: int, board: Board, nodes: Sequence[Node], at: Sequence[Point]) -> Array:
    """What the page makes of the points, shape (points, nodes)."""
    slots = board.script.slots
    moved = [[[slots[node], value] for node, value in point.items()] for point in at]
    text = tab.evaluate(RUN, [number, [slots[node] for node in nodes], moved])
    return np.frombuffer(b64decode(text), dtype="<f8").reshape(len(at), len(nodes))


def in_numpy(plan: Plan, nodes: Sequence[Node], at: Sequence[Point]) -> Array:
    """What the engine's arrays make of them, the same shape."""
    overrides = {node: np.array([point[node] for point in at]) for node in at[0]}
    with np.errstate(all="ignore"):
        found = evaluate(plan.graph, nodes, overrides)
    return np.array([np.broadcast_to(value, (len(at),)) for value in found]).T


def lines(plan: Plan, design: PlannedDesign, values: Callable[[Node], Decimal]) -> list[Decimal]:
    """The sum of the absolute lines of each month, from the charges up [USD]."""
    usage = [Decimal(0) for _ in plan.epochs]
    for charge in design.charges:
        usage[charge.epoch] += abs(values(charge.cost)) * abs(values(plan.shares[charge.query_class]))
    found = []
    for n, month in enumerate(plan.months):
        parts = [each for each in plan.periods if each.month == month]
        amount = sum((abs(values(each.queries)) * usage[each.epoch] for each in parts), Decimal(0))
        paid = [cost.months[n] for cost in design.fixed] + [line.months[n] for line in design.lines]
        amount += sum((abs(values(node)) for node in paid), Decimal(0))
        found.append(
            amount + sum((abs(values(node)) for node in design.contingencies[n : n + 1]), Decimal(0))
        )
    return found


def bounds(plan: Plan, values: Mapping[Node, Decimal]) -> dict[Node, Decimal]:
    """Of each figure the sum of the absolute lines that it is a sum of."""
    found: dict[Node, Decimal] = {}
    for design in plan.designs:
        months = lines(plan, design, values.__getitem__)
        found |= dict(zip(design.month_costs, months, strict=True))
        found[design.total] = sum(months, Decimal(0))
        first = [charge for charge in design.charges if charge.epoch == 0]
        for node, held in (
            (design.usage_per_query[0], first),
            *((stage.cost, [c for c in first if c.stage == stage.id]) for stage in design.stages),
        ):
            amounts = (abs(values[c.cost]) * abs(values[plan.shares[c.query_class]]) for c in held)
            found[node] = sum(amounts, Decimal(0))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_page_numpy_and_decimals_agree(
    name: str, example: Callable[[str], Results], opened: Callable[..., Any]
) -> None:
    """The page equals numpy to the last bit, and Decimal within 1e-12 x the sum of the absolute lines."""
    results = example(name)
    tab = opened(results).tab
    n = -(-N_POINTS // len(results.live))
    for number, plan in enumerate(results.live):
        board = Board(results, plan)
        nodes = list(dict.fromkeys(node for each in board.figures for node in each.nodes))
        at = points(board, Random(f"{name} {number}"), n)
        assert at[0]
        mine, numpy = in_browser(tab, number, board, nodes, at), in_numpy(plan, nodes, at)
        assert mine.shape == (n, len(nodes))
        np.testing.assert_array_equal(mine, numpy)
        assert np.isfinite(numpy[:, 0]).sum() > n / 10
        few = N_DECIMALS if len(board.script.slots) > LARGE else n
        for point, row in zip(at[:few], mine[:few], strict=True):
            agree_with_decimals(plan, nodes, point, row)


def agree_with_decimals(plan: Plan, nodes: Sequence[Node], point: Point, row: Array) -> None:
    """Each figure against the exact one; where that divides by zero, it is no number here."""
    exact = Decimals(plan.graph, {node: Decimal(repr(value)) for node, value in point.items()})
    try:
        known = bounds(plan, exact)  # type: ignore[arg-type]
        values = [exact[node] for node in nodes]
    except KplanError:
        assert not np.isfinite(row).all()
        return
    for node, value, figure in zip(nodes, values, row, strict=True):
        assert abs(Decimal(float(figure)) - value) <= Decimal("1e-12") * known[node], node
