"""The one place where quantities are put into price cells: long-context tiers, fallbacks, time windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kplan.form.graph import Graph, LeafKind, Node, Op
from kplan.money import ZERO
from kplan.prices.meters import is_input
from kplan.prices.rates import MeterRates, Rates, Tier
from kplan.prices.rows import PriceRow


@dataclass(frozen=True, slots=True)
class Cell:
    """A quantity and the price row that it is billed at."""

    meter: str
    row: PriceRow
    quantity: Node
    rate: Node
    note: str
    """Why this row, where it is not the meter's own."""


def assign(graph: Graph, usage: Mapping[str, Node], rates: Rates) -> tuple[Cell, ...]:
    """The cells that a call's usage falls into: its cost is the sum of quantity x rate.

    usage   quantity of each meter in disjoint buckets: fresh input, cache reads, writes and output
    Raises KplanError for a meter that neither has a row nor a priced parent; a plain 0 needs none.

    The long-context tier looks at the sum of the input buckets and re-prices the whole request,
    strictly above the threshold. Source: DESIGN section 3; vendors' pages say "prompts > 200k tokens".
    """
    total_input = graph.sum(node for meter, node in usage.items() if is_input(meter))
    cells: list[Cell] = []
    for meter, quantity in usage.items():
        if graph.is_number(quantity, ZERO):
            continue
        found = rates.tiers(meter)
        for index, tier in enumerate(found.tiers):
            in_tier = _in_tier(graph, quantity, total_input, found.tiers[index:])
            cells.extend(_windows(graph, found, tier, in_tier))
    return tuple(cells)


def _in_tier(graph: Graph, quantity: Node, total_input: Node, tiers: Sequence[Tier]) -> Node:
    """The quantity where the first of these tiers is the one in force, else 0."""
    zero = graph.number(ZERO)
    amount = quantity
    if len(tiers) > 1:
        amount = graph.apply(Op.IF, _above(graph, total_input, tiers[1]), zero, amount)
    if tiers[0].over_input_tokens > 0:
        amount = graph.apply(Op.IF, _above(graph, total_input, tiers[0]), amount, zero)
    return amount


def _above(graph: Graph, total_input: Node, tier: Tier) -> Node:
    threshold = graph.leaf(
        f"over {tier.over_input_tokens} input tokens", Decimal(tier.over_input_tokens), LeafKind.WEIGHT
    )
    return graph.apply(Op.GREATER, total_input, threshold)


def _windows(graph: Graph, found: MeterRates, tier: Tier, quantity: Node) -> list[Cell]:
    """The tier's rows, each with its share of the quantity: time windows under the plan's hours."""
    cells = []
    for weighted in tier.rows:
        row = weighted.row
        share = graph.leaf(f"hours of {row.id}", weighted.weight, LeafKind.WEIGHT)
        part = quantity if weighted.weight == 1 else graph.apply(Op.MULTIPLY, quantity, share)
        rate = graph.leaf(row.id, row.usd_per_unit, LeafKind.RATE)
        cells.append(Cell(found.meter, row, part, rate, found.note))
    return cells
