"""Params and expressions worked out to one Decimal each, for the checks that loading makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter

from msgspec import Struct

from kplan.errors import KplanError
from kplan.form.constant import constant
from kplan.form.expressions import Expression, names
from kplan.form.numbers import clipped
from kplan.scenario.params import Param


class CircleError(KplanError):
    """Names that need each other in a circle."""

    def __init__(self, steps: Sequence[str]) -> None:
        self.steps = tuple(steps)
        super().__init__(f"these need each other: {circle(steps)}")


def order(params: Mapping[str, Expression]) -> tuple[str, ...]:
    """The params, each after those it needs; raises CircleError where that cannot be."""
    needs = {name: {other for other in names(value) if other in params} for name, value in params.items()}
    try:
        return tuple(TopologicalSorter(needs).static_order())
    except CycleError as e:
        raise CircleError(e.args[1][::-1]) from e


def circle(steps: Iterable[str]) -> str:
    """A circle of names for a message, cut if long."""
    shown = [clipped(step) for step in steps]
    return " → ".join(shown if len(shown) <= 12 else [*shown[:10], "…", shown[-1]])


class Values(Struct, frozen=True):
    """What the params come to; those that have no value are told apart by their error."""

    known: dict[str, Decimal]
    failed: dict[str, KplanError]

    @classmethod
    def of(cls, params: Mapping[str, Param]) -> Values:
        """Works out all params; one that fails takes those that need it along, without a word."""
        expressions = {name: param.value for name, param in params.items()}
        known: dict[str, Decimal] = {}
        failed: dict[str, KplanError] = {}
        for name in order(expressions):
            if any(other not in known for other in names(expressions[name])):
                failed[name] = KplanError(())
                continue
            try:
                known[name] = constant(expressions[name], known)
            except KplanError as e:
                failed[name] = e
        return cls(known, failed)

    @classmethod
    def none(cls, params: Iterable[str]) -> Values:
        """No value for any param, where they need each other in a circle."""
        return cls({}, dict.fromkeys(params, KplanError(())))

    def value(self, expression: Expression) -> Decimal:
        """The value of an expression over these params."""
        return constant(expression, self.known)
