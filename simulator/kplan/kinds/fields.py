"""Field types that stage kinds and the scenario share: what may be written, and what it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from msgspec import Struct
from pydantic import PlainSerializer, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_plain_validator_function

from kplan.errors import KplanError
from kplan.form.expressions import Apply, Expression, Name, Number, Random, parse
from kplan.form.numbers import clipped, duration, number
from kplan.form.shown import show
from kplan.kinds.choice import ModelChoice
from kplan.kinds.varying import varying

T = TypeVar("T")

_BARE_PERCENT = re.compile(r"\s*[+-]?[\d_.]+\s*%\s*")
_MONEY = re.compile(r"\s*[-+]?\s*[$€£]")


class WrittenAs(Struct, frozen=True):
    """Marks a field that one function reads.

    Unlike pydantic's PlainValidator it has no schema of the type made, of which nothing would be used; with
    200 fields that schema was a quarter of all the time that models took to build.
    """

    validate: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> CoreSchema:
        return no_info_plain_validator_function(self.validate)


def written_as(read: Callable[[Any], T]) -> WrittenAs:
    """A field that `read` makes out of what stands in the file; its KplanError becomes pydantic's."""

    def validate(written: object) -> T:
        try:
            return read(written)
        except KplanError as e:
            what = "; ".join(problem.what for problem in e.problems)
            raise PydanticCustomError("kplan", "{what}", {"what": what}) from e

    return WrittenAs(validate)


def text_of(written: object, expected: str) -> str:
    """The text of a scalar; raises KplanError that says what is expected where there is none."""
    if isinstance(written, str):
        return written
    if isinstance(written, (int, Decimal)) and not isinstance(written, bool):
        return str(written)
    raise KplanError(f"{expected} is expected here, not {shape(written)}")


def shape(written: object) -> str:
    """What a value of the wrong shape is called in a message."""
    if written is None:
        return "nothing"
    if isinstance(written, dict):
        return "a map"
    return "a list" if isinstance(written, (list, tuple)) else f"`{clipped(str(written))}`"


def expression(written: object) -> Expression:
    """A number or arithmetic over params."""
    if isinstance(written, (Number, Name, Apply, Random)):
        return written
    text = text_of(written, "a number or arithmetic over params")
    if _MONEY.match(text):
        raise KplanError(f"`{clipped(text)}` is money; a plain number is expected here")
    return parse(text)


def amount(written: object) -> Expression:
    """A count, such as tokens or calls: no percentage by itself."""
    if isinstance(written, str) and _BARE_PERCENT.fullmatch(written):
        raise KplanError(f"`{clipped(written)}` is a share; a count is expected here, such as 1_200")
    return expression(written)


def seconds(written: object) -> Expression:
    """A duration with its unit, 0 or more, or a number or arithmetic over params in seconds."""
    time_s = duration(written) if isinstance(written, str) else None
    if (
        isinstance(written, str)
        and time_s is None
        and duration(written.strip().removeprefix("-")) is not None
    ):
        raise KplanError(f"`{clipped(written)}` is below 0; write for example 450ms or 1.2s")
    return expression(written) if time_s is None else Number(time_s)


def words(written: object) -> tuple[str, ...]:
    """One name, or a list of names."""
    items = list(written) if isinstance(written, (list, tuple)) else [written]
    names = [item.strip() for item in items if isinstance(item, str) and item.strip()]
    if len(names) < len(items):
        raise KplanError(f"a name or a list of names is expected here, not {shape(written)}")
    return tuple(names)


def flag(written: object) -> bool:
    """`true` or `false`."""
    text = str(written) if isinstance(written, bool) else text_of(written, "true or false")
    if text.strip().lower() not in ("true", "false"):
        raise KplanError(f"`{clipped(text)}`: true or false is expected")
    return text.strip().lower() == "true"


