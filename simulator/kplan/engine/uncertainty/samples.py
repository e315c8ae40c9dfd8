"""Every design's figures under every draw: the plan's graph in blocks of variants, none by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from kplan.engine.plan import Plan, PlannedDesign
from kplan.engine.uncertainty.valid import Guards
from kplan.form.arrays import Array, Program
from kplan.form.graph import Node

BLOCK_BYTES = 48_000_000
"""Most that the figures of one block may take [bytes]."""
MOST, LEAST = 16_384, 256
"""Variants in a block: as many arrays as fit a cache, and not so few that Python shows."""


class Samples(Struct, frozen=True):
    """The figures of a plan's designs, each of shape (designs, draws) [USD]."""

    per_query: Array
    first_month: Array
    total: Array
    over_budget: Array
    """1 where some month breaks the budget; all 0 without one."""
    queries: Array
    """Of the whole plan, shape (draws,)."""


def samples(plan: Plan, values: Mapping[Node, Array], n: int, guards: Guards | None = None) -> Samples:
    """The figures under n variants.

    values   the varying parameters, each of shape (n,)
    guards   what must hold in every variant; it raises KplanError afterwards
    Memory is that of the result and of one block; no Python loop runs over variants.
    """
    designs = plan.designs
    watched = guards.nodes if guards else ()
    figures = [node for design in designs for node in _figures(design)]
    program = Program.of(plan.graph, [*figures, *plan.month_queries, *watched], values)
    shape = (len(designs), n)
    found = Samples(np.empty(shape), np.empty(shape), np.empty(shape), np.zeros(shape), np.zeros(n))
    size = _block(len(program.steps), len(program.targets))
    for start in range(0, n, size):
        at = slice(start, min(start + size, n))
        block = program.run({node: each[at] for node, each in values.items()})
        _keep(plan, block, found, at)
        if guards:
            guards.look(block[len(block) - len(watched) :], at.stop - at.start)
    return found


def _figures(design: PlannedDesign) -> Sequence[Node]:
    return design.usage_per_query[0], design.total, *design.month_costs


def _keep(plan: Plan, block: Sequence[Array], found: Samples, at: slice) -> None:
    """Write the block's figures into their places."""
    n_figures = 2 + len(plan.months)
    budget = plan.scenario.budget_usd_per_month
    for row in range(len(plan.designs)):
        per_query, total, *months = block[row * n_figures :][:n_figures]
        found.per_query[row, at], found.total[row, at] = per_query, total
        found.first_month[row, at] = months[0]
        if budget is not None:
            over = found.over_budget[row, at]
            for month in months:
                np.maximum(over, month > float(budget), out=over)
    for queries in block[len(plan.designs) * n_figures :][: len(plan.months)]:
        found.queries[at] += queries


def _block(n_steps: int, n_targets: int) -> int:
    """Variants that fit a block: at its widest it holds the targets and about half of the other steps."""
    held = 8 * (n_targets + n_steps // 2 + 1)
    return max(LEAST, min(MOST, BLOCK_BYTES // held))
