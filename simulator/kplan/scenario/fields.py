"""Field types of the scenario's own models: money, months, dates, shares, paths."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from kplan.errors import KplanError
from kplan.form.numbers import clipped, number
from kplan.kinds.fields import shape, text_of, written_as
from kplan.money import ONE, ZERO
from kplan.scenario import scalars

T = TypeVar("T")

MAX_GROWTH = Decimal(10)
"""Fastest growth from one month to the next: each brings eleven times as many queries."""

MAX_MULTIPLE = Decimal(100)
"""Largest factor from one way of counting to another."""

_NUMERIC = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_TEXT = {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}


class Written(BaseModel):
    """A map that a user writes: frozen, and no key unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def _from_text(read: Callable[[str], T], expected: str, kind: type[T]) -> Callable[[Any], T]:
    def from_written(written: object) -> T:
        return written if isinstance(written, kind) else read(text_of(written, expected))

    return from_written


def _number(written: object) -> Decimal:
    return written if isinstance(written, Decimal) else number(text_of(written, "a number"))


def _part(written: object) -> Decimal:
    value = _number(written)
    if not ZERO <= value <= ONE:
        raise KplanError(f"`{clipped(str(written))}` must lie between 0 and 1 (0% and 100%)")
    return value


def _factor(written: object) -> Decimal:
    value = _number(written)
    if value < 0:
        raise KplanError(f"`{clipped(str(written))}` is below 0")
    return value


def _multiple(written: object) -> Decimal:
    value = _number(written)
    if not ZERO < value <= MAX_MULTIPLE:
        raise KplanError(f"`{clipped(str(written))}` must lie above 0, at most at {MAX_MULTIPLE}")
    return value


def _surcharge(written: object) -> Decimal:
    value = _factor(written)
    if value > ONE:
        text = clipped(str(written))
        raise KplanError(f"`{text}` is more than the costs themselves; is {text}% meant? (at most 100%)")
    return value


def _growth(written: object) -> Decimal:
    value = _number(written)
    if not -ONE < value <= MAX_GROWTH:
        raise KplanError(f"`{clipped(str(written))}` a month; it must lie above -100%, at most at 1_000%")
    return value


def _usd_per_month(written: object) -> Decimal:
    value = _from_text(scalars.usd_per_month, "an amount such as $20_000/month", Decimal)(written)
    if value < 0:
        raise KplanError(f"`{clipped(str(written))}` is below 0")
    return value


def _seasons(written: object) -> tuple[Decimal, ...]:
    if not isinstance(written, (list, tuple)):
        raise KplanError(f"a list of 12 factors is expected, January first, not {shape(written)}")
    factors = tuple(_factor(item) for item in written)
    if len(factors) not in (0, 12):
        raise KplanError(f"{len(factors)} factors; 12 are expected, January first")
    return factors


def _range(written: object) -> tuple[Decimal, Decimal]:
    if not isinstance(written, (list, tuple)) or len(written) != 2:
        raise KplanError("a range is a list of two numbers, lowest first: [2, 20]")
    low, high = _number(written[0]), _number(written[1])
    if low > high:
        raise KplanError(f"the range begins with {clipped(str(written[0]))}, which is above its end")
    return low, high


def _listed(expected: str) -> Callable[[Any], tuple[str, ...]]:
    def listed(written: object) -> tuple[str, ...]:
        items = written if isinstance(written, (list, tuple)) else (written,)
        return tuple(text_of(item, expected) for item in items)

    return listed


Text = Annotated[str, written_as(lambda v: text_of(v, "a text")), WithJsonSchema(_TEXT)]
"""Any single value, as its text."""
Part = Annotated[Decimal, written_as(_part), WithJsonSchema(_NUMERIC)]
"""A constant part of a whole [0..1]."""
Multiple = Annotated[Decimal, written_as(_multiple), WithJsonSchema(_NUMERIC)]
"""A constant factor above 0."""
Surcharge = Annotated[Decimal, written_as(_surcharge), WithJsonSchema(_NUMERIC)]
"""A constant part that is added [0..1]; `10%` is 0.1."""
Growth = Annotated[Decimal, written_as(_growth), WithJsonSchema(_NUMERIC)]
"""A change from one month to the next; `3%` is 0.03."""
UsdPerMonth = Annotated[Decimal, written_as(_usd_per_month), WithJsonSchema(_NUMERIC)]
"""An amount, 0 or more [USD per month]."""
Seasons = Annotated[
    tuple[Decimal, ...], written_as(_seasons), WithJsonSchema({"type": "array", "items": _NUMERIC})
]
"""A factor for each calendar month, January first."""
Range = Annotated[
    tuple[Decimal, Decimal],
    written_as(_range),
    WithJsonSchema({"type": "array", "items": _NUMERIC, "minItems": 2, "maxItems": 2}),
]
"""Lowest and highest value."""
_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Files = Annotated[tuple[str, ...], written_as(_listed("a file name")), WithJsonSchema(_TEXTS)]
"""One file name or several, as written: relative to the file they stand in."""
Refs = Annotated[tuple[str, ...], written_as(_listed("a model name")), WithJsonSchema(_TEXTS)]
"""One model name or several, as the price book or the scenario calls them."""
Day = Annotated[
    date,
    written_as(_from_text(scalars.day, "a date", date)),
    WithJsonSchema({"type": "string", "format": "date"}),
]
"""A calendar day, UTC."""
YearMonth = Annotated[
    tuple[int, int],
    written_as(lambda v: v if isinstance(v, tuple) else scalars.year_month(text_of(v, "a month"))),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}$"}),
]
"""Year and month."""
MonthCount = Annotated[
    int,
    written_as(lambda v: scalars.month_count(text_of(v, "a number of months"))),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": scalars.MAX_MONTHS}),
]
"""Months of the plan."""
Span = Annotated[
    scalars.Months,
    written_as(_from_text(scalars.months, "24, or 2026-11..2027-04", scalars.Months)),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}]}),
]
"""Months of the plan, with the first of them or without."""
