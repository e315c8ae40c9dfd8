"""What every stage kind has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from kplan.kinds.choice import Shares
from kplan.kinds.primitives import Primitive


class Stage(BaseModel, ABC):
    """A step of the pipeline, as the user writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    needed: ClassVar[tuple[str, ...]] = ()
    """Fields that must be known, said or taken from a stage like it, before the stage can be priced."""
    copied: ClassVar[tuple[str, ...]] = ()
    """Fields that `like` copies from another stage where this one does not say them."""
    parts: ClassVar[tuple[str, ...]] = ()
    """Fields that hold a part of a whole [0..1]; all other expressions are counts, 0 or more."""

    kind: str
    after: str | None = Field(None, description="Stage this one comes after; without it, the last.")
    like: str | None = Field(
        None,
        description="Stage whose tokens, calls, retries and mode fill in what is not said; not its chance.",
    )

    @abstractmethod
    def expand(self, models: Shares) -> Primitive:
        """The stage as primitives, calling these models."""
