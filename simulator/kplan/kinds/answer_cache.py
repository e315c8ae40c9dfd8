"""`answer_cache`: earlier answers served again, behind gates that every query pays for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Literal

from pydantic import Field

from kplan.form.expressions import Apply, Expression, Number
from kplan.kinds.block import Block, Inside
from kplan.kinds.fields import Share, Words
from kplan.kinds.primitives import Primitive, Sequence, taken
from kplan.money import ONE, ZERO, plain, quotient, rounded


class AnswerCache(Block):
    """Gates that all queries pass, then on a miss the block's other stages.

    A hit is served from the cache, but for the share that is refreshed: the sources have changed since, or
    the answer is due. Misses are then 1 - hits x (1 - refresh). Gates cost the same on a hit and a miss.
    Source of the terms: GroundedCache, arXiv 2605.27494: answer hit rate, unsafe serve rate.
    """

    parts = ("chance", "hits", "refresh", "unsafe")
    by_stage = ("gates",)
    needed = ("hits",)

    kind: Literal["answer_cache"] = Field(description="Answers served again; its stages run on a miss.")
    hits: Share | None = Field(None, description="Share of the queries that find an answer, 0 to 1.")
    gates: Words = Field((), description="Stages of the block that look for it, run for every query.")
    refresh: Share = Field(
        Number(ZERO), description="Share of the hits that are worked out anew all the same, as on drift."
    )
    unsafe: Share = Field(
        Number(ZERO), description="Share of all queries that are served a wrong answer from the cache."
    )

    def arrange(self, inside: Inside) -> Primitive:
        """The gates, then a branch."""
        gates = tuple(inside[name] for name in self.gates)
        rest = Sequence(tuple(body for name, body in inside.items() if name not in self.gates))
        return Sequence((*gates, taken(self.misses(), rest)))

    def served_wrong(self) -> Expression | None:
        """Answers that the cache serves and that are wrong."""
        return self.unsafe

    def notes(self, name: str) -> Iterator[str]:
        """How much of what it serves is wrong, where that is said in numbers."""
        if isinstance(self.unsafe, Number) and self.unsafe.value and isinstance(self.hits, Number):
            fresh = self.refresh.value if isinstance(self.refresh, Number) else ZERO
            served = self.hits.value * (ONE - fresh)
            if served:
                wrong = quotient(100 * self.unsafe.value, served)
                said = f"{plain(rounded(wrong, 1))}% of the answers that it serves are wrong"
                yield f"{name}: {said}: {_percent(self.unsafe.value)} of {_percent(served)}"

    def wrong(self, inside: Collection[str]) -> Iterator[tuple[str, str]]:  # noqa: ARG002 -- of its own shares
        """No more can be wrong than is served, where that is said in numbers."""
        said = (self.unsafe, self.hits, self.refresh)
        if all(isinstance(each, Number) for each in said):
            unsafe, hits, fresh = (each.value for each in said if isinstance(each, Number))
            if unsafe > (served := hits * (ONE - fresh)):
                yield "unsafe", f"{_percent(unsafe)} of the queries, where only {_percent(served)} are served"

    def misses(self) -> Expression:
        """Share of the queries that the other stages run for."""
        if self.hits is None:
            raise ValueError("an answer cache without hits cannot be expanded")
        served: Expression = self.hits
        if self.refresh != Number(ZERO):
            served = Apply("multiply", (served, Apply("subtract", (Number(ONE), self.refresh))))
        return Apply("subtract", (Number(ONE), served))


def _percent(share: Decimal) -> str:
    return f"{plain(rounded(100 * share, 1))}%"
