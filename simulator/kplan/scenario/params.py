"""Params: numbers with names, which expressions everywhere in a scenario may use."""

from __future__ import annotations

from typing import Any

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from kplan.errors import KplanError
from kplan.form.expressions import Number
from kplan.kinds.fields import Arithmetic, Variation, variation
from kplan.scenario.fields import Range, Text, Written
from kplan.scenario.uncertain.beta import BetaField
from kplan.scenario.uncertain.between import Between, BetweenField
from kplan.scenario.uncertain.lognormal import LognormalField
from kplan.scenario.uncertain.normal import NormalField
from kplan.scenario.uncertain.spread import Spread
from kplan.scenario.uncertain.triangular import TriangularField
from kplan.scenario.uncertain.uniform import UniformField


def _law(written: object) -> object:
    """The law as the param's value; what is wrong with it is told at `varies`."""
    try:
        return variation(written)
    except KplanError:
        return "1"


class Param(Written):
    """A number with a name, or arithmetic over other params."""

    value: Arithmetic = Field(description="A number or arithmetic over other params.")
    varies: Variation | None = Field(
        None,
        description="In place of a value: how it varies from query to query, for all stages together:"
        " {mean: 8_000, p95: 20_000}.",
    )
    unit: Text = Field("", description="What is counted: tokens, chunks.")
    range: Range | None = Field(None, description="Lowest and highest value that makes sense: [2, 20].")
    source: Text = Field("", description="Where the number comes from.")
    between: BetweenField = Field(
        None, description="How sure the value is: its 10th and 90th percentile, [4%, 15%]."
    )
    uniform: UniformField = Field(None, description="Any value is as likely from lowest to highest: [2, 8].")
    triangular: TriangularField = Field(None, description="Lowest, most likely, highest: [2, 4, 9].")
    normal: NormalField = Field(None, description="A normal distribution: {mean: 450, sd: 60}.")
    lognormal: LognormalField = Field(
        None, description="A lognormal distribution: {median: 450, p95: 1_200}, or mean and p95."
    )
    beta: BetaField = Field(None, description="A rate, by trials that passed and failed: [12, 138].")

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, written: object) -> object:
        if not isinstance(written, dict):
            return written if isinstance(written, Param) else {"value": written}
        if "varies" not in written:
            return written
        if "value" in written:
            raise PydanticCustomError("kplan", "`value` and `varies`: a param has one of them")
        return {**written, "value": _law(written["varies"])}

    def like(self, general: Param) -> Param:
        """A class's own value, with the unit, range and source of the general one where it says none."""
        said = {name: getattr(self, name) or getattr(general, name) for name in ("unit", "range", "source")}
        return self.model_copy(update=said)

    @property
    def spreads(self) -> dict[str, Spread]:
        """The distributions that are stated, by the key they are stated under; more than one is a problem."""
        return {name: said for name, said in self.__dict__.items() if isinstance(said, Spread)}

    def spread(self) -> Spread | None:
        """How the value is distributed; none where it is taken as known.

        Raises KplanError where the value is arithmetic, or no value that `between` goes around.
        """
        for said in self.spreads.values():
            if not isinstance(self.value, Number):
                raise KplanError("only a plain number can be uncertain; say so of the params it is made of")
            return said.around(self.value.value, self.range) if isinstance(said, Between) else said
        return None

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Also the short form."""
        return {"anyOf": [{"type": "number"}, {"type": "string"}, handler(schema)]}
