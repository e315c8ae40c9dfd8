"""Designs and classes of queries: what is laid over the stages of the pipeline."""

from __future__ import annotations

from typing import Any

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from kplan.kinds.fields import Models, Share
from kplan.scenario.buys import AnyBuy
from kplan.scenario.fields import Text, Written
from kplan.scenario.params import Param
from kplan.scenario.stages import AnyChange

DEFAULT_MODEL = "default"
"""Key under `models:` of the model that runs all stages not named there."""


class QueryClass(Written):
    """A kind of query: its share of all queries, and what is different for it."""

    share: Share = Field(description="Share of all queries; the shares add to 1.")
    params: dict[str, Param] = Field({}, description="Params with another value for this class.")
    stages: dict[str, AnyChange | None] = Field({}, description="Changed stages; null drops one.")

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, written: object) -> object:
        return {"share": written} if isinstance(written, str) else written

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Also the short form: the share alone."""
        return {"anyOf": [{"type": "number"}, {"type": "string"}, handler(schema)]}


class Design(Written):
    """An assignment of models to stages, with changes to the stages."""

    extends: Text | None = Field(None, description="Design that this one starts from.")
    models: dict[str, Models] = Field({}, description="Model of each stage; `default` for all others.")
    stages: dict[str, AnyChange | None] = Field({}, description="Changed or added stages; null drops one.")

    buys: dict[str, AnyBuy | None] = Field(
        {},
        description="Provisioned throughput that serves calls to a model, {azure/gpt-5.2: {term: 1 month}},"
        " or own GPUs: {MODEL: {curve: runs.csv, slo: {ttft_p95: 500ms}, usd_per_gpu_hour: 2.50}}; null buys"
        " none of it.",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, written: object) -> object:
        return {"models": {DEFAULT_MODEL: written}} if isinstance(written, str) else written

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Also the short form: one model everywhere."""
        return {"anyOf": [{"type": "string"}, handler(schema)]}
