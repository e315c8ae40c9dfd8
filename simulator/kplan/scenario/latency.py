"""How fast models answer and how fast queries should be: `latency` and `targets`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from kplan.errors import KplanError
from kplan.form.expressions import Number
from kplan.form.numbers import clipped, number
from kplan.kinds.fields import seconds, shape, text_of, written_as
from kplan.scenario import scalars
from kplan.scenario.fields import Text, Written

_WRITE = "write for example 450ms + 140/s, or first_token, tokens_per_s, per_input_token"


def _duration(written: object) -> Decimal:
    if isinstance(written, Decimal):
        return written
    if not isinstance(written, (str, int)) or isinstance(written, bool):
        raise KplanError(f"a time such as 450ms is expected here, not {shape(written)}")
    found = seconds(written)
    if not isinstance(found, Number) or "%" in str(written):
        raise KplanError(f"`{clipped(str(written))}` is no time; write for example 450ms or 1.2s")
    if found.value < 0:
        raise KplanError(f"`{clipped(str(written))}` is below 0")
    return found.value


def _rate(written: object) -> Decimal:
    if isinstance(written, Decimal):
        return written
    text = text_of(written, "a number of tokens per second").strip()
    amount = text.removesuffix("/s").removesuffix("tokens").strip()
    value = number(amount) if "%" not in amount else Decimal(0)
    if value <= 0:
        raise KplanError(f"`{clipped(text)}` is no number of tokens per second, above 0; write 140 or 140/s")
    return value


def _usd(written: object) -> Decimal:
    if isinstance(written, Decimal):
        return written
    text = text_of(written, "an amount such as $0.01")
    otherwise = f"`{clipped(text)}` is no amount per query; write for example $0.01"
    value = scalars.usd(text.strip().removesuffix("/query"), otherwise)
    if value < 0:
        raise KplanError(f"`{clipped(text)}` is below 0")
    return value


_SCALAR = WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})
Duration = Annotated[Decimal, written_as(_duration), _SCALAR]
"""A constant time [s]: 450ms, 1.2s, 5m; a plain number is seconds."""
TokensPerSecond = Annotated[Decimal, written_as(_rate), _SCALAR]
"""A constant rate above 0."""
UsdPerQuery = Annotated[Decimal, written_as(_usd), _SCALAR]
"""A constant amount, 0 or more [USD]."""


class ModelSpeed(Written):
    """How fast a model answers when nothing else runs on it."""

    first_token: Duration = Field(
        description="Time to the first token, network included; of a service, the time of one call."
    )
    tokens_per_s: TokensPerSecond | None = Field(
        None, description="Output tokens per second, reasoning included; a service needs none."
    )
    per_input_token: Duration = Field(
        Decimal(0), description="What each fresh input token adds before the first token: 0.02ms."
    )
    source: Text = Field("", description="Where the numbers come from: measured 2026-10, our traces.")

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, written: object) -> object:
        return written if isinstance(written, (Mapping, ModelSpeed)) else _short(written)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Also the short form: 450ms + 140/s."""
        return {"anyOf": [{"type": "number"}, {"type": "string"}, handler(schema)]}


def _short(written: object) -> dict[str, object]:
    """`450ms + 140/s`, or the time alone."""
    if not isinstance(written, (str, int)) or isinstance(written, bool):
        return {"first_token": written}
    first, plus, rate = str(written).partition("+")
    if not plus and first.strip().endswith("/s"):
        what = f"`{clipped(str(written))}` says no time to the first token; {_WRITE}"
        raise PydanticCustomError("kplan", "{what}", {"what": what})
    return {"first_token": first.strip(), **({"tokens_per_s": rate.strip()} if plus else {})}


class Target(Written):
    """What queries of a class should keep."""

    mean: Duration | None = Field(None, description="Most that a query may take on average: 800ms.")
    p50: Duration | None = Field(None, description="Time within which half of the queries are through.")
    p90: Duration | None = Field(None, description="Time within which 90% of the queries are through.")
    p95: Duration | None = Field(None, description="Time within which 95% of the queries are through.")
    p99: Duration | None = Field(None, description="Time within which 99% of the queries are through.")
    per_query: UsdPerQuery | None = Field(None, description="Most that a query may cost: $0.001.")

    def limits(self) -> dict[str, Decimal]:
        """What is said, by figure [s, or USD for `per_query`]."""
        said = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: limit for name, limit in said.items() if limit is not None}
