"""The one place where quantities are put into price cells: long-context tiers, fallbacks, time windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from kplan.form.graph import Graph, LeafKind, Node, Op
from kplan.money import ZERO
from kplan.prices.meters import in_prompt_order, is_input
from kplan.prices.rates import MeterRates, Rates, Tier
from kplan.prices.rows import PriceRow


class Cell(Struct, frozen=True):
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

    In a marginal tier each unit pays the price of the step it falls in, as with an income tax. Input tokens
    fall by their place in the prompt: cache reads are its beginning, then come the writes, then the rest
    (`in_prompt_order`), so that the buckets fill the steps one after the other. A meter that is no input
    fills steps of its own.
    """
    total_input = graph.sum(node for meter, node in usage.items() if is_input(meter))
    before = _before(graph, usage)
    cells: list[Cell] = []
    for meter, quantity in usage.items():
        if graph.is_number(quantity, ZERO):
            continue
        found = rates.tiers(meter)
        for index, tier in enumerate(found.tiers):
            tiers = found.tiers[index:]
            in_tier = (
                _in_step(graph, quantity, before.get(meter), tiers)
                if found.is_marginal
                else _in_tier(graph, quantity, total_input, tiers)
            )
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
    return graph.apply(Op.GREATER, total_input, _threshold(graph, tier))


def _threshold(graph: Graph, tier: Tier) -> Node:
    over = tier.over_input_tokens
    return graph.leaf(f"over {over} input tokens", Decimal(over), LeafKind.WEIGHT)


def _before(graph: Graph, usage: Mapping[str, Node]) -> dict[str, Node]:
    """The input tokens that stand before those of each input meter."""
    order = in_prompt_order(usage)
    return {meter: graph.sum(usage[each] for each in order[:n]) for n, meter in enumerate(order) if n}


def _in_step(graph: Graph, quantity: Node, before: Node | None, tiers: Sequence[Tier]) -> Node:
    """The part of the quantity that lies in the first of these steps: above it, and not above the next."""
    over = [_over(graph, quantity, before, tier) for tier in tiers[:2]]
    return graph.apply(Op.SUBTRACT, *over) if len(over) > 1 else over[0]


def _over(graph: Graph, quantity: Node, before: Node | None, tier: Tier) -> Node:
    """The part of the quantity that lies above the step's beginning."""
    if tier.over_input_tokens == 0:
        return quantity
    end, start = quantity, _threshold(graph, tier)
    if before is not None:
        end = graph.apply(Op.ADD, before, quantity)
        start = graph.apply(Op.MAX, before, start)
    return graph.apply(Op.MAX, graph.number(ZERO), graph.apply(Op.SUBTRACT, end, start))


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
