"""An expression worked out to one Decimal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from kplan.form.bind import bind
from kplan.form.decimals import Decimals
from kplan.form.expressions import Expression, Number, names
from kplan.form.graph import Graph


def constant(expression: Expression, values: Mapping[str, Decimal]) -> Decimal:
    """The exact value of an expression, to 60 digits after a division; of an `if` only the branch taken.

    Raises KplanError where something is divided by zero, a name is unknown, or the digits run over.
    """
    if isinstance(expression, Number):
        return expression.value
    graph = Graph()
    known = {name: graph.leaf(name, values[name]) for name in names(expression) if name in values}
    return Decimals(graph)[bind(graph, expression, known)]
