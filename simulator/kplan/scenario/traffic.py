"""How queries spread over the week and how bursty they are: `traffic`; and whose limits hold: `limits`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from kplan.errors import KplanError
from kplan.form.numbers import clipped, number
from kplan.kinds.fields import shape, text_of, written_as
from kplan.money import ONE, ZERO
from kplan.prices.windows import Windows
from kplan.scenario.fields import Files, Text, Written
from kplan.scenario.names import meant

WEEKS = ("even", "office-hours", "global-consumer", "azure-conversation-2024", "azure-code-2024")
IN_UTC = ("azure-conversation-2024", "azure-code-2024")
"""Measured weeks: their hours are those of UTC."""
HOURS_OF_WEEK = 168
TIME_UNITS = ("s", "ms", "us", "ns")
_NUMERIC: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "string"}]}


def _above(least: Decimal, *, or_equal: bool) -> Any:
    def read(written: object) -> Decimal:
        if isinstance(written, Decimal):
            return written
        text = text_of(written, "a number")
        value = number(text)
        if value < least or (value == least and not or_equal):
            raise KplanError(f"`{clipped(text)}` must be {'at least' if or_equal else 'above'} {least}")
        return value

    return written_as(read)


def _week(written: object) -> str | tuple[Decimal, ...]:
    """A preset, a file, or 168 factors."""
    if isinstance(written, str):
        text = written.strip()
        if text not in WEEKS and not text.lower().endswith(".csv"):
            hint = meant(text, WEEKS) or f"; it is one of {', '.join(WEEKS)}"
            raise KplanError(
                f"`{clipped(text)}` is no week{hint}; or a .csv file, or {HOURS_OF_WEEK} factors"
            )
        return text
    if not isinstance(written, (list, tuple)):
        raise KplanError(
            f"a week's name, a .csv file or {HOURS_OF_WEEK} factors are expected, not {shape(written)}"
        )
    factors = tuple(
        each if isinstance(each, Decimal) else number(text_of(each, "a factor")) for each in written
    )
    if len(factors) != HOURS_OF_WEEK:
        raise KplanError(f"{len(factors)} factors; {HOURS_OF_WEEK} are expected, Monday 00:00 first")
    if min(factors) < ZERO or not any(factors):
        raise KplanError("factors must be 0 or more, and not all of them 0")
    return factors


_WEEK_SCHEMA = {
    "anyOf": [
        {"enum": list(WEEKS)},
        {"type": "string"},
        {"type": "array", "items": _NUMERIC, "minItems": HOURS_OF_WEEK, "maxItems": HOURS_OF_WEEK},
    ]
}
AtLeastOne = Annotated[Decimal, _above(ONE, or_equal=True), WithJsonSchema(_NUMERIC)]
AboveZero = Annotated[Decimal, _above(ZERO, or_equal=False), WithJsonSchema(_NUMERIC)]


def _clients(written: object) -> int:
    value = number(text_of(written, "a number of clients"))
    if value != int(value) or not 1 <= value <= 10_000:
        raise KplanError(f"`{clipped(str(written))}` clients; a whole number from 1 to 10_000 is expected")
    return int(value)


class Burstiness(Written):
    """How unevenly queries come within an hour; Poisson arrivals unless said."""

    iat_scv: AboveZero = Field(
        ONE,
        description="Variance of the times between queries over their squared mean (gamma); Poisson is 1.",
    )
    clients: Annotated[int, written_as(_clients), WithJsonSchema({"type": "integer", "minimum": 1})] = Field(
        1, description="The queries come from so many clients, each of them that bursty."
    )


class Traffic(Written):
    """When queries come: hours of the week, bursts within the hour, or a trace of real ones."""

    week: Annotated[str | tuple[Decimal, ...], written_as(_week), WithJsonSchema(_WEEK_SCHEMA)] = Field(
        "", description=f"{', '.join(WEEKS)}; or a CSV file or a list of 168 factors, Monday 00:00 first."
    )
    tz: Text = Field("UTC", description="Time zone whose clock counts the hours, such as Europe/Berlin.")
    peak_factor: AtLeastOne = Field(
        ONE, description="The busiest minute of an hour over that hour's mean: 1.5."
    )
    burstiness: Burstiness | None = Field(None, description="How bursty queries are: {iat_scv: 4}.")
    trace: Text = Field(
        "", description="A log of real calls (CSV, JSON lines, Parquet), relative to this file."
    )
    columns: dict[str, Text] = Field({}, description="What the trace calls its columns: {timestamp: ts}.")
    time_unit: Text = Field(
        "", description="Unit of a trace's stamps that are bare numbers: s, ms, us or ns."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, written: object) -> object:
        return written if isinstance(written, (Mapping, Traffic)) else {"week": written}

    @model_validator(mode="after")
    def _fits(self) -> Traffic:
        try:
            Windows.parse("", "", self.tz)
        except KplanError as e:
            raise PydanticCustomError("kplan", "{what}", {"what": str(e)}) from e
        if self.week in IN_UTC and self.tz != "UTC":
            raise PydanticCustomError("kplan", "the week was measured in UTC; leave tz out")
        if self.time_unit and self.time_unit not in TIME_UNITS:
            raise PydanticCustomError("kplan", "time_unit is one of s, ms, us, ns")
        if (self.columns or self.time_unit) and not self.trace:
            raise PydanticCustomError(
                "kplan", "columns and time_unit are those of a trace, and none is named"
            )
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Also the week alone: office-hours."""
        return {"anyOf": [{"type": "string"}, handler(schema)]}


class Account(Written):
    """Which of a provider's limits hold for this account."""

    tier: Text = Field("", description="As the provider calls it: Scale, Tier 3.")
    service: Text = Field("", description="Where a provider has several: GlobalStandard, cross-region.")

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, written: object) -> object:
        return written if isinstance(written, (Mapping, Account)) else {"tier": written}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Also the tier alone: Scale."""
        return {"anyOf": [{"type": "string"}, handler(schema)]}


class LimitsInUse(Written):
    """The limits that the designs' calls must fit into."""

    accounts: dict[str, Account] = Field(
        {}, description="Tier by provider: {anthropic: Scale, openai: Tier 3}."
    )
    book: Files = Field((), description="Your own limits, laid over kplan's, relative to this file.")
    max_tokens: dict[str, AboveZero] = Field(
        {},
        description="The max_tokens that a stage's calls ask for, which some providers count: {answer: 800}.",
    )
    target: AboveZero = Field(ONE, description="Use that counts as full: 80%.")
