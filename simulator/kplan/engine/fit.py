"""How a design fits the limits of its providers: what a simulation tells of it in one line."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct


class Fit(Struct, frozen=True):
    """The limit that a design meets first."""

    text: str
    """In one sentence: which limit, how full it gets, and the room to grow."""
    limit: str = ""
    """Its name; empty where no limit of the design's models is known."""
    headroom: Decimal | None = None
    """By how much traffic could grow at least, over the months of the plan: 0.5 is half as much again."""
    month: str = ""
    """The month of the plan in which that is so little."""
    months_left: int | None = None
    """Months from the first one until the limit is full; at most `FURTHEST_MONTHS`."""
    full_month: str = ""
    """The first month in which it is full; empty where none is within that time."""
