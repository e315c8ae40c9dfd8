"""`bundles`: for each query the strategy of most utility, as a router guesses it before any has run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from kplan.errors import KplanError
from kplan.form.expressions import Apply, Expression, Number
from kplan.form.numbers import clipped, number
from kplan.kinds.block import Block, Inside
from kplan.kinds.complexity import ALIKE, complexity
from kplan.kinds.fields import text_of, written_as
from kplan.kinds.primitives import Branch, Primitive
from kplan.money import ONE, ZERO, exact, plain, quotient

_NUMERIC = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_WEIGHTS = ("quality", "latency", "cost")
DEFAULT_WEIGHTS = {"quality": Decimal("0.6"), "latency": Decimal("0.2"), "cost": Decimal("0.2")}
"""The router's weights where none are said: quality before latency and cost."""
TURNED_UP = Decimal("0.5")
"""Weight of latency or cost in the profile that is named after it; the others shrink in proportion."""


def _number(written: object) -> Decimal:
    return written if isinstance(written, Decimal) else number(text_of(written, "a number"))


def _guess(written: object) -> tuple[Decimal, Decimal]:
    """A quality for all queries, or one for the simplest and one for the most complex."""
    ends = written if isinstance(written, (list, tuple)) else (written, written)
    found = tuple(_number(each) for each in ends)
    if len(found) != 2 or not all(ZERO <= each <= ONE for each in found):
        raise KplanError("a share is expected, or two: for the simplest and for the most complex query")
    return found[0], found[1]


Plain = Annotated[Decimal, written_as(_number), WithJsonSchema(_NUMERIC)]
Guess = Annotated[tuple[Decimal, Decimal], written_as(_guess), WithJsonSchema({"type": "array"})]


