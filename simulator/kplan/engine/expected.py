"""The exact interpreter of flow: how often, on average, a query makes each call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kplan.form.expressions import Expression
from kplan.form.graph import Graph, Node
from kplan.kinds.primitives import Branch, Charge, Primitive, Repeat, Sequence

Bind = Callable[[Expression], Node]


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """A call, and how often a query makes it on average."""

    charge: Charge
    times: Node


def expected_calls(graph: Graph, body: Primitive, bind: Bind, times: Node) -> Iterator[ExpectedCall]:
    """Every call under a primitive with its expected number, exactly.

    Expectation is linear, so a branch multiplies by its chance and a repeat by its count, whatever
    depends on what: E[sum of calls] = sum of E[calls].
    """
    if isinstance(body, Charge):
        yield ExpectedCall(body, times)
    elif isinstance(body, Branch):
        yield from expected_calls(graph, body.body, bind, graph.product(times, bind(body.p)))
    elif isinstance(body, Repeat):
        yield from expected_calls(graph, body.body, bind, graph.product(times, bind(body.times)))
    elif isinstance(body, Sequence):
        for item in body.items:
            yield from expected_calls(graph, item, bind, times)
