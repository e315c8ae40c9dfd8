"""Models that are built when the first value of theirs is read, not with the model around them.

Building a pydantic model takes about a millisecond for ten fields. A scenario uses few of the stage kinds
and sections that there are; the others cost it nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, TypeVar

from msgspec import Struct
from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError
from pydantic_core.core_schema import no_info_plain_validator_function, union_schema

M = TypeVar("M", bound=BaseModel)
Models = Callable[[], Collection[type[BaseModel]]]
"""All models that may read a field, for the JSON Schema."""


class _ReadLater:
    """Marks a type of field; the models that may read it are built where the JSON Schema is asked for."""

    def __get_pydantic_core_schema__(self, model: type[BaseModel], _handler: object) -> CoreSchema:
        return _read_by(model.model_validate, lambda: [model])

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        models: Collection[type[BaseModel]] = schema["metadata"]["models"]()
        for model in models:
            model.model_rebuild()
        return handler(union_schema([model.__pydantic_core_schema__ for model in models]))


def _read_by(read: Callable[[Any], object], models: Models) -> CoreSchema:
    return no_info_plain_validator_function(read, metadata={"models": models})


OnUse = Annotated[M, _ReadLater()]
"""A model that is built on its first use: `checks: tuple[OnUse[Check], ...]`."""


class ReadBy(_ReadLater, Struct, frozen=True, eq=False):
    """Marks a type of field that a function reads, with a model of its choice."""

    read: Callable[[object], BaseModel]
    models: Models

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> CoreSchema:
        return _read_by(self.read, self.models)


class OneOf(_ReadLater, Struct, frozen=True, eq=False):
    """Marks a type of field that is one of several models, each built on its first use."""

    models: Mapping[str, type[BaseModel]]
    tag_of: Callable[[object], str]
    """Which of them a value is to be read with."""

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> CoreSchema:
        return _read_by(self._read, self.models.values)

    def _read(self, written: object) -> BaseModel:
        tag = self.tag_of(written)
        if tag not in self.models:
            context = {"discriminator": "kind", "tag": tag, "expected_tags": ", ".join(self.models)}
            raise PydanticKnownError("union_tag_invalid", context)
        return self.models[tag].model_validate(written)
