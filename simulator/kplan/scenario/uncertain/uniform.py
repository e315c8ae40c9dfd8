"""Every value between two is as likely as any other."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self

from kplan.errors import KplanError
from kplan.money import plain
from kplan.scenario.uncertain.spread import Array, Spread, as_list, listed


@dataclass(frozen=True, slots=True)
class Uniform(Spread):
    """Uniform on [low, high]."""

    low: Decimal
    high: Decimal
    example = "[2, 8]"

    @classmethod
    def of(cls, written: object) -> Self:
        """From `[low, high]`."""
        low, high = listed(written, ("low", "high"), cls.example)
        if low >= high:
            raise KplanError(f"the lowest value, {plain(low)}, must be below the highest, {plain(high)}")
        return cls(low, high)

    def quantiles(self, p: Array) -> Array:
        """The point low + p (high - low)."""
        return float(self.low) + p * float(self.high - self.low)


UniformField = Annotated[Uniform | None, *as_list(Uniform, 2)]
