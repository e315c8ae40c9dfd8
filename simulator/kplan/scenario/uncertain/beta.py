"""A rate of which so many trials passed and so many failed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self

from kplan.errors import KplanError
from kplan.money import plain
from kplan.scenario.uncertain.spread import Array, Spread, as_list, listed


@dataclass(frozen=True, slots=True)
class Beta(Spread):
    """What counts say of a rate: Beta(passed + 1/2, failed + 1/2).

    That is the posterior under Jeffreys' prior, proper even where nothing passed or nothing failed.
    Source: Brown, Cai & DasGupta, Interval Estimation for a Binomial Proportion, Statistical Science
    16(2), 2001, section 4.3.
    """

    passed: Decimal
    failed: Decimal
    example = "[12, 138]"

    @classmethod
    def of(cls, written: object) -> Self:
        """From `[passed, failed]`."""
        passed, failed = listed(written, ("passed", "failed"), cls.example)
        if passed < 0 or failed < 0 or not passed + failed:
            raise KplanError(
                f"counts of trials are expected, [passed, failed], not [{plain(passed)}, {plain(failed)}]"
            )
        return cls(passed, failed)

    def quantiles(self, p: Array) -> Array:
        """The inverse of the regularised incomplete beta function."""
        from scipy.special import betaincinv

        return betaincinv(float(self.passed) + 0.5, float(self.failed) + 0.5, p)


BetaField = Annotated[Beta | None, *as_list(Beta, 2)]
