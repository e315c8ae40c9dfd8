"""Amounts counted by size, in bounded memory: bins are the leading bits of a float64."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kplan.errors import KplanError
from kplan.form.arrays import Array

Counts = NDArray[np.int64]

BINS_PER_OCTAVE = 256
"""A bin is at most 1/256 of its amounts wide, so that its middle is within 0.2 % of each."""
_MANTISSA_BITS = 52
_SHIFT = _MANTISSA_BITS - (BINS_PER_OCTAVE.bit_length() - 1)
_INFINITE = int(np.float64(np.inf).view(np.int64)) >> _SHIFT


@dataclass
class LogHistogram:
    """Counts of amounts, 0 or more; 0 has a bin of its own.

    The bits of a positive float64, read as an integer, ascend with it; without the lowest 44 they number
    bins of which each octave has 256 of equal width. Histograms of parts add up to that of the whole.
    Source: the bucketing of HdrHistogram, with the exponent as octave.
    """

    first: int = 0
    """Number of the first bin."""
    counts: Counts = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    n_zero: int = 0

    @classmethod
    def of(cls, amounts: Array) -> LogHistogram:
        """Of amounts, shape (n,). Raises KplanError for a negative one, or one that is no number."""
        if not amounts.size:
            return cls()
        bins = np.ascontiguousarray(amounts).view(np.int64) >> _SHIFT
        low = int(bins.min())
        if low < 0 or bins.max() >= _INFINITE:
            raise KplanError(
                "a query with a negative or unbounded amount: a distribution leaves what makes sense"
            )
        n_zero = 0
        if low == 0:
            bins = bins[bins > 0]
            n_zero = amounts.size - bins.size
            if not bins.size:
                return cls(n_zero=n_zero)
            low = int(bins.min())
        bins -= low
        return cls(low, np.bincount(bins), n_zero)

    @classmethod
    def together(cls, parts: Iterable[LogHistogram]) -> LogHistogram:
        """That of all parts."""
        parts = tuple(parts)
        n_zero = sum(each.n_zero for each in parts)
        filled = [each for each in parts if each.counts.size]
        if not filled:
            return cls(n_zero=n_zero)
        if len(filled) == 1:
            return cls(filled[0].first, filled[0].counts, n_zero)
        first = min(each.first for each in filled)
        end = max(each.first + each.counts.size for each in filled)
        counts = np.zeros(end - first, dtype=np.int64)
        for each in filled:
            counts[each.first - first :][: each.counts.size] += each.counts
        return cls(first, counts, n_zero)

    def __add__(self, other: LogHistogram) -> LogHistogram:
        """That of both."""
        return LogHistogram.together((self, other))

    def up_to(self, amount: float) -> float:
        """How many are at most so large, 0 or more; those in its own bin are spread evenly there."""
        bits = int(np.float64(amount).view(np.int64))
        place = (bits >> _SHIFT) - self.first
        if place < 0:
            return float(self.n_zero)
        part = (bits & (1 << _SHIFT) - 1) / (1 << _SHIFT)
        own = float(self.counts[place]) if place < self.counts.size else 0.0
        return self.n_zero + float(self.counts[:place].sum()) + own * part

    def points(self) -> tuple[Array, Counts]:
        """The middle of each bin that holds anything, ascending, and its count; shapes (m,)."""
        held = np.flatnonzero(self.counts)
        edges = (np.stack([held, held + 1]) + self.first << _SHIFT).view(np.float64)
        middles, counts = edges.mean(axis=0), self.counts[held]
        if self.n_zero:
            return np.concatenate([[0.0], middles]), np.concatenate([[self.n_zero], counts])
        return middles, counts