class Bundle(BaseModel):
    """What the router believes of a strategy before it has run: no measurement, and not what is billed."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    quality: Guess = Field(description="Share of right answers: one, or [simplest, most complex].")
    latency: Plain = Field(Decimal(0), description="Time, in any unit: only the order and distances count.")
    cost: Plain = Field(Decimal(0), description="Cost or tokens, in any unit: as for latency.")

    def quality_at(self, score: Decimal) -> Decimal:
        """Between the two ends, on a straight line."""
        simple, hard = self.quality
        return simple + (hard - simple) * score


class Bundles(Block):
    """Each query takes the stage of the block with the most utility for it.

    U_b(q) = w_Q Q_b(q) - w_L L_b - w_C C_b, with latency and cost brought to 0..1 between the least and the
    most of the bundles; where all are alike, or there is only one, they are 0. Ties go to the cheaper
    guess, then to the one written first. How many queries take which is counted over the sample.
    Source: CA-RAG, arXiv 2606.02581: bundle catalogue and utility; its weights are hand-set priors.
    """

    by_stage = ("bundles",)
    needed = ("bundles",)

    kind: Literal["bundles"] = Field(description="For each query the strategy of most utility.")
    bundles: dict[str, Bundle] = Field({}, description="The router's guesses for each stage of the block.")
    queries: Annotated[
        tuple[str, ...] | tuple[Any, ...], WithJsonSchema({"type": "array", "items": {"type": "string"}})
    ] = Field((), description="A sample of queries, which are scored by their words.")
    scores: dict[str, Plain] = Field(
        {}, description="Instead of queries: share of the queries by complexity, {0.1: 60%, 0.7: 40%}."
    )
    profile: Literal["quality", "latency", "cost"] = Field(
        "quality", description="Weights by name: latency or cost turns that one up to 0.5."
    )
    weights: dict[str, Plain] = Field(
        {}, description="Weights of quality, latency and cost in place of the profile's."
    )

    @model_validator(mode="after")
    def _is_told_apart(self) -> Bundles:
        unknown = [name for name in self.weights if name not in _WEIGHTS]
        if unknown:
            what = f"no weight `{clipped(unknown[0])}`: quality, latency and cost are known"
            raise PydanticCustomError("kplan", "{what}", {"what": what})
        if any(not isinstance(query, str) for query in self.queries):
            raise PydanticCustomError("kplan", "a list of queries, each a text, is expected")
        if bool(self.queries) == bool(self.scores):
            raise PydanticCustomError("kplan", "say either queries or scores, to count who takes what")
        try:
            shares = {number(score): share for score, share in self.scores.items()}
        except KplanError as e:
            raise PydanticCustomError("kplan", "{what}", {"what": str(e)}) from e
        with exact():
            total = sum(shares.values(), ZERO)
        if shares and (total != ONE or any(not ZERO <= score <= ONE for score in shares)):
            what = f"scores lie between 0 and 1 and their shares add up to {plain(total)}; 1 is expected"
            raise PydanticCustomError("kplan", "{what}", {"what": what})
        return self

    def wrong(self, inside: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Every stage needs the router's guesses."""
        for name in inside:
            if name not in self.bundles:
                yield "bundles", f"nothing said of stage `{name}`: the router cannot choose it"

    def arrange(self, inside: Inside) -> Primitive:
        """A branch with the share of the sample that takes each way."""
        shares = self.taken()
        return Branch(tuple((shares[name], body) for name, body in inside.items() if name in shares), None)

    def taken(self) -> Mapping[str, Expression]:
        """Share of the queries that take each bundle; those that none takes are left out."""
        found: dict[str, Decimal] = {}
        with exact():
            for score, weight in self._sample():
                best = self.best(score)
                found[best] = found.get(best, ZERO) + weight
        if self.scores:
            return {name: Number(share) for name, share in found.items()}
        n = Number(Decimal(len(self.queries)))
        return {name: Apply("divide", (Number(count), n)) for name, count in found.items()}

    def _sample(self) -> list[tuple[Decimal, Decimal]]:
        """Scores, each with its share or number of queries."""
        if self.scores:
            return [(number(score), share) for score, share in self.scores.items()]
        return [(complexity(query), ONE) for query in self.queries]

    def best(self, score: Decimal) -> str:
        """The bundle that a query of this complexity takes."""
        utility = self.utilities(score)
        return min(self.bundles, key=lambda name: (-utility[name], self.bundles[name].cost))

    def utilities(self, score: Decimal) -> dict[str, Decimal]:
        """Utility of every bundle for a query of this complexity."""
        weights = self.weighing()
        latency = _normalised({name: each.latency for name, each in self.bundles.items()})
        cost = _normalised({name: each.cost for name, each in self.bundles.items()})
        return {
            name: weights["quality"] * bundle.quality_at(score)
            - weights["latency"] * latency[name]
            - weights["cost"] * cost[name]
            for name, bundle in self.bundles.items()
        }

    def weighing(self) -> Mapping[str, Decimal]:
        """The weights: those said, or those of the profile."""
        if self.profile == "quality" or self.weights:
            return {**DEFAULT_WEIGHTS, **self.weights}
        others = sum((w for name, w in DEFAULT_WEIGHTS.items() if name != self.profile), ZERO)
        shrunk = quotient(ONE - TURNED_UP, others)
        return {
            name: TURNED_UP if name == self.profile else weight * shrunk
            for name, weight in DEFAULT_WEIGHTS.items()
        }

    def notes(self, name: str) -> Iterator[str]:
        """What the words of the sample cannot tell apart."""
        yield f"{name}: the router's guesses and weights decide; nothing here was measured"
        ranked = sorted((complexity(query), query) for query in self.queries)
        for (low, first), (high, second) in pairwise(ranked):
            if high - low <= ALIKE and first != second:
                scores = f"scores {low:.3f} and {high:.3f}"
                yield f'{name} cannot tell "{clipped(first)}" from "{clipped(second)}": {scores}'
                return


def _normalised(amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Amounts between their least (0) and their most (1); all 0 where they are alike."""
    least, most = min(amounts.values()), max(amounts.values())
    if least == most:
        return dict.fromkeys(amounts, ZERO)
    return {name: quotient(amount - least, most - least) for name, amount in amounts.items()}
