"""The Pareto front: the designs that no other beats on cost and on a second measure at once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

Measured = tuple[Decimal, Decimal]
"""Cost and a second measure, less of either being better."""


def on_front(designs: Sequence[Measured]) -> list[bool]:
    """Which of them nobody beats: at most the same on both, and less on one. Equals stand together."""
    return [not any(_beats(other, each) for other in designs) for each in designs]


def _beats(one: Measured, other: Measured) -> bool:
    return one != other and one[0] <= other[0] and one[1] <= other[1]
