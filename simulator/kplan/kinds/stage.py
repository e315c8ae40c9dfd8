"""What every stage kind has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from kplan.form.expressions import Expression
from kplan.kinds.choice import Shares
from kplan.kinds.fields import Amount, Seconds
from kplan.kinds.primitives import Carry, Primitive, Sequence, Wait


class RunsOn(StrEnum):
    """What does the work of a stage: that says which designs choose for it."""

    CHAT = "chat"
    """A chat model: a design's default, and one-model designs, choose it."""
    SERVICE = "service"
    """A service of its own, named where the stage is, or by a design that names the stage."""
    NOTHING = "nothing"
    """Nothing that is billed."""


class Stage(BaseModel, ABC):
    """A step of the pipeline, as the user writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    runs_on: ClassVar[RunsOn]
    needed: ClassVar[tuple[str, ...]] = ()
    """Fields that must be known, said or taken from a stage like it, before the stage can be priced."""
    either: ClassVar[tuple[str, ...]] = ()
    """Fields of which one stands in place of the others, also of those said in lower layers."""
    copied: ClassVar[tuple[str, ...]] = ()
    """Fields that `like` copies from another stage where this one does not say them."""
    parts: ClassVar[tuple[str, ...]] = ()
    """Fields that hold a part of a whole [0..1]; all other expressions are counts, 0 or more."""
    at_most: ClassVar[Mapping[str, int]] = MappingProxyType({})
    """Fields that hold a count with the most that it may come to."""
    units: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Unit of each field that holds a count, as it stands beside it: input -> `tokens per call`."""
    said_by: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Meter -> the field that says how much of it is used, where they differ in name."""

    by_month: ClassVar[bool] = False
    """Whether it is billed by the month for what there is, and so has no place on the way of a query."""

    kind: str
    after: str | None = Field(None, description="Stage this one comes after; without it, the last.")
    like: str | None = Field(
        None,
        description="Stage whose tokens, calls, retries and mode fill in what is not said; not its chance.",
    )

    inside: str | None = Field(
        None, description="Block that the stage is part of; what stands in a block's `stages` is part of it."
    )
    takes: Seconds | None = Field(
        None, description="Time a visit takes besides its model's: 300ms, 2s, 5m; a plain number is seconds."
    )
    adds: Amount | None = Field(
        None,
        description="Tokens that a visit leaves in the context of the loop around it; calls leave their input"
        " and visible output by themselves.",
    )

    @classmethod
    def lacks(cls, said: Collection[str]) -> tuple[str, ...]:
        """The fields that are missing where only these are said."""
        return tuple(name for name in cls.needed if name not in said)

    def served_wrong(self) -> Expression | None:
        """Share of its visits that end with a wrong answer of its own making; none where it makes none."""
        return None

    def notes(self, name: str) -> Iterator[str]:  # noqa: ARG002 -- for its kinds
        """What a reader of the results should know of the stage, besides what they say."""
        yield from ()

    def wrong_in(self, context: str | None) -> Iterator[tuple[str, str]]:  # noqa: ARG002 -- for its kinds
        """What it may not say in a context that is carried from call to call: the field, and what to say.

        context   how long providers keep it, "" for not at all; None where the stage stands in none
        """
        yield from ()

    @abstractmethod
    def expand(self, models: Shares) -> Primitive:
        """What a visit does, as primitives, calling these models."""

    def visited(self, models: Shares) -> Primitive:
        """A whole visit: what it does, what it leaves in the context, and the time it takes."""
        left = () if self.adds is None else (Carry(self.adds),)
        time = () if self.takes is None else (Wait(self.takes),)
        body = self.expand(models)
        return Sequence((body, *left, *time)) if left or time else body
