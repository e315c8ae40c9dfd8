"""`call`: one or more requests to a model, each time the stage is visited."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kplan.form.expressions import Apply, Expression, Number
from kplan.kinds.choice import Shares
from kplan.kinds.fields import Amount, Mode, Models, Share
from kplan.kinds.primitives import Branch, Charge, Primitive, Repeat
from kplan.kinds.stage import Stage
from kplan.money import ONE, ZERO


class ModelCall(Stage):
    """What kinds that call a chat model have in common."""

    needed = ("input", "output")
    copied = ("input", "output", "cached", "calls", "retries", "mode", "region")
    parts = ("cached", "retries", "chance")

    input: Amount | None = Field(None, description="Input tokens of one call, cached ones included.")
    output: Amount | None = Field(None, description="Output tokens of one call, reasoning included.")
    cached: Share = Field(Number(ZERO), description="Share of the input read from the prompt cache, 0 to 1.")
    calls: Amount = Field(
        Number(ONE), description="Calls per visit: 2 for an ensemble, `chunks` for one each."
    )
    retries: Share = Field(Number(ZERO), description="Share of the calls made once more, 0 to 1.")
    model: Models | None = Field(None, description="A pin: designs keep it unless they name the stage.")
    mode: Mode | None = Field(None, description="Service tier of this stage, such as batch.")
    region: str | None = Field(None, description="Where this stage runs, such as eu.")

    def expanded(self, chance: Expression, models: Shares) -> Primitive:
        """Branch(chance) of Repeat(calls x (1 + retries)) of one Charge."""
        if self.input is None or self.output is None:
            raise ValueError("a stage without input or output cannot be expanded")
        charge = Charge(models, self.mode or "", self.region or "", self.input, self.cached, self.output)
        return Branch(chance, Repeat(self._times(), charge))

    def _times(self) -> Expression:
        if self.retries == Number(ZERO):
            return self.calls
        return Apply("multiply", (self.calls, Apply("add", (Number(ONE), self.retries))))


class Call(ModelCall):
    """Calls to a model."""

    kind: Literal["call"] = Field("call", description="Requests to a model; the default kind.")
    chance: Share | None = Field(None, description="Share of the queries that visit the stage, 0 to 1.")

    def expand(self, models: Shares) -> Primitive:
        """The stage as primitives; without a chance every query visits it."""
        return self.expanded(Number(ONE) if self.chance is None else self.chance, models)
