"""How many queries come, over which months, and in which hours of the week."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from kplan.errors import KplanError
from kplan.form.numbers import clipped
from kplan.kinds.fields import text_of, written_as
from kplan.money import ONE, ZERO
from kplan.prices.windows import HourProfile, Windows
from kplan.scenario import scalars
from kplan.scenario.fields import Growth, MonthCount, Part, Seasons, Text, Written, YearMonth

_NUMERIC = {"anyOf": [{"type": "number"}, {"type": "string"}]}
DEFAULT_MONTHS = 12
MAX_QUERIES = Decimal("1e18")
"""Most queries in one month: beyond all traffic, and cheap to compute with exactly."""
MIN_GROWTH = Decimal("1e-200")
"""Least that the last month may bring for each query of the first."""
_DIGITS = 28
_LONGEST_MONTH = 31


def _queries_per(unit: str) -> Any:
    def read(written: object) -> Decimal:
        text = text_of(written, f"a number of queries such as 250_000/{unit}")
        value = scalars.per(text, unit)
        if value <= 0:
            raise KplanError(f"`{clipped(text)}`: the number of queries must be above 0")
        return value

    return written_as(read)


class Volume(Written):
    """Queries over the months of the plan."""

    queries_per_month: Annotated[Decimal | None, _queries_per("month"), WithJsonSchema(_NUMERIC)] = Field(
        None, description="Queries in the first month: 250_000."
    )
    queries_per_day: Annotated[Decimal | None, _queries_per("day"), WithJsonSchema(_NUMERIC)] = Field(
        None, description="Queries on each day of the first month: 8_000."
    )
    start: YearMonth | None = Field(None, description="First month, such as 2026-12.")
    months: MonthCount = Field(DEFAULT_MONTHS, description="How many months the plan runs.")
    growth_per_month: Growth = Field(ZERO, description="Growth from each month to the next: 3%.")
    seasonality: Seasons = Field((), description="12 factors by calendar month, January first.")

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, written: object) -> object:
        if not isinstance(written, str):
            return written
        _, slash, unit = written.partition("/")
        if not slash:
            raise PydanticCustomError("kplan", "say per what: 250_000/month or 8_000/day")
        if unit.strip() not in ("month", "day"):
            raise PydanticCustomError(
                "kplan",
                "`{written}` is not a volume; write for example 250_000/month or 8_000/day",
                {"written": clipped(written)},
            )
        return {f"queries_per_{unit.strip()}": written}

    @model_validator(mode="after")
    def _says_how_many(self) -> Volume:
        if (self.queries_per_month is None) == (self.queries_per_day is None):
            raise PydanticCustomError("kplan", "say either queries_per_month or queries_per_day")
        return self

    def growth(self) -> Decimal:
        """The last month's queries over the first one's, seasons aside, to 28 digits."""
        with localcontext(Context(prec=_DIGITS)):
            return (ONE + self.growth_per_month) ** (self.months - 1)

    def peak(self) -> Decimal:
        """No month brings more queries than this, to 28 digits: growth and the highest season together."""
        base = self.queries_per_month or (self.queries_per_day or ZERO) * _LONGEST_MONTH
        with localcontext(Context(prec=_DIGITS)):
            return base * max(ONE, self.growth()) * max(self.seasonality, default=ONE)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Also the short form."""
        return {"anyOf": [{"type": "string"}, handler(schema)]}


class Profile(Written):
    """A share of the queries falls evenly into some hours of the week, the rest evenly outside."""

    weekdays: Text = Field("", description="Such as Mon-Fri or Sat,Sun; every day unless said.")
    hours: Text = Field("", description="Such as 08:00-18:00; the whole day unless said.")
    tz: Text = Field("UTC", description="Time zone, such as Europe/Berlin.")
    share: Part = Field(description="Share of the queries in these hours, 0 to 1.")

    @model_validator(mode="after")
    def _fits(self) -> Profile:
        try:
            self.hour_profile()
        except KplanError as e:
            raise PydanticCustomError("kplan", "{what}", {"what": str(e)}) from e
        return self

    def hour_profile(self) -> HourProfile:
        """The weight of each hour of the week."""
        return HourProfile.within(Windows.parse(self.weekdays, self.hours, self.tz), self.share)
