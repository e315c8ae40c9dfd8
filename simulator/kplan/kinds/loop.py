"""`loop`: turns of an agent or a chat, with a context that grows from turn to turn."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from kplan.form.expressions import Expression, Number
from kplan.kinds.block import Block, Inside
from kplan.kinds.fields import Amount, Flag, Share
from kplan.kinds.primitives import Branch, Context, Primitive, Repeat, Sequence
from kplan.money import ZERO

MOST_TURNS = 400
"""Turns that one loop may take: each is priced on its own."""


class Loop(Block):
    """The block's stages turn after turn, each call reading all that the turns before it left.

    Turn t of n reads S + (t - 1)(u + a) + u tokens where every turn adds u of input and a of output, so that
    a query reads n S + u n(n + 1)/2 + a n(n - 1)/2: the cost grows with the square of the turns.
    """

    either = ("turns", "stop", "spread")
    parts = ("chance", "stop", "spread")
    wholes = ("spread",)
    at_most: ClassVar[Mapping[str, int]] = {"turns": MOST_TURNS}
    units: ClassVar[Mapping[str, str]] = {"turns": "turns", "context": "tokens"}

    kind: Literal["loop"] = Field(description="Turns of an agent or a chat; its context grows.")
    turns: Amount | None = Field(None, description="Turns of a query; a fraction is the chance of one more.")
    stop: Share | None = Field(None, description="Instead: chance after each turn that it was the last one.")
    spread: dict[str, Share] = Field(
        {}, description="Instead: share of the queries by number of turns, {2: 50%, 5: 30%, 9: 20%}."
    )
    most: int | None = Field(
        None, ge=1, le=MOST_TURNS, description="At most so many turns; needed with `stop`."
    )
    context: Amount = Field(
        Number(ZERO), description="Tokens that every call reads first: system prompt, tool schemas."
    )
    cache: Literal["5m", "1h"] | None = Field(
        None, description="How long the provider keeps the context of the turns before: 5m or 1h."
    )
    grows: Flag = Field(
        True, description="false where turns know nothing of one another, nor of the context."
    )

    @classmethod
    def lacks(cls, said: Collection[str]) -> tuple[str, ...]:
        """One of the three says how many turns."""
        return () if any(name in said for name in cls.either) else cls.either[:1]

    @model_validator(mode="after")
    def _is_bounded(self) -> Loop:
        said = [name for name in self.either if getattr(self, name)]
        if len(said) > 1:
            raise PydanticCustomError("kplan", f"say either {' or '.join(said)}, not both")
        if self.stop is not None and self.most is None:
            raise PydanticCustomError("kplan", "`stop` needs `most`: turns that no query goes beyond")
        if self.spread and self.most is not None:
            raise PydanticCustomError("kplan", "`spread` says itself how many turns there are at most")
        wrong = [n for n in self.spread if not (n.isascii() and n.isdigit()) or int(n) > MOST_TURNS]
        if wrong:
            what = f"`{wrong[0]}` turns: a whole number up to {MOST_TURNS} is expected"
            raise PydanticCustomError("kplan", "{what}", {"what": what})
        return self

    @property
    def carries(self) -> str | None:
        """Its context, unless the turns know nothing of one another."""
        return (self.cache or "") if self.grows else None

    def arrange(self, inside: Inside) -> Primitive:
        """The turns, in a context of their own."""
        body = self._turns(Sequence(tuple(inside.values())))
        return Context(self.context, body, self.cache or "") if self.grows else body

    def _turns(self, turn: Primitive) -> Primitive:
        if self.spread:
            return Branch(
                tuple(
                    (share, self._times(turn, Number(Decimal(n)), int(n))) for n, share in self.spread.items()
                ),
                None,
            )
        if self.stop is not None:
            return Repeat(turn, stop=self.stop, most=self.most)
        if self.turns is None:
            raise ValueError("a loop without turns cannot be expanded")
        return self._times(turn, self.turns, self.most)

    def _times(self, turn: Primitive, times: Expression, most: int | None) -> Primitive:
        return Repeat(turn, times, most=most)
