"""Figures out of float64, as they are printed and written."""

from __future__ import annotations

from decimal import Decimal

DIGITS = 12
"""Digits that no order of summation moves."""


def decimal(value: float) -> Decimal:
    """The figure to 12 digits."""
    return Decimal(f"{value:.{DIGITS}g}")
