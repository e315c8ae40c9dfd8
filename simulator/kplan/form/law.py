"""What is known of an amount that differs from draw to draw, without computing with its distribution."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Law:
    """A distribution of amounts that are never negative; `form.laws` holds the families."""

    said: str
    """In words, as it was written: `lognormal(mean 4,000, p95 12,000)`."""
    mean: Decimal
    """Exact where it was stated, else to 13 digits."""
    least: Decimal
    most: Decimal | None
    """Largest amount; none where there is no largest."""
