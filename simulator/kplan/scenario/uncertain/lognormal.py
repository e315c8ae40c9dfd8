"""The lognormal distribution, by its mean or median and its 95th percentile."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Annotated, Self

from kplan.errors import KplanError
from kplan.money import plain
from kplan.scenario.uncertain.spread import Array, Spread, as_map, mapped

_Z95 = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class Lognormal(Spread):
    """exp of a normal with mean mu and standard deviation sigma."""

    mu: float
    sigma: float
    example = "{median: 450, p95: 1_200}"

    @classmethod
    def of(cls, written: object) -> Self:
        """From `{median: .., p95: ..}` or `{mean: .., p95: ..}`.

        ln p95 = mu + z sigma, ln median = mu and ln mean = mu + sigma^2 / 2, z = 1.645. With a mean, sigma
        is the smaller root of sigma^2 / 2 - z sigma + ln(p95 / mean) = 0; there is none where p95 is more
        than exp(z^2 / 2) = 3.87 means. Source: Johnson, Kotz & Balakrishnan, Continuous Univariate
        Distributions 1 (1994), ch. 14.
        """
        said = mapped(written, ("mean", "median", "p95"), cls.example)
        centre = [name for name in ("mean", "median") if name in said]
        if len(centre) != 1 or "p95" not in said:
            raise KplanError(f"`p95` and either `median` or `mean` are needed, such as {cls.example}")
        middle, high = said[centre[0]], said["p95"]
        if not 0 < middle < high:
            raise KplanError(
                f"the {centre[0]}, {plain(middle)}, must lie above 0 and below p95, {plain(high)}"
            )
        ratio = log(high / middle)
        if centre[0] == "median":
            return cls(log(middle), ratio / _Z95)
        return cls._by_mean(middle, ratio)

    @classmethod
    def _by_mean(cls, mean: Decimal, ratio: float) -> Self:
        most = _Z95**2 / 2
        if ratio > most:
            raise KplanError(f"p95 is more than {exp(most):.2f} times the mean, which no lognormal has")
        sigma = _Z95 - sqrt(_Z95**2 - 2 * ratio)
        return cls(log(mean) - sigma**2 / 2, sigma)

    def quantiles(self, p: Array) -> Array:
        """exp(mu + sigma x the standard normal quantile)."""
        import numpy as np
        from scipy.special import ndtri

        return np.exp(self.mu + self.sigma * ndtri(p))


LognormalField = Annotated[Lognormal | None, *as_map(Lognormal, "mean", "median", "p95")]
