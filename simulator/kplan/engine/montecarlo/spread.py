"""The distribution of an amount over queries: percentiles with confidence intervals."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, sqrt
from statistics import NormalDist

import numpy as np
from msgspec import Struct

from kplan.form.arrays import Array

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
_SLACK = 1e-9
"""Part of a query by which a rank may be missed, from adding up shares."""


class Spread(Struct, frozen=True):
    """Amounts with the share of the queries that each has.

    amounts   ascending, shape (m,)
    up_to     share of the queries with at most so much, shape (m,); the last is 1
    n         queries that it was told from, or as many of a plain sample
    """

    amounts: Array
    up_to: Array
    n: float

    @classmethod
    def of(cls, parts: Sequence[tuple[Array, Array]], n: float) -> Spread:
        """Out of amounts with weights, in any order; equal amounts are one."""
        amounts, place = np.unique(np.concatenate([each for each, _ in parts]), return_inverse=True)
        weights = np.bincount(place, weights=np.concatenate([each for _, each in parts]))
        up_to = np.cumsum(weights)
        held = weights > 0
        return cls(amounts[held], up_to[held] / up_to[-1], n)

    def percentile(self, share: float) -> float:
        """The smallest amount that at least this share of the queries does not exceed."""
        place = int(np.searchsorted(self.up_to, share - _SLACK / self.n, side="left"))
        return float(self.amounts[min(place, self.amounts.size - 1)])

    def interval(self, share: float) -> tuple[float, float]:
        """Amounts between which the true percentile lies with 95 % confidence, whatever the distribution.

        The number of draws below it is binomial, so that ranks n p -+ z sqrt(n p (1 - p)) hold it between
        them. Source: Conover, Practical Nonparametric Statistics, 3rd ed., 3.2, with the normal
        approximation for many draws.
        """
        off = Z * sqrt(self.n * share * (1 - share))
        low, high = floor(self.n * share - off), ceil(self.n * share + off) + 1
        return self.percentile(max(1, low) / self.n), self.percentile(min(1.0, high / self.n))


def wilson(share: float, n: float) -> tuple[float, float]:
    """Interval of a share of which n draws were seen [0..1].

    Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927.
    """
    middle = share + Z**2 / (2 * n)
    off = Z * sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    scale = 1 + Z**2 / n
    return max(0.0, (middle - off) / scale), min(1.0, (middle + off) / scale)
