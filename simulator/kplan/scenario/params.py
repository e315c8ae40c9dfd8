"""Params: numbers with names, which expressions everywhere in a scenario may use."""

from __future__ import annotations

from typing import Any

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from kplan.kinds.fields import Arithmetic
from kplan.scenario.fields import Range, Text, Written


class Param(Written):
    """A number with a name, or arithmetic over other params."""

    value: Arithmetic = Field(description="A number or arithmetic over other params.")
    unit: Text = Field("", description="What is counted: tokens, chunks.")
    range: Range | None = Field(None, description="Lowest and highest value that makes sense: [2, 20].")
    source: Text = Field("", description="Where the number comes from.")

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, written: object) -> object:
        return written if isinstance(written, (dict, Param)) else {"value": written}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Also the short form."""
        return {"anyOf": [{"type": "number"}, {"type": "string"}, handler(schema)]}
