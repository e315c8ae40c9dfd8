"""Sums of counts by price cell that lose no unit, whatever their size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_EXACT = 2**53
"""Whole numbers below are exact in float64, in which bincount adds."""
_HALF = 2.0**27
_ROOM = 2**62


def sums_by(columns: NDArray[np.intp], counts: NDArray[np.float64], n_columns: int) -> NDArray[Any]:
    """The exact sum of whole counts in [0, 2**53) for each column.

    Returns int64, or Python integers where a sum might need more than 53 bits; shape (n_columns,).
    """
    if counts.max(initial=0.0) * len(counts) < _EXACT:
        return np.bincount(columns, counts, n_columns).astype(np.int64)
    high = np.floor(counts / _HALF)
    parts = (np.bincount(columns, part, n_columns) for part in (high, counts - high * _HALF))
    high_sums, low_sums = (part.astype(np.int64).astype(object) for part in parts)
    exact: NDArray[Any] = high_sums * int(_HALF) + low_sums
    return exact


class Sums:
    """Running sums for each meter and column."""

    def __init__(self, n_meters: int) -> None:
        self._sums = np.zeros((n_meters, 0), np.int64)
        self._carried = np.zeros((n_meters, 0), object)
        self._most = 0

    def add(self, meter: int, sums: NDArray[Any]) -> None:
        """Add the sums of one block; what int64 could not hold is carried over to Python's integers."""
        self._widen(len(sums))
        if sums.dtype == object or self._most > _ROOM:
            self._carry()
        if sums.dtype == object:
            self._carried[meter, : len(sums)] += sums
        else:
            self._sums[meter, : len(sums)] += sums
            self._most += _EXACT

    def totals(self) -> NDArray[Any]:
        """Every sum as a Python integer, shape (meters, columns)."""
        self._carry()
        return self._carried

    def _carry(self) -> None:
        self._carried += self._sums.astype(object)
        self._sums[:] = 0
        self._most = 0

    def _widen(self, n_columns: int) -> None:
        if (more := n_columns - self._sums.shape[1]) > 0:
            self._sums = _widened(self._sums, more)
            self._carried = _widened(self._carried, more)


def _widened(sums: NDArray[Any], more: int) -> NDArray[Any]:
    """With further columns of 0; Python's own where the sums are Python's integers."""
    return np.concatenate((sums, np.zeros((len(sums), more), sums.dtype)), axis=1)
