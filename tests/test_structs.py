"""Defaults of Structs are values, never a dataclass's recipe for one: no type checker tells."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator

from msgspec import Struct

import kplan


def below(kind: type[Struct]) -> Iterator[type[Struct]]:
    for each in kind.__subclasses__():
        yield each
        yield from below(each)


def test_no_struct_has_a_dataclass_field_for_a_default() -> None:
    for module in pkgutil.walk_packages(kplan.__path__, "kplan."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    ours = [each for each in below(Struct) if each.__module__.startswith("kplan.")]
    assert len(ours) > 300

    def is_wrong(kind: type[Struct]) -> bool:
        return any(isinstance(default, dataclasses.Field) for default in kind.__struct_defaults__)

    assert [each for each in ours if is_wrong(each)] == []
    planted = structs_with_a_recipe()
    assert is_wrong(planted)


def structs_with_a_recipe() -> type[Struct]:
    """What the test is about, planted."""

    class Planted(Struct, frozen=True):
        values: dict[str, int] = dataclasses.field(default_factory=dict)

    return Planted
