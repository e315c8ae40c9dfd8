"""A law without the draws outside two bounds: what is left is scaled up to 1."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from kplan.errors import KplanError
from kplan.form.laws.distribution import Array, Distribution, settled
from kplan.money import ZERO

_RAREST = 1e-9
"""Smallest share of the draws that may be left."""


@dataclass(frozen=True)
class Truncated(Distribution):
    """X given that least <= X <= most: draws outside are drawn again, not set to the bound."""

    whole: Distribution

    @classmethod
    def between(cls, whole: Distribution, least: Decimal | None, most: Decimal | None) -> Truncated:
        """The law between two bounds; raises KplanError where next to nothing lies there."""
        low = ZERO if least is None else least
        edges = np.array([float(low), float("inf") if most is None else float(most)])
        share, first = (float(np.diff(whole.partial(power, edges))[0]) for power in (0, 1))
        if share < _RAREST:
            bounds = [f"above {low:,}", *([f"below {most:,}"] if most is not None else [])]
            raise KplanError(f"next to nothing of {whole.said} lies {' and '.join(bounds)}")
        return cls(whole.said, settled(first / share), low, most, whole)

    def partial(self, power: int, x: Array) -> Array:
        """The part of the whole law's between the bounds, scaled up."""
        low, high = (np.float64(bound) for bound in (self.least, self.high))
        start, share = self.whole.partial(power, np.asarray(low)), self._share(low, high)
        return np.asarray(
            np.where(x < low, 0.0, (self.whole.partial(power, np.clip(x, low, high)) - start) / share)
        )

    def ppf(self, u: Array) -> Array:
        """The whole law's quantiles between the bounds."""
        low, high = (np.float64(bound) for bound in (self.least, self.high))
        start = self.whole.partial(0, np.asarray(low))
        return np.asarray(np.clip(self.whole.ppf(start + u * self._share(low, high)), low, high))

    def _share(self, low: np.float64, high: np.float64) -> Array:
        return np.asarray(np.diff(self.whole.partial(0, np.array([low, high])))[0])
