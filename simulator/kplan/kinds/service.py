"""What the kinds have in common that run on a service of their own, not on the designs' chat models."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from pydantic import Field

from kplan.form.expressions import Expression, Number, parse, substituted
from kplan.kinds.choice import Shares
from kplan.kinds.fields import Drawn, Mode, Models, Share
from kplan.kinds.primitives import Charge, Primitive, repeated
from kplan.kinds.stage import RunsOn, Stage
from kplan.kinds.usage import Usage
from kplan.money import ONE, ZERO
from kplan.prices.sizes import RULES

REPEATED = ("calls", "retries", "mode", "region")
"""Fields of every service that `like` copies."""


class Service(Stage):
    """A step that a service does, at prices of its own in the book."""

    runs_on = RunsOn.SERVICE
    parts = ("retries", "chance")

    model: Models | None = Field(
        None, description="The service as the price book names it; a design's default never replaces it."
    )
    chance: Share | None = Field(None, description="Share of the queries that visit the stage, 0 to 1.")
    calls: Drawn = Field(Number(ONE), description="Calls per visit: `expansions` for one each.")
    retries: Share = Field(Number(ZERO), description="Share of the calls made once more, 0 to 1.")
    mode: Mode | None = Field(None, description="Service tier of this stage, such as batch.")
    region: str | None = Field(None, description="Where this stage runs, such as eu.")

    @abstractmethod
    def billed(self) -> Mapping[str, Expression]:
        """Units of each meter in one call."""

    def expand(self, models: Shares) -> Primitive:
        """A visit as primitives."""
        charge = Charge(models, self.mode or "", self.region or "", Usage(self.billed()))
        return repeated(self.calls, self.retries, charge)


def by_rule(rule: str, **sizes: Expression) -> Expression:
    """The units that sizes are billed as by a rule of `prices.sizes`, as arithmetic over the same params."""
    return substituted(parse(RULES[rule].formula), sizes)


def known(amount: Expression | None) -> Expression:
    """A field that `needed` lists, once the stage is whole; raises ValueError before."""
    if amount is None:
        raise ValueError("a stage without its amounts cannot be expanded")
    return amount
