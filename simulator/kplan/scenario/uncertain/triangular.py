"""Lowest, most likely and highest value, straight lines between them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self

from kplan.errors import KplanError
from kplan.money import plain
from kplan.scenario.uncertain.spread import Array, Spread, as_list, listed


@dataclass(frozen=True, slots=True)
class Triangular(Spread):
    """Triangular on [low, high] with its peak at the mode."""

    low: Decimal
    mode: Decimal
    high: Decimal
    example = "[2, 4, 9]"

    @classmethod
    def of(cls, written: object) -> Self:
        """From `[low, mode, high]`."""
        low, mode, high = listed(written, ("low", "mode", "high"), cls.example)
        if not low <= mode <= high or low == high:
            raise KplanError(
                f"lowest, most likely and highest must ascend: {plain(low)}, {plain(mode)}, {plain(high)}"
            )
        return cls(low, mode, high)

    def quantiles(self, p: Array) -> Array:
        """The inverse of the distribution function, left and right of the mode.

        With w = high - low: low + sqrt(p w (mode - low)) for p < (mode - low) / w, else
        high - sqrt((1 - p) w (high - mode)). Source: Kotz & van Dorp, Beyond Beta (2004), 1.2.
        """
        import numpy as np

        low, mode, high = float(self.low), float(self.mode), float(self.high)
        width = high - low
        left = low + np.sqrt(p * width * (mode - low))
        right = high - np.sqrt((1 - p) * width * (high - mode))
        return np.where(p * width < mode - low, left, right)


TriangularField = Annotated[Triangular | None, *as_list(Triangular, 3)]
