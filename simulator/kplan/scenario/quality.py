"""What a scenario says of quality: scores that were measured, floors, and what a wrong answer costs."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from kplan.errors import KplanError
from kplan.form.numbers import clipped, number
from kplan.kinds.fields import shape, text_of, written_as
from kplan.money import ONE, ZERO, plain, quotient
from kplan.quality.intervals import ANYWHERE, Interval, interval
from kplan.scenario import scalars
from kplan.scenario.fields import Part, Text, Written

MAX_CASES = 1_000_000_000
_OF = re.compile(r"\s*([\d_]+)\s*/\s*([\d_]+)\s*")
_EXAMPLE = "write 412/500, or {score: 91%, source: ...} where the number of cases is not known"


def _cases(written: object) -> int:
    value = scalars.whole(text_of(written, "a number of cases"))
    if not 0 <= value <= MAX_CASES:
        raise KplanError(f"`{clipped(str(written))}` cases; 0 to {MAX_CASES:,} are allowed")
    return value


def _confidence(written: object) -> Decimal:
    value = written if isinstance(written, Decimal) else number(text_of(written, "a confidence such as 95%"))
    if not ZERO < value < ONE:
        raise KplanError(f"`{clipped(str(written))}`: a confidence lies between 0% and 100%, such as 95%")
    return value


def _usd(written: object) -> Decimal:
    text = text_of(written, "an amount such as $0.25")
    value = scalars.usd(text, f"`{clipped(text)}` is not an amount; write for example $0.25")
    if value < 0:
        raise KplanError(f"`{clipped(text)}` is below 0")
    return value


_NUMERIC = {"anyOf": [{"type": "number"}, {"type": "string"}]}
Cases = Annotated[int, written_as(_cases), WithJsonSchema({"type": "integer", "minimum": 0})]
"""A number of cases of a test."""
Confidence = Annotated[Decimal, written_as(_confidence), WithJsonSchema(_NUMERIC)]
"""How often an interval holds the true value, 0 < c < 1."""
Usd = Annotated[Decimal, written_as(_usd), WithJsonSchema(_NUMERIC)]
"""An amount, 0 or more [USD]."""


class Score(Written):
    """An accuracy that someone measured: so many of so many passed, or a share with its source."""

    passed: Cases | None = Field(None, description="Cases passed.")
    of: Cases | None = Field(None, description="Cases in the test.")
    score: Part | None = Field(
        None, description="Share passed where the number of cases is not known: no floor is cleared by it."
    )
    source: Text = Field("", description="Where and when it was measured.")

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, written: object) -> object:
        if isinstance(written, (dict, Score)):
            return written
        found = _OF.fullmatch(written) if isinstance(written, str) else None
        if found is None:
            said = f"`{clipped(written)}`" if isinstance(written, str) else shape(written)
            raise PydanticCustomError(
                "kplan", "{what}", {"what": f"{said} is no count of cases passed; {_EXAMPLE}"}
            )
        return {"passed": found[1], "of": found[2]}

    @model_validator(mode="after")
    def _is_whole(self) -> Score:
        if self.score is None and self.passed is not None and self.of is not None:
            if self.of < 1 or self.passed > self.of:
                what = f"{self.passed} passed of {self.of}: of at least 1 case, 0 to all can pass"
                raise PydanticCustomError("kplan", "{what}", {"what": what})
        elif self.score is None or self.passed is not None or self.of is not None or not self.source:
            raise PydanticCustomError("kplan", "{what}", {"what": f"a score needs passed and of; {_EXAMPLE}"})
        return self

    @property
    def point(self) -> Decimal:
        """The share that passed [0..1]."""
        if self.passed is not None and self.of is not None:
            return quotient(Decimal(self.passed), Decimal(self.of))
        assert self.score is not None
        return self.score

    def interval(self, confidence: Decimal) -> Interval:
        """Where the accuracy lies [0..1]; anywhere where the number of cases is not known."""
        if self.passed is None or self.of is None:
            return ANYWHERE
        return interval(self.passed, self.of, confidence)

    def __str__(self) -> str:
        if self.passed is None:
            return f"{plain(self.point * 100)}% of an unknown number of cases"
        return f"{self.passed:,} of {self.of:,}"

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Also the short form: 412/500."""
        return {"anyOf": [{"type": "string", "pattern": r"^\d+/\d+$"}, handler(schema)]}


class Quality(Written):
    """What is known of the accuracy of models and designs, and what is asked of it."""

    measured: dict[str, dict[str, Score]] = Field(
        {}, description="Stage -> model -> cases passed: {answer: {model-a: 412/500}}."
    )
    end_to_end: dict[str, Score] = Field(
        {}, description="Design -> cases passed by the whole: 188/200; it goes before what stages come to."
    )
    floor: Part | None = Field(None, description="Least accuracy of a whole design: 90%.")
    confidence: Confidence = Field(
        Decimal("0.95"), description="How often intervals hold the true value; floors are for lower bounds."
    )
    assume: Literal["product", "chain"] | None = Field(
        None,
        description="What the stages' scores say of the whole: product (they err independently) or chain"
        " (each was measured on what the stages before it got right). Without it only an interval is given.",
    )
    wrong_answer: Usd | None = Field(None, description="What a wrong answer costs: $0.25.")
