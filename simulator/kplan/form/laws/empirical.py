"""The law of amounts that were measured: each is as likely as it was frequent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from kplan.form.laws.distribution import Array, Distribution
from kplan.money import exact, quotient


@dataclass(frozen=True)
class Empirical(Distribution):
    """Draws from a sample with replacement; the mean is exact."""

    key: str
    """Fingerprint of the sample, which stands for it when laws are compared."""
    values: Array = field(compare=False, repr=False)
    """Distinct amounts in ascending order, shape (m,)."""
    weights: Array = field(compare=False, repr=False)
    """Share of each, shape (m,); they add to 1."""

    @classmethod
    def from_sample(cls, sample: Sequence[Decimal], said: str, key: str) -> Empirical:
        """The law of a sample of at least one amount."""
        with exact():
            total = sum(sample, Decimal(0))
        values, counts = np.unique(np.array([float(x) for x in sample]), return_counts=True)
        mean = quotient(total, Decimal(len(sample)))
        return cls(said, mean, min(sample), max(sample), key, values, counts / len(sample))

    def partial(self, power: int, x: Array) -> Array:
        """The sum over the amounts up to x."""
        below = np.concatenate([[0.0], np.cumsum(self.weights * self.values**power)])
        return np.asarray(below[np.searchsorted(self.values, x, side="right")])

    def ppf(self, u: Array) -> Array:
        """The smallest amount that a share u of the draws does not exceed."""
        index = np.searchsorted(np.cumsum(self.weights), u, side="left")
        return np.asarray(self.values[np.minimum(index, self.values.size - 1)])

    def cells(self, n: int) -> tuple[Array, Array]:
        """The amounts themselves where they are few enough."""
        return (self.values, self.weights) if self.values.size <= n else super().cells(n)

    def mean_of(self, outcomes: Array) -> float:
        """The mean of what each amount leads to, shape (m,), without rounding on the way."""
        return math.fsum(outcomes * self.weights)
