"""`code`: a step of one's own program, which nobody bills."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kplan.kinds.choice import Shares
from kplan.kinds.fields import Share
from kplan.kinds.primitives import NOTHING, Primitive
from kplan.kinds.stage import RunsOn, Stage


class Code(Stage):
    """A deterministic step: a template, a lookup, a citation made by rule."""

    runs_on = RunsOn.NOTHING
    parts = ("chance",)

    kind: Literal["code"] = Field(description="A step of your own program; it costs nothing.")
    chance: Share | None = Field(None, description="Share of the queries that visit the stage, 0 to 1.")

    def expand(self, models: Shares) -> Primitive:  # noqa: ARG002 -- it runs on none
        """Nothing that is billed."""
        return NOTHING
