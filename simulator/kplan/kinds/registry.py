"""The kinds by name, each imported when it is first asked for: a scenario uses few of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType

from kplan.kinds.stage import Stage

_AGREED: Mapping[str, str] = MappingProxyType({"documents": "documents"})
"""Fields of another unit in some kind: what they have in common. Of the others the first kind says it."""


class Kinds(Mapping[str, type[Stage]]):
    """Name of a kind -> its model; names alone are looked at without importing any."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        """`targets` are `module:class` by name of the kind."""
        self._targets = dict(targets)
        self._found: dict[str, type[Stage]] = {}

    def __getitem__(self, name: str) -> type[Stage]:
        if name not in self._found:
            module, _, attribute = self._targets[name].partition(":")
            self._found[name] = getattr(import_module(module), attribute)
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._targets

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __len__(self) -> int:
        return len(self._targets)

    def with_field(self, field: str) -> type[Stage] | None:
        """The first kind that says something of such a field; it is a part of a whole in all or in none."""
        known = (kind for kind in self.values() if field in (*kind.model_fields, *kind.parts, *kind.units))
        return next(known, None)

    def unit_of(self, field: str) -> str:
        """The unit of a field, as far as all kinds that have such a field agree on it; empty for none."""
        if field in _AGREED:
            return _AGREED[field]
        kind = self.with_field(field)
        return kind.units.get(field, "") if kind is not None else ""
