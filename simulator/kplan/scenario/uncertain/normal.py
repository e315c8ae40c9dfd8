"""The normal distribution, by its mean and standard deviation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self

from kplan.errors import KplanError
from kplan.money import plain
from kplan.scenario.uncertain.spread import Array, Spread, as_map, mapped


@dataclass(frozen=True, slots=True)
class Normal(Spread):
    """Normal; it has no bounds, and draws that make no sense are told as errors."""

    mean: Decimal
    sd: Decimal
    example = "{mean: 450, sd: 60}"

    @classmethod
    def of(cls, written: object) -> Self:
        """From `{mean: .., sd: ..}`."""
        said = mapped(written, ("mean", "sd"), cls.example)
        if len(said) < 2:
            raise KplanError(f"`mean` and `sd` are both needed, such as {cls.example}")
        if said["sd"] <= 0:
            raise KplanError(f"the standard deviation, {plain(said['sd'])}, must be above 0")
        return cls(said["mean"], said["sd"])

    def quantiles(self, p: Array) -> Array:
        """The mean + sd x the standard normal quantile."""
        from scipy.special import ndtri

        return float(self.mean) + float(self.sd) * ndtri(p)


NormalField = Annotated[Normal | None, *as_map(Normal, "mean", "sd")]
