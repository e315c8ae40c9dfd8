"""What the kinds have in common that hold other stages."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field, WithJsonSchema

from kplan.kinds.choice import Shares
from kplan.kinds.fields import Share
from kplan.kinds.primitives import Primitive
from kplan.kinds.stage import RunsOn, Stage

Inside = Mapping[str, Primitive]
"""The stages of a block by name, in order, as what a query does in them."""

A_STAGE = {"$comment": "a stage of any kind"}
"""What stands in a block's own JSON schema for that of its stages, which would hold itself."""


class Block(Stage):
    """A stage that holds stages and says how a query goes through them.

    Names of stages are unique over the whole pipeline, so that designs and classes call each by its name
    alone. When a file is read, the `stages` of a block are laid beside it, each with `inside: BLOCK`.
    """

    runs_on = RunsOn.NOTHING
    parts: ClassVar[tuple[str, ...]] = ("chance",)
    per_document: ClassVar[bool] = False
    """Whether documents go through it, in numbers of its own, and not queries."""
    by_stage: ClassVar[tuple[str, ...]] = ()
    """Fields whose keys are names of the block's own stages."""
    wholes: ClassVar[tuple[str, ...]] = ()
    """Fields whose values are the parts of one whole, and so add up to 1."""

    stages: Annotated[dict[str, Any], WithJsonSchema({"type": "object", "additionalProperties": A_STAGE})] = (
        Field({}, description="The block's own stages, in order.")
    )
    chance: Share | None = Field(None, description="Share of the queries that visit the stage, 0 to 1.")

    @abstractmethod
    def arrange(self, inside: Inside) -> Primitive:
        """The block as primitives around those of its stages."""

    @property
    def carries(self) -> str | None:
        """Whether calls inside read what those before them left: how long providers keep that, "" for not
        at all; None where they do not.
        """
        return None

    def wrong(self, inside: Sequence[str]) -> Iterator[tuple[str, str]]:  # noqa: ARG002 -- for its kinds
        """What is wrong with the block, given the names of its stages: the field, and what to say."""
        yield from ()

    def expand(self, models: Shares) -> Primitive:  # noqa: ARG002 -- its stages run on models
        """Not without its stages."""
        raise TypeError("a block is arranged around its stages")
