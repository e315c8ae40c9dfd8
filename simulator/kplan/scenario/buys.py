"""What a design buys beforehand: units of provisioned throughput, `buys`; and whose offers hold: `offers`."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import Field, WithJsonSchema

from kplan.errors import KplanError
from kplan.form.numbers import clipped, number
from kplan.kinds.fields import text_of, written_as
from kplan.kinds.on_use import ReadBy
from kplan.scenario.fields import Files, Text, Written
from kplan.scenario.own_gpus import OwnGpus
from kplan.scenario.traffic import AboveZero

BEST = "best"
"""As many units as cost least over the plan, with what they leave paid for call by call."""
PEAK = "peak"
"""As many as the busiest minute of the plan takes: what vendors' calculators give."""
MOST_UNITS = 1_000_000
_COUNT = {"anyOf": [{"enum": [BEST, PEAK]}, {"type": "integer", "minimum": 1, "maximum": MOST_UNITS}]}

Count = int | str
"""A number of units, `best` or `peak`."""


def _count(written: object) -> Count:
    if isinstance(written, int):
        return written
    text = text_of(written, "a number of units, best or peak").strip()
    if text in (BEST, PEAK):
        return text
    value = number(text) if text[:1].isdigit() else None
    if value is None or value != int(value) or not 1 <= value <= MOST_UNITS:
        raise KplanError(
            f"`{clipped(text)}`: {BEST}, {PEAK} or a whole number of units is expected, such as 40"
        )
    return int(value)


def _units(written: object) -> Count | dict[str, Count]:
    if not isinstance(written, dict):
        return _count(written)
    if not written:
        raise KplanError(f"units of no part; write {{input: {BEST}, output: {BEST}}}, or {BEST}")
    return {str(part): _count(each) for part, each in written.items()}


Units = Annotated[
    int | str | dict[str, int | str],
    written_as(_units),
    WithJsonSchema({"anyOf": [_COUNT, {"type": "object", "additionalProperties": _COUNT}]}),
]


class Buy(Written):
    """Units of one model that a design buys; calls that find no room in them are paid for one by one."""

    deployment: Text = Field("", description="Where it is sold in several: global, regional.")
    term: Text = Field(description="For how long units are bought: hourly, 1 month, 1 year.")
    units: Units = Field(
        BEST,
        description="How many: best (the cheapest over the plan), peak (nothing spills) or a number; by part"
        " where these are sold apart: {input: 10, output: 20}.",
    )
    payg: Text = Field(
        "", description="Model of the price book that the design's calls are made to, where it is another."
    )
    takes: dict[str, AboveZero] = Field(
        {},
        description="Tokens a minute that a unit takes, where nobody publishes them: {input: 20_000}.",
    )

    def of_part(self, part: str) -> Count | None:
        """How many units of a part are bought; None for none."""
        return self.units.get(part) if isinstance(self.units, dict) else self.units


def buy_model(said: object) -> type[Buy] | type[OwnGpus]:
    """The model that a purchase is read with: own GPUs have a curve."""
    has_curve = isinstance(said, OwnGpus) or (hasattr(said, "__contains__") and "curve" in said)
    return OwnGpus if has_curve else Buy


def _buy(written: object) -> Buy | OwnGpus:
    return written if isinstance(written, (Buy, OwnGpus)) else buy_model(written).model_validate(written)


AnyBuy: TypeAlias = Annotated[Buy | OwnGpus, ReadBy(_buy, lambda: [Buy, OwnGpus])]
"""Units of an offer, or replicas on own GPUs."""


class OffersInUse(Written):
    """Offers of provisioned throughput beside those that kplan knows."""

    book: Files = Field((), description="Your own offers and contract prices, relative to this file.")


def buys_something(said: Any) -> bool:
    """Whether a design, as the plain content of a scenario has it, buys units."""
    return isinstance(said, dict) and bool(said.get("buys"))
