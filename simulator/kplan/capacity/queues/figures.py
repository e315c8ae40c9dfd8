"""A figure and the engine that produced it; what is simulated has an interval."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Engine(StrEnum):
    """Where a figure comes from."""

    CLOSED_FORM = "closed form"
    SIMULATED = "simulated"


class Figure(Struct, frozen=True):
    """A number [unit of its name]; `low` and `high` bound it with 95 % confidence, and are it where exact."""

    value: float
    engine: Engine
    low: float
    high: float

    def plus(self, constant: float) -> Figure:
        """The figure with an exact number added."""
        return Figure(self.value + constant, self.engine, self.low + constant, self.high + constant)

    def times(self, factor: float) -> Figure:
        """The figure times an exact number, 0 or more."""
        return Figure(self.value * factor, self.engine, self.low * factor, self.high * factor)


def exact(value: float) -> Figure:
    """A figure of a closed form."""
    return Figure(value, Engine.CLOSED_FORM, value, value)
