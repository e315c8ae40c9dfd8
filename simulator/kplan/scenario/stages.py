"""Stages as scenarios hold them: whole ones of any kind, and changes that designs and classes make."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, create_model

from kplan.kinds import DEFAULT_KIND, KINDS
from kplan.kinds.on_use import OneOf, ReadBy
from kplan.kinds.stage import Stage


class StageChange(BaseModel):
    """What a design or a class says of a stage: any field of any kind, none required."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def said(self) -> dict[str, Any]:
        """The fields that were written, with their values."""
        return {name: getattr(self, name) for name in self.model_fields_set}


@cache
def change_model(n_kinds: int = len(KINDS)) -> type[StageChange]:
    """The pydantic model of a change, with the fields of so many kinds of the registry, its first."""
    fields: dict[str, Any] = {}
    for kind in islice(KINDS.values(), n_kinds):
        for name, field in kind.model_fields.items():
            annotation: Any = field.annotation
            if field.metadata:
                annotation = Annotated[(annotation, *field.metadata)]
            fields.setdefault(name, (annotation | None, Field(None, description=field.description)))
    fields["kind"] = (Literal[tuple(KINDS)] | None, None)
    return create_model("StageChange", __base__=StageChange, **fields)


def _change(written: object) -> StageChange:
    """Read by the model of as few kinds as know all that is written, so that no more are imported."""
    if isinstance(written, StageChange):
        return written
    unknown = set(written) if isinstance(written, dict) else set()
    for n_kinds, kind in enumerate(KINDS.values(), 1):
        unknown -= kind.model_fields.keys()
        if not unknown:
            return change_model(n_kinds).model_validate(written)
    return change_model().model_validate(written)


def _kind_of(written: object) -> str:
    kind = written.get("kind") if isinstance(written, dict) else getattr(written, "kind", None)
    return str(kind or DEFAULT_KIND)


AnyStage: TypeAlias = Annotated[Stage, OneOf(KINDS, _kind_of)]
"""A stage of any kind in the registry."""
AnyChange: TypeAlias = Annotated[StageChange, ReadBy(_change, lambda: [change_model()])]
"""A change to a stage of any kind."""
