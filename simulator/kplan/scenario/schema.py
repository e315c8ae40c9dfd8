"""The JSON Schema of scenario files, made of the same models that read them."""

from __future__ import annotations

from typing import Any, get_args

from pydantic.json_schema import GenerateJsonSchema

from kplan.form.expressions import Expression
from kplan.form.shown import show
from kplan.kinds.block import A_STAGE
from kplan.scenario.model import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _AsWritten(GenerateJsonSchema):
    """Gives defaults as they would stand in a file."""

    def encode_default(self, dft: Any) -> Any:
        return show(dft) if isinstance(dft, get_args(Expression)) else super().encode_default(dft)


def json_schema() -> dict[str, Any]:
    """The schema, with `x-` keys allowed at the top."""
    schema = Scenario.model_json_schema(mode="validation", schema_generator=_AsWritten)
    schema["patternProperties"] = {"^x-": True}
    described: dict[str, Any] = _any_of(schema)
    return {"$schema": DIALECT, **described, "title": "kplan scenario"}


def _any_of(node: Any) -> Any:
    """The same with `anyOf` for `oneOf`: a stage that does not say its kind may fit several kinds.

    The stages of a block are those of the pipeline again.
    """
    if node == A_STAGE:
        return {"$ref": "#/properties/stages/additionalProperties"}
    if isinstance(node, dict):
        return {"anyOf" if key == "oneOf" else key: _any_of(value) for key, value in node.items()}
    return [_any_of(item) for item in node] if isinstance(node, list) else node
