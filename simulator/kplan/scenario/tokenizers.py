"""Tokenizer factors: how many tokens a model makes of what the scenario counts as one."""

from __future__ import annotations

from typing import Any

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from kplan.scenario.fields import Multiple, Text, Written


class Tokenizer(Written):
    """Tokens of a model for each token of the scenario's profile."""

    factor: Multiple = Field(description="Tokens for each token of the scenario, above 0: 1.35.")
    source: Text = Field("", description="Where the number comes from: measured on our prompts.")

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, written: object) -> object:
        return written if isinstance(written, (dict, Tokenizer)) else {"factor": written}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Also the short form."""
        return {"anyOf": [{"type": "number"}, {"type": "string"}, handler(schema)]}
