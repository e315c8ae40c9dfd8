"""What a query does on average: visits of its stages, and calls with what they use."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct, field

from kplan.engine.flow.situation import CacheKey, Situation
from kplan.form.graph import Graph, Node
from kplan.kinds.primitives import Charge
from kplan.money import ONE, plain
from kplan.scenario.names import dotted

Mass = dict[Situation, Node]
"""Chance that a query is here, by situation."""


class Outcome(Struct):
    """Where a query is after a body: through it, or failed in it."""

    ok: Mass = field(default_factory=dict)
    failed: Mass = field(default_factory=dict)


class ExpectedCall(Struct, frozen=True):
    """Calls of one charge that use the same units.

    slot    calls of one slot are the models that share the calls of a charge
    models  with the share of the slot's calls that each takes
    usage   units of one call in disjoint buckets
    times   expected number for one query
    parts   units of the call by itself, behind its prefixes and without the context around it
    """

    stage: str
    slot: int
    charge: Charge
    models: tuple[tuple[str, Decimal], ...]
    usage: Mapping[str, Node]
    times: Node
    parts: Mapping[str, Node] = {}


class Expected(Struct):
    """What a query does on average."""

    visits: dict[str, Node]
    calls: list[ExpectedCall]
    stopped: Node
    """Share of the queries that stop on the way, since something failed and nothing caught it."""
    touched: dict[CacheKey, Node]
    """Share of the queries that use a prompt cache at all."""


def share_of(graph: Graph, ref: str, share: Decimal) -> Node:
    """A model's share of the calls of a charge, as an input."""
    return graph.number(ONE) if share == ONE else graph.leaf(share_name(ref, share), share)


def share_name(ref: str, share: Decimal) -> str:
    """What that input is called; it is one input wherever the scenario says the same."""
    return dotted(("models", f"share of {ref}: {plain(100 * share)}%"))
