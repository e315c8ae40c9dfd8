"""Units of provisioned throughput that a design buys, as the plan of its costs sees them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

WAITING = frozenset({"batch", "flex"})
"""Modes of calls that units do not serve: they wait for cheaper capacity anyway."""


class Bought(Struct, frozen=True):
    """Units of one model, or of one part of what it is sold by, one number over the whole plan.

    Calls to `billed` in the meters named are served by the units; what finds no room is paid call by call.
    """

    design: str
    model: str
    """As the offer calls it: `azure/gpt-5.2`."""
    label: str
    """`azure/gpt-5.2 global PTU, 1 month`."""
    billed: str
    """The model of the price book whose calls they serve: `openai/gpt-5.2`."""
    meters: frozenset[str]
    units: int
    usd_per_month: tuple[Decimal, ...]
    """What all units cost in each month."""
    spilled_share: tuple[Decimal, ...]
    """Part of each month's work that finds no room [0..1]."""
    utilisation: tuple[float, ...]
    """Of the units, in each month [0..1]; 0 where there are none."""
    said: str
    """What is bought and what comes of it, in a sentence."""
    assumed: tuple[str, ...] = ()
    """What was taken for true for that, and what is left out."""

    @property
    def credit(self) -> str:
        """What the line is called that takes the calls off the bill which they serve."""
        return f"served by {self.label}"

    def serves(self, model: str, mode: str, meter: str) -> bool:
        """Whether units stand for such calls."""
        return model == self.billed and mode not in WAITING and meter in self.meters


Purchases = Mapping[str, tuple[Bought, ...]]
"""By design."""
