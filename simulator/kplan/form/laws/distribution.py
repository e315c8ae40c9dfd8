"""What every family of distributions can tell: its quantiles, and the parts of its moments below a value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Context, Decimal
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kplan.form.law import Law

Array = NDArray[np.float64]

_DIGITS = Context(prec=13)
"""What a number computed in float64 keeps, so that every machine prints the same."""
_SCORE = 8.0
"""Normal scores beyond which too little lies to matter: 6e-16 on either side."""


def settled(value: float) -> Decimal:
    """A number computed in float64 as a Decimal: whole ones exactly, others to 13 significant digits."""
    whole = Decimal(value)
    is_exact = value == int(value) and abs(value) < 2**53
    return whole if is_exact else _DIGITS.create_decimal(whole).normalize()


class Distribution(Law, ABC):
    """A law to compute with, in float64."""

    @abstractmethod
    def partial(self, power: int, x: Array) -> Array:
        """E[X^power; X <= x], any shape; power 0 is the probability of X <= x."""

    @abstractmethod
    def ppf(self, u: Array) -> Array:
        """The amount below which a share u [0..1] of the draws lie, any shape."""

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Independent draws, shape (n,)."""
        return self.ppf(rng.random(n))

    @property
    def high(self) -> float:
        """Largest amount; infinite where there is none."""
        return float("inf") if self.most is None else float(self.most)

    def cells(self, n: int) -> tuple[Array, Array]:
        """At most n points with weights in place of the law, shapes (m,): each the mean of its cell.

        The cells are alike in width on the scale of a normal score. Total and mean are kept, whatever n.
        """
        from scipy.special import ndtr

        inner = self.ppf(ndtr(np.linspace(-_SCORE, _SCORE, n + 1))[1:-1])
        edges = np.concatenate([[-1.0], inner, [self.high]])
        weights = np.diff(self.partial(0, edges))
        sums = np.diff(self.partial(1, edges))
        held = weights > 0
        return sums[held] / weights[held], weights[held]


class Family(Distribution, ABC):
    """A distribution that is given by a few numbers."""

    family: ClassVar[str]
    ways: ClassVar[tuple[tuple[str, ...], ...]]
    """The sets of numbers by which it may be given; the first is the usual one."""

    @classmethod
    @abstractmethod
    def of(cls, given: dict[str, Decimal], said: str) -> Family:
        """The law with these numbers; raises KplanError where there is none."""
