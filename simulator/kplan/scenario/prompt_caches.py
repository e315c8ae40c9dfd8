"""Prompt caches: beginnings of prompts that providers keep for a while, named once for many stages."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from kplan.kinds.fields import Amount, Flag, Share
from kplan.scenario.fields import Text, Written


class PromptCache(Written):
    """A prefix of prompts: the first call on a model writes it, later ones read it while it is kept.

    It is lost on another model, which has a cache of its own. A read keeps it for as long again.
    """

    tokens: Amount = Field(description="Tokens of the prefix; they are part of the input of its calls.")
    ttl: Literal["5m", "1h"] = Field("5m", description="How long it is kept after each use: 5m or 1h.")
    shared: Flag = Field(
        False,
        description="Whether all queries have the same prefix, such as a system prompt: then the rate at"
        " which queries come says how often it is still warm.",
    )
    warm: Share | None = Field(
        None, description="Share of the queries that find it warm, in place of what their rate says."
    )
    source: Text = Field("", description="Where the numbers come from.")

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, written: object) -> object:
        return written if isinstance(written, (dict, PromptCache)) else {"tokens": written}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Also the short form."""
        return {"anyOf": [{"type": "number"}, {"type": "string"}, handler(schema)]}
