"""The law of the mean of several independent draws: what a context holds that many calls have added to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from kplan.form.laws.distribution import Array, Distribution

CELLS = 512
"""Cells that sums of draws are kept in, alike in width on the scale of a normal score."""

Points = tuple[Array, Array]
"""Points in ascending order with their weights, shapes (m,): each the mean of its cell."""


@dataclass(frozen=True)
class Average(Distribution):
    """The mean of so many independent draws of a law.

    Sums of two are worked out over the cells of both and laid into cells again, each at its mean, so that the
    mean is kept; between cells the parts of the moments below a value run straight. Tested against gamma
    sums, which are gamma again, and against draws.
    """

    one: Distribution
    n: int

    @classmethod
    def of(cls, one: Distribution, n: int) -> Distribution:
        """The law itself where there is one draw."""
        return one if n == 1 else cls(f"mean of {n} of {one.said}", one.mean, one.least, one.most, one, n)

    @cached_property
    def _points(self) -> Points:
        sums, weights = _sum_of(self.one, self.n)
        return sums / self.n, weights

    @cached_property
    def _edges(self) -> Array:
        """Ends of the cells: halfway between their means."""
        points, _ = self._points
        last = 2 * points[-1] - points[-2] if points.size > 1 else points[-1]
        first = max(float(self.least), 2 * points[0] - points[1] if points.size > 1 else points[0])
        return np.concatenate([[first], (points[:-1] + points[1:]) / 2, [min(last, self.high)]])

    def partial(self, power: int, x: Array) -> Array:
        """The sum over the cells up to x, and the part of the cell that x is in."""
        points, weights = self._points
        below = np.concatenate([[0.0], np.cumsum(weights * points**power)])
        return np.asarray(np.interp(x, self._edges, below, left=0.0))

    def ppf(self, u: Array) -> Array:
        """Straight within a cell."""
        _, weights = self._points
        return np.asarray(np.interp(u, np.concatenate([[0.0], np.cumsum(weights)]), self._edges))


@lru_cache(maxsize=1_024)
def _sum_of(one: Distribution, n: int) -> Points:
    """The sum of n draws, as that of two halves."""
    if n == 1:
        return one.cells(CELLS)
    (xs, p), (ys, q) = _sum_of(one, n // 2), _sum_of(one, n - n // 2)
    return _in_cells(np.add.outer(xs, ys).ravel(), np.multiply.outer(p, q).ravel())


def _in_cells(points: Array, weights: Array) -> Points:
    """Points in any order laid into cells of equal width in normal score."""
    from scipy.special import ndtri

    order = np.argsort(points, kind="stable")
    points, weights = points[order], weights[order]
    middle = np.cumsum(weights) - weights / 2
    score = ndtri(np.clip(middle / weights.sum(), 1e-16, 1 - 1e-16))
    cell = np.floor((score + 8.5) / 17 * CELLS).astype(np.intp)
    held = np.bincount(cell, weights, CELLS)
    sums = np.bincount(cell, weights * points, CELLS)
    used = held > 0
    found: Array = sums[used] / held[used]
    return found, held[used].astype(np.float64)
