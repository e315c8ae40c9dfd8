"""`parallel`: stages that run at the same time."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kplan.kinds.block import Block, Inside
from kplan.kinds.primitives import Parallel as Together
from kplan.kinds.primitives import Primitive


class Parallel(Block):
    """Arms that start together; the query goes on when the slowest is done. The cost is that of all."""

    kind: Literal["parallel"] = Field(description="Stages that run at the same time; latency is the longest.")

    def arrange(self, inside: Inside) -> Primitive:
        """Each stage is an arm."""
        return Together(tuple(inside.values()))
