"""The lognormal law, given by its mean and 95th percentile or standard deviation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist
from typing import ClassVar

import numpy as np
from scipy.special import ndtr, ndtri

from kplan.errors import KplanError
from kplan.form.laws.distribution import Array, Family
from kplan.money import ZERO

_Z95 = NormalDist().inv_cdf(0.95)
MAX_RATIO = math.exp(_Z95**2 / 2)
"""Largest p95 / mean of any lognormal, 3.868: reached at sigma = z95."""


@dataclass(frozen=True)
class Lognormal(Family):
    """exp(mu + sigma Z) with Z standard normal.

    Moments below a value: E[X^k; X <= x] = exp(k mu + k^2 sigma^2 / 2) Phi((ln x - mu - k sigma^2) / sigma).
    Source: Aitchison & Brown, The Lognormal Distribution (1957), theorem 2.6 (moment distributions).
    """

    family: ClassVar[str] = "lognormal"
    ways: ClassVar[tuple[tuple[str, ...], ...]] = (("mean", "p95"), ("mean", "sd"))

    mu: float
    sigma: float

    @classmethod
    def of(cls, given: dict[str, Decimal], said: str) -> Lognormal:
        """The law with this mean; of two with this p95 the one that spreads less."""
        mean = float(given["mean"])
        sigma = (
            sigma_of(float(given["p95"]) / mean)
            if "p95" in given
            else math.sqrt(math.log1p((float(given["sd"]) / mean) ** 2))
        )
        return cls(said, given["mean"], ZERO, None, math.log(mean) - sigma**2 / 2, sigma)

    def partial(self, power: int, x: Array) -> Array:
        """See the class."""
        with np.errstate(divide="ignore"):
            score = (np.log(np.maximum(x, 0.0)) - self.mu) / self.sigma
        whole = math.exp(power * self.mu + (power * self.sigma) ** 2 / 2)
        return np.asarray(whole * ndtr(score - power * self.sigma))

    def ppf(self, u: Array) -> Array:
        """exp(mu + sigma z(u))."""
        return np.asarray(np.exp(self.mu + self.sigma * ndtri(u)))

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Independent draws, shape (n,)."""
        return rng.lognormal(self.mu, self.sigma, n)


def sigma_of(ratio: float) -> float:
    """Sigma of the lognormal law whose 95th percentile is so many times its mean.

    p95 / mean = exp(z sigma - sigma^2 / 2) with z = 1.645, so sigma = z -+ sqrt(z^2 - 2 ln ratio): the
    smaller one, which spreads less; the other puts most of its mean into very rare draws.
    Raises KplanError where no law has this ratio.
    """
    if not 1 < ratio < MAX_RATIO:
        raise KplanError(
            f"p95 is {ratio:.3g} times the mean; in a lognormal distribution it lies above the mean and"
            f" below {MAX_RATIO:.2f} times it; measure again, or give the `values` themselves"
        )
    return _Z95 - math.sqrt(_Z95**2 - 2 * math.log(ratio))
