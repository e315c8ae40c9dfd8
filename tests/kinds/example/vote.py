"""`vote`: several models answer, and a judge is asked where they disagree."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kplan.form.expressions import Apply, Number
from kplan.kinds.block import Block, Inside
from kplan.kinds.fields import Share
from kplan.kinds.primitives import Parallel, Primitive, Sequence, taken
from kplan.money import ONE


class Vote(Block):
    """The block's stages at the same time, but for the judge, whom only disagreement brings in."""

    parts = ("chance", "agree")
    by_stage = ("judge",)
    needed = ("agree", "judge")

    kind: Literal["vote"] = Field(description="Several answers, and a judge where they differ.")
    agree: Share | None = Field(None, description="Share of the queries on which all answers agree.")
    judge: str | None = Field(None, description="Stage of the block that decides between the answers.")

    def arrange(self, inside: Inside) -> Primitive:
        """The voters, then the judge with what is left of 1."""
        voters = Parallel(tuple(body for name, body in inside.items() if name != self.judge))
        differ = Apply("subtract", (Number(ONE), self.agree or Number(ONE)))
        return Sequence((voters, taken(differ, inside[self.judge or ""])))
