"""Laws of times by mean and variability: of service, of the gaps between arrivals, of a call's tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import log, sqrt
from types import MappingProxyType

import numpy as np
from msgspec import Struct

from kplan.errors import KplanError
from kplan.form.arrays import Array

Draw = Callable[[np.random.Generator, int, float], Array]
"""A new array of draws of mean 1: from a generator, how many, and their squared coefficient of variation."""


def _gamma(rng: np.random.Generator, n: int, scv: float) -> Array:
    if scv == 0:
        return np.ones(n)
    if scv == 1:
        return rng.standard_exponential(n)
    return rng.standard_gamma(1 / scv, n) * scv


def _lognormal(rng: np.random.Generator, n: int, scv: float) -> Array:
    sigma = sqrt(log(1 + scv))
    return np.asarray(np.exp(sigma * rng.standard_normal(n) - sigma**2 / 2))


def _hyperexponential(rng: np.random.Generator, n: int, scv: float) -> Array:
    """Two exponentials with balanced means: each phase carries half of the mean.

    Source: Whitt, Approximating a point process by a renewal process, I, Oper. Res. 30 (1982).
    """
    often = (1 + sqrt((scv - 1) / (scv + 1))) / 2
    means = np.where(rng.random(n) < often, 1 / (2 * often), 1 / (2 * (1 - often)))
    return np.asarray(rng.standard_exponential(n) * means)


FAMILIES: Mapping[str, Draw] = MappingProxyType(
    {"gamma": _gamma, "lognormal": _lognormal, "hyperexponential": _hyperexponential}
)
"""A family of laws is one function and one line here. Gamma is constant at scv 0, exponential at scv 1."""


class Law(Struct, frozen=True):
    """Times of a mean and a variability.

    mean    above 0 [s, or whatever is drawn]
    scv     variance / mean^2, 0 or more; 0 is constant, 1 that of the exponential law
    family  a name of FAMILIES; hyperexponential from scv 1 on only
    Raises KplanError for anything else.
    """

    mean: float
    scv: float = 1.0
    family: str = "gamma"

    def __post_init__(self) -> None:
        if not 0 < self.mean < float("inf"):
            raise KplanError(f"a mean of {self.mean:g}; it has to be above 0")
        if not 0 <= self.scv < float("inf"):
            raise KplanError(f"a squared coefficient of variation of {self.scv:g}; it is 0 or more")
        if self.family not in FAMILIES:
            raise KplanError(f"no family {self.family!r}; there are {', '.join(FAMILIES)}")
        if self.family == "hyperexponential" and self.scv < 1:
            raise KplanError(f"hyperexponential times have an scv of 1 or more, not {self.scv:g}")

    @property
    def is_constant(self) -> bool:
        """Whether all draws are the mean."""
        return self.scv == 0

    @property
    def is_exponential(self) -> bool:
        """Whether it forgets: what is left does not depend on what has passed."""
        return self.scv == 1 and self.family != "lognormal"

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Independent draws, shape (n,)."""
        drawn = FAMILIES[self.family](rng, n, self.scv)
        drawn *= self.mean
        return drawn


class Empirical(Struct, frozen=True):
    """Times as they were measured, each as likely as any other.

    times   0 or more, not all 0, shape (m,)
    Raises KplanError for anything else.
    """

    times: Array

    def __post_init__(self) -> None:
        times = self.times
        if times.ndim != 1 or not np.isfinite(times).all() or (times < 0).any() or not times.any():
            raise KplanError("measured times have to be numbers, 0 or more, and not all 0")

    @property
    def mean(self) -> float:
        """Their mean."""
        return float(self.times.mean())

    @property
    def scv(self) -> float:
        """Their variance over their squared mean."""
        return float(self.times.var()) / self.mean**2

    @property
    def is_constant(self) -> bool:
        """Whether all are the same."""
        return bool((self.times == self.times[0]).all())

    @property
    def is_exponential(self) -> bool:
        """Never: a sample is no law."""
        return False

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Independent draws with replacement, shape (n,)."""
        return self.times[rng.integers(0, self.times.size, n)]
