"""The best base load: how many units to buy when what exceeds them is paid for call by call.

A unit more pays as long as the share of time in which it is used exceeds rho, its price over that of the
calls that fill it. So the best base is the (1 - rho) quantile of the load-duration curve, the critical
fractile of the newsvendor (Arrow, Harris and Marschak, Econometrica 19, 1951). Costs are convex in the
units, hence the best number that can be bought is next to the quantile, the minimum, or none.

Loads are in units: what the calls of a time fill. Calls are taken to come evenly within each of the times.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.errors import KplanError

Loads = NDArray[np.float64]
"""Units that the calls of each time fill, all times equally long."""


class Deal(Struct, frozen=True):
    """What units cost by the hour [USD], and the calls that would fill one of them."""

    unit_usd: float
    payg_usd: float
    minimum: int = 1
    increment: int = 1

    @property
    def rho(self) -> float:
        """The share of time in which a unit has to be used to pay."""
        return self.unit_usd / self.payg_usd if self.payg_usd else math.inf


class Purchase(Struct, frozen=True):
    """A number of units, and what an hour costs with them on average [USD]."""

    units: int
    units_usd: float
    spilled_usd: float
    spilled_share: float
    """Of the work, what finds no room."""
    utilisation: float
    """Of the units; 0 where there are none."""

    @property
    def usd(self) -> float:
        """Units and what they leave."""
        return self.units_usd + self.spilled_usd


def checked(loads: Loads) -> Loads:
    """The loads; raises KplanError where there are none, or one is negative or no number."""
    found = np.asarray(loads, np.float64)
    if not found.size or not np.isfinite(found).all() or (found < 0).any():
        raise KplanError("loads are amounts of 0 or more, and at least one")
    return found


def purchase(units: int, loads: Loads, deal: Deal) -> Purchase:
    """What it costs to have so many units for the loads."""
    mean, spilled = float(loads.mean()), float(np.maximum(loads - units, 0).mean())
    return Purchase(
        units,
        units * deal.unit_usd,
        spilled * deal.payg_usd,
        spilled / mean if mean else 0.0,
        (mean - spilled) / units if units else 0.0,
    )


def pay_as_you_go(loads: Loads, deal: Deal) -> Purchase:
    """No units."""
    return purchase(0, loads, deal)


def for_the_peak(loads: Loads, deal: Deal) -> Purchase:
    """As many units as the largest load takes."""
    return purchase(_upward(float(loads.max()), deal), loads, deal)


def best_base(loads: Loads, deal: Deal) -> Purchase:
    """The cheapest number of units that can be bought; of equally cheap ones the fewest."""
    below = int(critical_load(loads, deal.rho) // deal.increment) * deal.increment
    candidates = {0, deal.minimum, max(below, deal.minimum), max(below + deal.increment, deal.minimum)}
    return min((purchase(units, loads, deal) for units in sorted(candidates)), key=lambda each: each.usd)


def critical_load(loads: Loads, rho: float) -> float:
    """The least load, or 0, that is exceeded in no more than a share rho of the time."""
    if rho >= 1:
        return 0.0
    ordered = np.sort(loads)
    above = ordered.size - np.searchsorted(ordered, ordered, side="right")
    return float(ordered[int(np.argmax(above <= rho * ordered.size))])


def load_duration(loads: Loads) -> Loads:
    """The loads from the largest to the least: the load-duration curve."""
    return np.sort(loads)[::-1]


def _upward(load: float, deal: Deal) -> int:
    """As `provisioned.units_to_buy`; what is above a step by less than a billionth of it is on it."""
    if not load:
        return 0
    steps = load / deal.increment
    return max(deal.minimum, math.ceil(steps - 1e-9 * max(1.0, steps)) * deal.increment)
