"""What every stage kind expands into: four small building blocks that all interpreters read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from kplan.form.expressions import Expression


@dataclass(frozen=True, slots=True)
class Charge:
    """One call to one of these models."""

    models: tuple[tuple[str, Decimal], ...]
    """Model names with the share of the calls each takes; the shares add to 1."""
    mode: str
    """Service tier; empty for the scenario's own."""
    region: str
    """Where the call runs; empty for the scenario's own."""
    input: Expression
    """All input tokens of the call, cached ones included."""
    cached: Expression
    """Share of the input that is read from cache [0..1]."""
    output: Expression
    """Output tokens of the call."""


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
