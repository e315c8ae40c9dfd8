"""`fallback`: stages of which the next one is used when the one before fails."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar, Literal

from pydantic import Field

from kplan.form.expressions import Expression, Number
from kplan.kinds.block import Block, Inside
from kplan.kinds.fields import Seconds, Share, Words
from kplan.kinds.primitives import Catch, Fail, Primitive, Sequence, Wait, taken
from kplan.money import ZERO


class Fallback(Block):
    """The block's stages in order, until one of them answers and its answer is taken.

    Expected cost = sum of c_i x P(all before failed), with chances given that those before failed. An
    `outage` hits several stages together: it makes their failures depend on each other, as one provider's
    do. Where all fail the block fails, and the query stops unless a block around it goes on.
    """

    parts = ("chance", "fails", "rejected", "outage")
    by_stage = ("fails", "rejected", "outage_of")
    units: ClassVar[Mapping[str, str]] = {"timeout": "seconds"}

    kind: Literal["fallback"] = Field(description="Its stages in order, until one of them answers.")
    fails: dict[str, Share] = Field(
        {}, description="Chance that a stage cannot be reached, which bills nothing: {first: 0.5%}."
    )
    rejected: dict[str, Share] = Field(
        {}, description="Share of a stage's answers that are not good enough: they are billed all the same."
    )
    timeout: Seconds = Field(Number(ZERO), description="Time lost with a stage that cannot be reached.")
    outage: Share = Field(
        Number(ZERO), description="Chance that all stages of `outage_of` are out of reach together."
    )
    outage_of: Words = Field((), description="Stages that go down together, such as those of one provider.")

    def arrange(self, inside: Inside) -> Primitive:
        """Each stage catches the failure of the one before; an outage is one more way."""
        usual = self._chain(inside, down=())
        if self.outage == Number(ZERO):
            return usual
        return taken(self.outage, self._chain(inside, down=self.outage_of), usual)

    def wrong(self, inside: Collection[str]) -> Iterator[tuple[str, str]]:
        """An outage is one of some stages; of none it would count for nothing."""
        if self.outage != Number(ZERO) and not self.outage_of:
            yield "outage", f"an outage of what? `outage_of: [...]` names some of {', '.join(inside)}"

    def _chain(self, inside: Inside, down: tuple[str, ...]) -> Primitive:
        *first, last = (self._tried(name, body, name in down) for name, body in inside.items())
        chain = last
        for each in reversed(first):
            chain = Catch(each, chain)
        return chain

    def _tried(self, name: str, body: Primitive, is_down: bool) -> Primitive:
        unreachable = Sequence((Wait(self.timeout), Fail()))
        if is_down:
            return unreachable
        rejected, fails = self._chance(self.rejected, name), self._chance(self.fails, name)
        answered = body if rejected is None else Sequence((body, taken(rejected, Fail())))
        return answered if fails is None else taken(fails, unreachable, answered)

    def _chance(self, said: dict[str, Expression], name: str) -> Expression | None:
        chance = said.get(name)
        return None if chance == Number(ZERO) else chance
