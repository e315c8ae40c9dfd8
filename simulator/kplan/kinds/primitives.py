"""What every stage kind expands into: four small building blocks that all interpreters read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from kplan.form.expressions import Apply, Expression, Number
from kplan.kinds.usage import Usage
from kplan.money import ONE, ZERO


@dataclass(frozen=True, slots=True)
class Charge:
    """One call to one of these models or services."""

    models: tuple[tuple[str, Decimal], ...]
    """Model names with the share of the calls each takes; the shares add to 1."""
    mode: str
    """Service tier; empty for the scenario's own."""
    region: str
    """Where the call runs; empty for the scenario's own."""
    usage: Usage
    """What the call uses."""


@dataclass(frozen=True, slots=True)
class Branch:
    """The body, taken with chance p [0..1]."""

    p: Expression
    body: Primitive


@dataclass(frozen=True, slots=True)
class Repeat:
    """The body, so many times; a fraction is an average."""

    times: Expression
    body: Primitive


@dataclass(frozen=True, slots=True)
class Sequence:
    """Items one after the other."""

    items: tuple[Primitive, ...]


Primitive: TypeAlias = Charge | Branch | Repeat | Sequence


def visited(chance: Expression | None, calls: Expression, retries: Expression, charge: Charge) -> Primitive:
    """Branch(chance) of Repeat(calls x (1 + retries)) of one charge; without a chance always taken."""
    once = retries == Number(ZERO)
    times = calls if once else Apply("multiply", (calls, Apply("add", (Number(ONE), retries))))
    return Branch(Number(ONE) if chance is None else chance, Repeat(times, charge))