def floor(written: object) -> Decimal | str:
    """A share that measured accuracies must reach [0..1], or the name of a tier."""
    if isinstance(written, Decimal):
        return written
    text = text_of(written, "a tier such as mid, or a share such as 90%").strip()
    try:
        share = number(text)
    except KplanError:
        if not text or text[0].isdigit():
            raise
        return text
    if not 0 <= share <= 1:
        raise KplanError(f"`{clipped(text)}` must lie between 0 and 1 (0% and 100%), or name a tier")
    return share


def drawn(written: object) -> Expression:
    """A count, or a map that says how it varies from call to call."""
    return varying(written, amount) if isinstance(written, dict) else amount(written)


def variation(written: object) -> Random:
    """How an amount varies from query to query."""
    if isinstance(written, Random):
        return written
    if not isinstance(written, dict):
        raise KplanError(
            f"a distribution such as {{mean: 4_000, p95: 12_000}} is expected here, not {shape(written)}"
        )
    return varying(written, amount)


_NUMERIC = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_MODEL = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"type": "number"}, {"type": "string"}, {"type": "object"}],
            },
        },
    ]
}
_NUMBER = {"type": ["number", "string"]}
_LAW = {"type": "object", "properties": dict.fromkeys(("mean", "p95", "sd", "least", "most"), _NUMBER)}
_DISTRIBUTION = {
    "type": "object",
    "properties": {
        **_LAW["properties"],  # type: ignore[dict-item]
        "lognormal": _LAW,
        "gamma": _LAW,
        "values": {"type": "array", "items": _NUMBER},
        "file": {"type": "string"},
        "column": {"type": "string"},
    },
    "additionalProperties": False,
}
_SHOWN = PlainSerializer(show, return_type=str)

Amount = Annotated[Expression, written_as(amount), _SHOWN, WithJsonSchema(_NUMERIC)]
"""A count such as tokens or calls, as arithmetic over params."""
Drawn = Annotated[
    Expression,
    written_as(drawn),
    _SHOWN,
    WithJsonSchema({"anyOf": [*_NUMERIC["anyOf"], _DISTRIBUTION]}),
]
"""A count that may also vary from call to call, as a distribution."""
Variation = Annotated[Random, written_as(variation), _SHOWN, WithJsonSchema(_DISTRIBUTION)]
"""A distribution."""
Arithmetic = Annotated[Expression, written_as(expression), _SHOWN, WithJsonSchema(_NUMERIC)]
"""A number of any unit, or arithmetic over params; `8%` is 0.08."""
Share = Arithmetic
"""A part of a whole [0..1]."""
Seconds = Annotated[Expression, written_as(seconds), _SHOWN, WithJsonSchema(_NUMERIC)]
"""A time [s], as `300ms`, `2s`, `5m`, `1h` or arithmetic over params."""
Flag = Annotated[bool, written_as(flag), WithJsonSchema({"type": "boolean"})]
"""true or false."""
Words = Annotated[
    tuple[str, ...],
    written_as(words),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""A name or a list of names."""
Units = dict[str, Drawn]
"""Meter -> its units."""
Models = Annotated[ModelChoice, written_as(ModelChoice.of), WithJsonSchema(_MODEL)]
"""A model name, shares of several, or one of these for each class."""
Floor = Annotated[Decimal | str, written_as(floor), WithJsonSchema(_NUMERIC)]
"""Least accuracy [0..1], or least tier by name."""
Mode: TypeAlias = Literal["standard", "batch", "flex", "priority", "fast"]
"""Service tier under which a call is billed."""


_LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"),
    "less_than": ("less than", "lt"),
}
"""What pydantic calls numbers out of bounds, in words, and where it says which bound."""


def out_of_bounds(error: Any) -> str:
    """What is wrong with a number that pydantic finds too small or too large; empty for other errors."""
    if error["type"] not in _LIMITS:
        return ""
    words, key = _LIMITS[error["type"]]
    return f"{words} {error['ctx'][key]} is expected here, not {clipped(str(error['input']))}"
