"""A stage as one design runs it for one class of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, cast

from msgspec import Struct

from kplan.errors import Problem
from kplan.form.expressions import Expression
from kplan.kinds.choice import Shares
from kplan.kinds.stage import RunsOn, Stage
from kplan.scenario.tree import Place


class PlacedStage(Struct, frozen=True, dict=True):
    """A stage with all defaults filled in, its models chosen, and the places that said all this."""

    id: str
    stage: Stage
    models: Shares
    """Model names with the share of calls each takes; the shares add to 1."""
    path: Place
    """Where the stage is said first."""
    model_path: Place
    """Where its model is said."""
    places: Mapping[str, Place]
    """Where each of its fields is said, for those that are."""

    @property
    def kind(self) -> str:
        """The kind of the stage."""
        return self.stage.kind

    @property
    def chance(self) -> Expression | None:
        """Share of the queries that visit the stage, where it is said."""
        return self.expressions.get("chance")

    @property
    def mode(self) -> str:
        """Service tier; empty for the scenario's own."""
        return cast("str | None", getattr(self.stage, "mode", None)) or ""

    @property
    def region(self) -> str:
        """Where the stage runs; empty for the scenario's own."""
        return cast("str | None", getattr(self.stage, "region", None)) or ""

    @property
    def runs_on_chat(self) -> bool:
        """Whether designs choose its model."""
        return self.stage.runs_on is RunsOn.CHAT

    @cached_property
    def expressions(self) -> Mapping[str, Expression]:
        """Every field that is arithmetic, by name, defaults included: input, cached, usage.page, calls …"""
        found: dict[str, Expression] = {}
        for name in type(self.stage).model_fields:
            value = getattr(self.stage, name)
            if isinstance(value, Expression):
                found[name] = value
            elif isinstance(value, dict):
                found |= _expressions(name, value)
        return found

    def place(self, name: str) -> Place:
        """Where a field is said, or part of one such as `confusion.small.large`; else where the stage is."""
        said, _, part = name.rpartition(".")
        if name in self.places or not said:
            return self.places.get(name, self.path)
        return (*self.place(said), part)

    def place_of_meter(self, meter: str) -> Place:
        """Where it is said how much of a meter the stage uses, else where the stage is."""
        field = self.stage.said_by.get(meter, meter)
        return self.places.get(f"usage.{meter}") or self.place(field)


Laid = tuple[tuple[PlacedStage, ...], tuple[Problem, ...]]
"""The stages of a design for a class that are sound, and the problems of all others."""


def _expressions(name: str, held: Mapping[str, object]) -> dict[str, Expression]:
    """The expressions in a map and the maps in it, by their keys."""
    found: dict[str, Expression] = {}
    for key, value in held.items():
        if isinstance(value, Expression):
            found[f"{name}.{key}"] = value
        elif isinstance(value, dict):
            found |= _expressions(f"{name}.{key}", value)
    return found


def with_part(held: Any, parts: Sequence[str], value: Expression) -> Any:
    """A field with one of its expressions replaced, found by the keys of the maps around it."""
    if not parts:
        return value
    first, *rest = parts
    return {**held, first: with_part(held[first], rest, value)}
