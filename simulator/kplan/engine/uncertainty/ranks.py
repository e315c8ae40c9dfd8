"""Spearman's rank correlation, in a few lines of numpy: `import scipy.stats` alone takes over a second."""

from __future__ import annotations

import numpy as np

from kplan.form.arrays import Array


def correlation(x: Array, y: Array) -> float | None:
    """Pearson's correlation [-1..1]; none where one is constant. Of ranks it is Spearman's.

    x, y   shape (n,)
    Source: Spearman, The Proof and Measurement of Association between Two Things, Am. J. Psychology 15,
    1904. Tested against scipy.stats.spearmanr.
    """
    x, y = x - x.mean(), y - y.mean()
    scale = np.sqrt(np.sum(x * x) * np.sum(y * y))
    return float(np.sum(x * y) / scale) if scale else None


def ranks(values: Array) -> Array:
    """Ranks from 1, equal values at the mean of theirs, shape (n,)."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: Array = last - (counts - 1) / 2
    return means[places]
