"""`retry`: stages that are tried again when they fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, Self, TypeAlias, get_args

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from kplan.form.expressions import Apply, Expression, Number, substituted
from kplan.kinds.block import Block, Inside
from kplan.kinds.fields import Seconds, Share
from kplan.kinds.primitives import Catch, Fail, Part, Primitive, Sequence, Wait, taken
from kplan.money import ONE, ZERO
from kplan.quality.verifier import REJECTED

MOST_ATTEMPTS = 20
CheckKey: TypeAlias = Literal["right", "accepts_right", "catches_wrong"]


class Retry(Block):
    """Attempts until one succeeds, the first one included.

    With failure p of each of k attempts, (1 - p^k) / (1 - p) are made and 1 - p^k of the visits succeed.
    Attempts of a block inside a block multiply. What fails in all attempts fails the block: a `fallback`
    around it goes on with its next stage, else the query stops here. With a `check` p is the share that it
    rejects; more attempts then answer more queries, none of them more often right.
    """

    parts = ("chance", "failure", "bills", "check")
    units: ClassVar[Mapping[str, str]] = {"backoff": "seconds", "grows_by": "times"}

    kind: Literal["retry"] = Field(description="Its stages, tried again when they fail.")
    failure: Share = Field(
        Number(ZERO), description="Chance that an attempt fails, besides what its stages say."
    )
    check: dict[CheckKey, Share] = Field(
        {},
        description="Instead of failure: a verifier accepts or rejects each attempt. Shares: right"
        " (attempts), accepts_right (P(accepted | right)), catches_wrong (P(rejected | wrong)).",
    )
    attempts: int = Field(3, ge=1, le=MOST_ATTEMPTS, description="Attempts, the first one included.")
    backoff: Seconds = Field(Number(ZERO), description="Time before the second attempt: 500ms, 2s.")
    grows_by: Share = Field(
        Number(ONE), description="Times as long before each further attempt: 2 for exponential backoff."
    )
    bills: Share = Field(
        Number(ONE), description="Share of its cost that an attempt bills that fails by `failure`."
    )

    @model_validator(mode="after")
    def _says_it_once(self) -> Self:
        if self.check and self.failure != Number(ZERO):
            what = "`failure` follows from `check`: leave one of them out"
            raise PydanticCustomError("kplan", what)
        missing = [key for key in get_args(CheckKey) if key not in self.check]
        if self.check and missing:
            raise PydanticCustomError("kplan", "{what}", {"what": f"`check` needs `{missing[0]}` too"})
        return self

    def fails(self) -> Expression:
        """Chance that an attempt fails, stated or as its check rejects."""
        said: dict[str, Expression] = {str(key): share for key, share in self.check.items()}
        return substituted(REJECTED, said) if said else self.failure

    def arrange(self, inside: Inside) -> Primitive:
        """Attempts, each behind the failure of the one before."""
        attempt = self._attempt(Sequence(tuple(inside.values())))
        body = attempt
        for wait in reversed(self._waits()):
            again = body if wait == Number(ZERO) else Sequence((Wait(wait), body))
            body = Catch(attempt, again)
        return body

    def _attempt(self, body: Primitive) -> Primitive:
        failure = self.fails()
        if failure == Number(ZERO):
            return body
        if self.bills == Number(ONE):
            return Sequence((body, taken(failure, Fail())))
        return taken(failure, Sequence((Part(self.bills, body), Fail())), body)

    def _waits(self) -> list[Expression]:
        """The time before each attempt after the first."""
        wait, waits = self.backoff, []
        for _ in range(self.attempts - 1):
            waits.append(wait)
            if self.grows_by != Number(ONE) and self.backoff != Number(ZERO):
                wait = Apply("multiply", (wait, self.grows_by))
        return waits
