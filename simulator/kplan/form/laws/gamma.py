"""The gamma law, given by its mean and standard deviation or 95th percentile."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import numpy as np
from scipy.special import gammainc, gammaincinv, poch

from kplan.errors import KplanError
from kplan.form.laws.distribution import Array, Family
from kplan.money import ZERO

_STEEPEST = 0.0876942
"""Shape at which p95 / mean is largest: above it the ratio falls as the shape grows (tested)."""
_LARGEST = 1e8
"""Shape beyond which draws are as good as constant."""


@dataclass(frozen=True)
class Gamma(Family):
    """Density x^(a-1) exp(-x/s) / (s^a Gamma(a)) with shape a and scale s.

    Moments below a value: E[X^k; X <= x] = s^k a (a+1) .. (a+k-1) P(a+k, x/s), P the regularised lower
    incomplete gamma function. Source: DLMF 8.2.4; substitute in the integral.
    """

    family: ClassVar[str] = "gamma"
    ways: ClassVar[tuple[tuple[str, ...], ...]] = (("mean", "sd"), ("mean", "p95"))

    shape: float
    scale: float

    @classmethod
    def of(cls, given: dict[str, Decimal], said: str) -> Gamma:
        """The law with this mean; of two with this p95 the one that spreads less."""
        mean = float(given["mean"])
        shape = shape_of(float(given["p95"]) / mean) if "p95" in given else (mean / float(given["sd"])) ** 2
        return cls(said, given["mean"], ZERO, None, shape, mean / shape)

    def partial(self, power: int, x: Array) -> Array:
        """See the class."""
        part = gammainc(self.shape + power, np.maximum(x, 0.0) / self.scale)
        return np.asarray(self.scale**power * poch(self.shape, power) * part)

    def ppf(self, u: Array) -> Array:
        """Scale x the inverse of P(a, .)."""
        return np.asarray(self.scale * gammaincinv(self.shape, u))

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Independent draws, shape (n,)."""
        return rng.gamma(self.shape, self.scale, n)


def shape_of(ratio: float) -> float:
    """Shape of the gamma law whose 95th percentile is so many times its mean; the larger of two.

    Bisection on the branch on which more shape means less spread.
    Raises KplanError where no law has this ratio.
    """
    low, high, most = _STEEPEST, _LARGEST, _ratio(_STEEPEST)
    if not _ratio(_LARGEST) < ratio < most:
        raise KplanError(
            f"p95 is {ratio:.3g} times the mean; in a gamma distribution it lies above the mean and below"
            f" {most:.2f} times it; measure again, or give the `values` themselves"
        )
    for _ in range(200):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if _ratio(middle) > ratio else (low, middle)
    return float((low * high) ** 0.5)


def _ratio(shape: float) -> float:
    quantile = float(gammaincinv(shape, 0.95))
    return quantile / shape
