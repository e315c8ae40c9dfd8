"""Sums of powers of amounts, chunk by chunk: means and variances with their standard errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import fsum, sqrt

import numpy as np
from msgspec import Struct

from kplan.engine.montecarlo.histogram import Counts
from kplan.form.arrays import Array

N_POWERS = 4
_LOST = 1e-12
"""Part of a mean square below which a variance is what float64 leaves of a difference."""


@dataclass
class PowerSums:
    """Sums of (x - about)^k, k = 1 to 4, of chunks in their order.

    about   near the mean, so that nothing is lost in differences
    """

    about: float
    n: int = 0
    chunks: list[tuple[float, ...]] = field(default_factory=list)

    def add(self, amounts: Array, counts: Counts | None = None) -> None:
        """Amounts of a chunk, shape (m,), each as often as counted."""
        off = amounts - self.about
        square = off * off
        powers = (off, square, off * square, square * square)
        if counts is None:
            sums = [float(np.add.reduce(each)) for each in powers]
        else:
            sums = [fsum(each * counts) for each in powers]
        self.n += amounts.size if counts is None else int(counts.sum())
        self.chunks.append(tuple(sums))

    def extend(self, later: PowerSums) -> None:
        """Chunks that come behind these, about the same."""
        self.n += later.n
        self.chunks += later.chunks

    def means(self) -> list[float]:
        """Means of the powers."""
        return [fsum(chunk[k] for chunk in self.chunks) / self.n for k in range(N_POWERS)]


class Moments(Struct, frozen=True):
    """Of a mix of classes, each sampled by itself."""

    mean: float
    variance: float
    fourth: float
    """Central moment."""
    mean_se: float
    variance_se: float

    @classmethod
    def of(cls, sums: Mapping[str, PowerSums], shares: Mapping[str, float]) -> Moments:
        """Classes weigh by their shares, which add to 1; all sums are about the same amount.

        Standard error of the mean by strata, sqrt(sum share^2 variance / n) (Cochran, Sampling Techniques,
        1977, 5.6), where within a class the variance is that of the class; of the variance
        sqrt((m4 - variance^2) / n) (Mood, Graybill & Boes, Introduction to the Theory of Statistics, 1974,
        VI.2), with n such that no class is represented worse.
        """
        means = {name: each.means() for name, each in sums.items()}
        first, *higher = (fsum(shares[name] * means[name][k] for name in sums) for k in range(N_POWERS))
        about = next(iter(sums.values())).about
        variance, fourth = _central(first, *higher)
        inside = {name: _central(*means[name])[0] for name in sums}
        error = fsum(shares[name] ** 2 * inside[name] / sums[name].n for name in sums)
        n = effective({name: each.n for name, each in sums.items()}, shares)
        spread = max(0.0, fourth - variance**2)
        return cls(about + first, variance, fourth, sqrt(error), sqrt(spread / n))

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return sqrt(self.variance)


def _central(first: float, second: float, third: float, fourth: float) -> tuple[float, float]:
    """Variance and fourth central moment from moments about another point."""
    variance = second - first**2
    if variance < _LOST * second:
        return 0.0, 0.0
    return variance, max(0.0, fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4)


def effective(n: Mapping[str, int], shares: Mapping[str, float]) -> float:
    """Queries of a plain sample of the mix that tells no less about a share than these: min(n / share).

    The variance of a share F is sum s^2 F_c (1 - F_c) / n_c <= max(s / n) F (1 - F), F (1 - F) being concave.
    """
    return min(n[name] / share for name, share in shares.items() if share)
