"""`steps`: stages one after the other, as one."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kplan.kinds.block import Block, Inside
from kplan.kinds.primitives import Primitive, Sequence


class Steps(Block):
    """Several stages where one is expected: a way of a route, an arm, a stage with one chance for all."""

    kind: Literal["steps"] = Field(description="Stages one after the other.")

    def arrange(self, inside: Inside) -> Primitive:
        """In the order written."""
        return Sequence(tuple(inside.values()))
