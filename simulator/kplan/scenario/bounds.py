"""Checks: bounds that a scenario's own figures must keep."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Struct
from pydantic import Field, WithJsonSchema

from kplan.errors import KplanError
from kplan.form.numbers import clipped, duration, number
from kplan.kinds.fields import text_of, written_as
from kplan.scenario.fields import Text, Written

USD, PERCENT, DAYS, SECONDS, PLAIN = "$", "%", "d", "s", ""
"""How a bound says its unit; a plain number leaves that to the metric."""

_PERIODS = ("", "month", "query")


class Bound(Struct, frozen=True):
    """The most or the least that a metric may come to, in the unit in which it was written."""

    value: Decimal
    """[USD], a part [0..1], [s], or a plain number."""
    unit: str
    """`$`, `%`, `d`, `s`, or empty for a plain number."""
    per: str
    """`month` or `query` where that was said: $9_000/month."""
    text: str
    """As it was written."""

    @classmethod
    def of(cls, written: object) -> Bound:
        """The bound of `$9_000`, `$9_000/month`, `30%`, `90d`, `500ms` or `4`.

        Raises KplanError for anything else.
        """
        if isinstance(written, Bound):
            return written
        text = text_of(written, "a bound such as $9_000 or 30%").strip()
        if (time_s := duration(text)) is not None:
            return cls(time_s, SECONDS, "", text)
        amount, _, per = (part.strip() for part in text.partition("/"))
        is_days = amount.endswith(DAYS) and not per and "$" not in amount
        sign, _, digits = amount.removesuffix(DAYS if is_days else "").rpartition("$")
        is_mixed = "%" in digits and (per or "$" in amount or is_days)
        if per not in _PERIODS or sign not in ("", "-") or is_mixed:
            raise _no_bound(text)
        try:
            value = number(sign + digits)
        except KplanError as e:
            raise _no_bound(text) if "is not a number" in str(e) else e from e
        unit = DAYS if is_days else PERCENT if "%" in digits else USD if "$" in amount else PLAIN
        return cls(value, unit, per, text)

    def is_above(self, other: Bound) -> bool:
        """Whether it is larger than another bound; not where they cannot be of one metric."""
        is_alike = self.unit == other.unit or PLAIN in (self.unit, other.unit)
        return is_alike and self.value > other.value


def _no_bound(text: str) -> KplanError:
    examples = "$9_000, $9_000/month, $0.04/query, 30%, 90d, 500ms or 4"
    return KplanError(f"`{clipped(text)}` is no bound; write for example {examples}")


OneBound = Annotated[
    Bound, written_as(Bound.of), WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})
]


class MaxIncrease(Written):
    """How much more than what was locked a metric may come to; both hold where both are said."""

    usd: OneBound | None = Field(None, description="In the metric's own unit: $500, $0.01/query.")
    pct: OneBound | None = Field(None, description="Of the locked value: 5%.")


class Check(Written):
    """A metric with the bounds that it must keep, and what it means if it does not."""

    metric: Text = Field(
        description="DESIGN.per_month, DESIGN.share.STAGE...; * as DESIGN means each that is written here."
    )
    max: OneBound | None = Field(None, description="Most that it may come to: $9_000, 30%.")
    min: OneBound | None = Field(None, description="Least that it may come to.")
    max_increase: MaxIncrease | None = Field(
        None, description="Most that it may rise above its locked value (kplan lock); it may always fall."
    )
    severity: Literal["fail", "warn"] = Field("fail", description="What a broken bound is: fail or warn.")
    message: Text = Field("", description="What to tell whoever breaks it.")
    id: Text = Field("", description="Name of the check in reports.")
