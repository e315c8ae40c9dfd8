"""What is paid by the month: units bought whatever the traffic, and what contracts add or give back."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import Discriminator, Field, PlainSerializer, Tag, WithJsonSchema

from kplan.errors import KplanError
from kplan.form.expressions import Apply, Expression, Name, Number, parse
from kplan.form.numbers import clipped, number
from kplan.form.shown import show
from kplan.kinds.fields import Amount, Mode, Share, text_of, written_as
from kplan.kinds.on_use import OnUse
from kplan.scenario import scalars
from kplan.scenario.fields import Refs, Text, UsdPerMonth, Written

_MONEY = re.compile(r"\s*[-+]?\s*\$|.*/\s*[a-z]+\s*$|[-+\d_.%\s]+$")
_PATTERNS = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
}
_USD = {"anyOf": [{"type": "number"}, {"type": "string"}]}


def _usd_per_month(written: object) -> Expression:
    """`$50/month`, or arithmetic over params such as `seats * 25` [USD per month]."""
    if isinstance(written, (Number, Name, Apply)):
        return written
    text = text_of(written, "an amount such as $50/month")
    return Number(scalars.usd_per_month(text)) if _MONEY.match(text) else parse(text)


def _usd(written: object) -> Expression:
    """`$120_000`, or arithmetic over params [USD]."""
    if isinstance(written, (Number, Name, Apply)):
        return written
    text = text_of(written, "an amount such as $120_000")
    if "/month" in text.replace(" ", ""):
        raise KplanError(f"`{clipped(text)}`: a commitment is over the whole plan; write $120_000")
    otherwise = f"`{clipped(text)}` is not an amount; write for example $120_000"
    return Number(scalars.usd(text, otherwise)) if _MONEY.match(text) else parse(text)


_SHOWN = PlainSerializer(show, return_type=str)
MonthlyUsd = Annotated[Expression, written_as(_usd_per_month), _SHOWN, WithJsonSchema(_USD)]
"""An amount as arithmetic over params [USD per month]."""
Usd = Annotated[Expression, written_as(_usd), _SHOWN, WithJsonSchema(_USD)]
"""An amount as arithmetic over params [USD]."""


class MonthlyUse(Written):
    """Units of a meter that are bought every month whatever the traffic: storage, hours, seats."""

    model: Text = Field(description="Model or service of the price book: pinecone/serverless.")
    meter: Text = Field(description="Its meter: storage_gb_month, instance_hour.")
    quantity: Amount = Field(description="Units a month, as arithmetic over params.")
    mode: Mode = Field("standard", description="Service tier that prices it.")
    region: Text = Field("", description="Region that prices it.")


def _form(written: object) -> str:
    return "use" if isinstance(written, (dict, MonthlyUse)) else "usd"


Fixed = Annotated[
    Annotated[UsdPerMonth, Tag("usd")] | Annotated[OnUse[MonthlyUse], Tag("use")], Discriminator(_form)
]
"""A monthly amount, or units at the book's price."""


class Contract(Written):
    """Terms over what some models cost in a month or over the plan; each makes lines of its own."""

    models: Annotated[Refs, WithJsonSchema(_PATTERNS)] = Field(
        description="Whose costs it is about: full names or globs, pinecone/*."
    )
    fee: MonthlyUsd | None = Field(None, description="Paid every month: $25/month.")
    minimum: MonthlyUsd | None = Field(None, description="Least that a month costs: $50/month.")
    commitment: Usd | None = Field(None, description="Least that the whole plan costs: $120_000.")
    included: dict[str, Amount] = Field({}, description="Units of a meter that are free each month.")
    steps: dict[str, dict[str, Share]] = Field(
        {}, description="Part of the book's price from so many units a month on: {0: 100%, 1_000: 90%}."
    )

    @property
    def has_terms(self) -> bool:
        """Whether it says anything at all."""
        amounts = (self.fee, self.minimum, self.commitment)
        return any(amount is not None for amount in amounts) or bool(self.included or self.steps)

    def amounts(self) -> dict[tuple[str, ...], Expression]:
        """Every amount, count and part that it states, by its place below the contract."""
        found: dict[tuple[str, ...], Expression] = {
            (name,): amount
            for name in ("fee", "minimum", "commitment")
            if (amount := getattr(self, name)) is not None
        }
        found |= {("included", meter): units for meter, units in self.included.items()}
        return found | {
            ("steps", meter, start): part
            for meter, steps in self.steps.items()
            for start, part in steps.items()
        }


def step_start(written: str) -> Decimal:
    """The number of units from which a step holds; raises KplanError for what is none."""
    value = number(written)
    if value < 0 or "%" in written:
        raise KplanError(f"`{clipped(written)}` is no number of units; write {{0: 100%, 1_000: 90%}}")
    return value
