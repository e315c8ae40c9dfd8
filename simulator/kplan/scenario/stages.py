"""Stages as scenarios hold them: whole ones of any kind, and changes that designs and classes make."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, create_model

from kplan.kinds import DEFAULT_KIND, KINDS
from kplan.kinds.on_use import OneOf
from kplan.kinds.stage import Stage


class StageChange(BaseModel):
    """What a design or a class says of a stage: any field of any kind, none required."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def said(self) -> dict[str, Any]:
        """The fields that were written, with their values."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _change_model() -> type[StageChange]:
    fields: dict[str, Any] = {}
    for kind in KINDS.values():
        for name, field in kind.model_fields.items():
            annotation: Any = field.annotation
            if field.metadata:
                annotation = Annotated[(annotation, *field.metadata)]
            fields.setdefault(name, (annotation | None, Field(None, description=field.description)))
    fields["kind"] = (Literal[tuple(KINDS)] | None, None)
    return create_model("StageChange", __base__=StageChange, **fields)


def _kind_of(written: object) -> str:
    kind = written.get("kind") if isinstance(written, dict) else getattr(written, "kind", None)
    return str(kind or DEFAULT_KIND)


CHANGE_MODEL = _change_model()
"""The pydantic model of a change, with the fields of every kind in the registry."""

AnyStage: TypeAlias = Annotated[Stage, OneOf(KINDS, _kind_of)]
"""A stage of any kind in the registry."""
AnyChange: TypeAlias = Annotated[StageChange, OneOf({"": CHANGE_MODEL}, lambda _: "")]
"""A change to a stage of any kind."""
