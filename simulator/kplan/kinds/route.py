"""`route`: each query takes one of several ways, by share or as a classifier tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import Field

from kplan.form.expressions import Apply, Expression
from kplan.kinds.block import Block, Inside
from kplan.kinds.fields import Share
from kplan.kinds.primitives import Branch, Primitive
from kplan.kinds.primitives import Sequence as Steps


class Route(Block):
    """One of the block's stages for each query, behind a classifier if there is one.

    With `confusion` the shares say what queries are, and P(way) = sum over what they are of
    share x P(told to be that way): the law of total probability.
    """

    parts = ("chance", "shares", "confusion")
    by_stage = ("shares", "classifier", "confusion")
    wholes = ("shares", "confusion")

    kind: Literal["route"] = Field(description="One of several ways, by share.")
    shares: dict[str, Share] = Field(
        {}, description="Share of the queries for each way: {small: 70%, large: 30%}; they add to 1."
    )
    classifier: str | None = Field(
        None, description="Stage of the block that runs first, for every query, and tells the way."
    )
    confusion: dict[str, dict[str, Share]] = Field(
        {},
        description="Where the classifier errs: for each way that is right, the shares sent each way.",
    )

    def arrange(self, inside: Inside) -> Primitive:
        """The classifier, then a branch."""
        ways = {name: body for name, body in inside.items() if name != self.classifier}
        shares = self.taken()
        branch = Branch(tuple((shares[name], body) for name, body in ways.items()), None)
        return branch if self.classifier is None else Steps((inside[self.classifier], branch))

    def wrong(self, inside: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Every way but the classifier has a share, and every share that errs is told where it goes."""
        for name in inside:
            if name not in self.shares and name != self.classifier:
                yield "shares", f"no share for stage `{name}`; the shares add up to 1"
        if self.classifier in self.shares:
            yield f"shares.{self.classifier}", "the classifier runs for every query; it is no way"
        if not self.confusion:
            return
        for name in self.shares:
            if name not in self.confusion:
                yield "confusion", f"nothing said of queries for which `{name}` is right"
        for right, row in self.confusion.items():
            for way in row:
                if way not in self.shares:
                    yield (
                        f"confusion.{right}.{way}",
                        f"`{way}` is no way of the route: none may be sent there",
                    )

    def taken(self) -> Mapping[str, Expression]:
        """Share of the queries that takes each way, the classifier's errors counted."""
        return {way: self._told(way) for way in self.shares}

    def _told(self, way: str) -> Expression:
        if not self.confusion:
            return self.shares[way]
        told = [
            Apply("multiply", (share, row[way]))
            for right, share in self.shares.items()
            if way in (row := self.confusion[right])
        ]
        total: Expression = told[0]
        for each in told[1:]:
            total = Apply("add", (total, each))
        return total
