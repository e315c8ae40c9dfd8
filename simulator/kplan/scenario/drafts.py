"""A stage while designs and classes are laid over it, field by field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct, field

from kplan.kinds import DEFAULT_KIND, KINDS
from kplan.kinds.stage import Stage
from kplan.scenario.tree import Place


class Draft(Struct):
    """A stage while its layers are laid on: each field with the place that said it last."""

    id: str
    path: Place
    fields: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    is_whole: bool = True
    """False where what it is like could not be filled in."""

    @property
    def kind(self) -> str:
        """The kind that the layers agreed on."""
        return self.fields.get("kind") or DEFAULT_KIND

    @property
    def model(self) -> type[Stage]:
        """The pydantic model of the stage's kind."""
        return KINDS[self.kind]

    def lay(self, said: Mapping[str, Any], path: Place) -> None:
        """Lay fields over the draft: null takes a field back, a map is laid over another key by key.

        A field that stands in place of another takes that one back too, unless both are said here.
        """
        for name, value in said.items():
            below = self.fields.pop(name, None)
            self.places[name] = (*path, name)
            if isinstance(value, dict):
                self.places |= _parts(name, value, (*path, name))
                self.fields[name] = {**(below or {}), **value}
            elif value is not None:
                self.fields[name] = value
        for name in self._replaced(said):
            self.fields.pop(name, None)

    def _replaced(self, said: Mapping[str, Any]) -> list[str]:
        """The fields in place of which these say another."""
        either = self.model.either
        is_said = any(said.get(name) is not None for name in either)
        return [name for name in either if is_said and name not in said]

    def fill(self, other: Draft) -> None:
        """Take from the other stage what `like` copies and this one does not say."""
        replaced = self._replaced(self.fields)
        for name in self.model.copied:
            if name not in self.fields and name in other.fields and name not in replaced:
                self.fields[name] = other.fields[name]
                self.places |= {
                    place: path for place, path in other.places.items() if place.partition(".")[0] == name
                }
                self.places.setdefault(name, other.path)


def _parts(name: str, value: Mapping[str, Any], path: Place) -> dict[str, Place]:
    """The place of everything in a map, and in the maps in it."""
    found: dict[str, Place] = {}
    for key, part in value.items():
        found[f"{name}.{key}"] = (*path, key)
        if isinstance(part, dict):
            found |= _parts(f"{name}.{key}", part, (*path, key))
    return found


def without(said: Any, gone: Collection[str]) -> Any:
    """What a field of a block says by stage, without the stages that are gone."""
    if isinstance(said, dict):
        return {name: without(part, gone) for name, part in said.items() if name not in gone}
    return tuple(name for name in said if name not in gone) if isinstance(said, tuple) else said
