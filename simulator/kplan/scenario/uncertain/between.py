"""The value with its 10th and 90th percentile: the short way to say how sure one is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from math import acosh, asinh, inf, sinh
from typing import Annotated, Self

from kplan.errors import KplanError
from kplan.money import ONE, ZERO, plain
from kplan.scenario.uncertain.spread import Array, Spread, as_list, listed

_Z90 = 1.2815515655446004
"""Standard normal quantile of 90%."""
_EVEN = 1e-9
"""Sides whose lengths differ by less, relative to both together, are one normal's."""


@dataclass(frozen=True, slots=True)
class Between(Spread):
    """P10, P50 and P90 of a parameter, and the bounds that it cannot leave.

    The distribution is Johnson's, fitted to the three percentiles: a normal whose scale is bent by a
    hyperbolic sine where one side is longer than the other. It is the one of J. Hadlock and J. E. Bickel,
    Johnson Quantile-Parameterized Distributions, Decision Analysis 14(1), 2017: J-QPD-B between two
    bounds, J-QPD-S above one, and the same without a transformation where there is none. Any three
    percentiles that ascend within the bounds have one; with sides alike in logs it is the lognormal.
    """

    low: Decimal
    high: Decimal
    is_percent: bool = False
    value: Decimal = ZERO
    floor: Decimal | None = None
    ceiling: Decimal | None = None
    example = "[4%, 15%]"

    @classmethod
    def of(cls, written: object) -> Self:
        """From `[P10, P90]`; in percent they are a share's, which lies between 0 and 1."""
        low, high = listed(written, ("P10", "P90"), cls.example)
        if low >= high:
            raise KplanError(f"P10, {plain(low)}, must be below P90, {plain(high)}")
        is_percent = isinstance(written, (list, tuple)) and any("%" in str(each) for each in written)
        if is_percent and not ZERO <= low < high <= ONE:
            what = f"{plain(100 * low)}% to {plain(100 * high)}% leaves 0% to 100%"
            raise KplanError(f"{what}; what is no share is written without %, such as [0.9, 1.5]")
        return cls(low, high, is_percent)

    def around(self, value: Decimal, within: tuple[Decimal, Decimal] | None) -> Between:
        """The same with its median, and the bounds: those stated; else [0, 1] of a share and 0 of a
        positive number.

        Raises KplanError where the three do not ascend strictly within the bounds.
        """
        ends = f"P10, {plain(self.low)}, and P90, {plain(self.high)}"
        if not self.low < value < self.high:
            raise KplanError(f"the value, {plain(value)}, must lie between {ends}")
        floor, ceiling = within or self._bounds()
        is_inside = (floor is None or floor < self.low) and (ceiling is None or self.high < ceiling)
        if not is_inside:
            bounds = f"above {floor}" if ceiling is None else f"between {floor} and {ceiling}"
            raise KplanError(f"{ends}, must lie {bounds}: a tenth of the draws lies beyond each")
        return replace(self, value=value, floor=floor, ceiling=ceiling)

    def _bounds(self) -> tuple[Decimal | None, Decimal | None]:
        if self.is_percent or ZERO <= self.low < self.high <= ONE:
            return ZERO, ONE
        return (ZERO if self.low >= 0 else None), None

    def quantiles(self, p: Array) -> Array:
        """Through P10, P50 and P90, ever ascending, within the bounds."""
        import numpy as np
        from scipy.special import ndtr, ndtri

        z = ndtri(p)
        points = np.array([float(self.low), float(self.value), float(self.high)])
        floor, ceiling = (inf if each is None else float(each) for each in (self.floor, self.ceiling))
        if self.floor is None:
            return _bent(points, z)
        if self.ceiling is None:
            return floor + np.exp(_log_bent(np.log(points - floor), z))
        scale = ceiling - floor
        return floor + scale * ndtr(_bent(ndtri((points - floor) / scale), z))


def _bent(points: Array, z: Array) -> Array:
    """The quantile xi + lambda sinh(delta (z + n c)): J-QPD-B before its bounds are laid on."""
    low, middle, high = map(float, points)
    short = min(middle - low, high - middle)
    if (side := _longer(low, middle, high)) == 0:
        return middle + (high - low) / (2 * _Z90) * z
    import numpy as np

    delta = acosh((high - low) / (2 * short)) / _Z90
    start = low if side > 0 else high
    return start + (high - low) / sinh(2 * delta * _Z90) * np.sinh(delta * (z + side * _Z90))


def _log_bent(points: Array, z: Array) -> Array:
    """The logarithm of J-QPD-S: ln theta + lambda sinh(asinh(delta z) + asinh(n c delta))."""
    low, middle, high = map(float, points)
    short = min(middle - low, high - middle)
    if (side := _longer(low, middle, high)) == 0:
        return middle + (high - low) / (2 * _Z90) * z
    import numpy as np

    delta = sinh(acosh((high - low) / (2 * short))) / _Z90
    start = low if side > 0 else high
    return start + short / (delta * _Z90) * np.sinh(np.arcsinh(delta * z) + asinh(side * _Z90 * delta))


def _longer(low: float, middle: float, high: float) -> int:
    """1 where the upper side is longer, -1 where the lower one is, 0 where both are alike."""
    tilt = low + high - 2 * middle
    return 0 if abs(tilt) <= _EVEN * (high - low) else 1 if tilt > 0 else -1


BetweenField = Annotated[Between | None, *as_list(Between, 2)]
