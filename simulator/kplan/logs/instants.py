"""When calls were made, from what logs write: dates with a time, or numbers of some unit."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.engine.columns.given import AFTER_LAST_DAY, FIRST_DAY, UNITS_PER_DAY

TIME_UNITS = ("s", "ms", "us", "ns")
DAYS_PER_MONTH = Decimal("365.25") / 12
"""Mean month of the Julian year [days]."""
_LOOKED_AT = 100
"""Timestamps that tell whether a column of texts holds numbers."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).date()
_FIRST, _AFTER_LAST = (FIRST_DAY - _EPOCH).days, (AFTER_LAST_DAY - _EPOCH).days
"""Days since 1970 between which a timestamp lies."""


class Instants(Struct, frozen=True, eq=False):
    """A moment for each of n calls."""

    values: NDArray[np.float64]
    """Shape (n,), days, or numbers of an unknown unit; NaN where it cannot be read."""
    is_days: bool
    """Whether the unit is known."""
    is_dated: bool
    """Whether days are counted from 1970."""

    def of(self, chosen: NDArray[np.bool_]) -> Instants:
        """Those of the chosen calls."""
        return Instants(self.values[chosen], self.is_days, self.is_dated)

    @property
    def n_unread(self) -> int:
        """How many cannot be read."""
        return int(np.isnan(self.values).sum())

    def day(self, value: float) -> date | None:
        """The calendar day of a moment, UTC."""
        return date.fromordinal(_EPOCH.toordinal() + int(value // 1)) if self.is_dated else None


def instants(column: Any, unit: str) -> Instants:
    """The moments of a pandas Series; numbers in `unit`, or from 1970 in the unit in which that fits.

    A number of no known unit still tells what came first.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column.dtype) and column.dtype != bool:
        return _of_numbers(column.to_numpy().astype(np.float64), unit)
    if pd.to_numeric(column.dropna()[:_LOOKED_AT], errors="coerce").notna().any():
        numbers = pd.to_numeric(column, errors="coerce").to_numpy().astype(np.float64)
        return _of_numbers(numbers, unit)
    read = pd.to_datetime(column, utc=True, format="ISO8601", errors="coerce")
    days = (read - pd.Timestamp(_EPOCH, tz="UTC")) / pd.Timedelta(days=1)
    return Instants(_bounded(days.to_numpy().astype(np.float64)), is_days=True, is_dated=True)


def _of_numbers(numbers: NDArray[np.float64], unit: str) -> Instants:
    values = np.where(np.isfinite(numbers), numbers, np.nan)
    middle = np.nanmedian(values) if np.isfinite(values).any() else np.nan
    for each in (unit,) if unit else TIME_UNITS:
        if np.isfinite(_bounded(middle / UNITS_PER_DAY[each])):
            return Instants(_bounded(values / UNITS_PER_DAY[each]), is_days=True, is_dated=True)
    if unit:
        return Instants(values / UNITS_PER_DAY[unit], is_days=True, is_dated=False)
    return Instants(values, is_days=False, is_dated=False)


def _bounded(days: Any) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        bounded: NDArray[np.float64] = np.where((days >= _FIRST) & (days < _AFTER_LAST), days, np.nan)
    return bounded
