"""`second_pass`: a stage that only some queries take, after another one or once more like it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from kplan.kinds.call import ModelCall
from kplan.kinds.fields import Share


class SecondPass(ModelCall):
    """Calls to a model that a share of the queries takes."""

    kind: Literal["second_pass"] = Field(description="A call that only some queries take.")
    chance: Share = Field(description="Share of the queries that take the second pass, 0 to 1.")

    @model_validator(mode="after")
    def _has_a_first_pass(self) -> SecondPass:
        if self.after is None and self.like is None:
            raise PydanticCustomError(
                "kplan", "a second_pass must say what it follows: add `after: STAGE` or `like: STAGE`"
            )
        return self
