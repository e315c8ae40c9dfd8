"""Which model a name means: exact ids first, then explicit aliases, never a guess."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from kplan.errors import KplanError
from kplan.prices.models import ModelRow

MAKERS_FILE = "makers.csv"


class Named(Protocol):
    """What names are looked up in."""

    def model(self, provider: str, model: str) -> ModelRow | None:
        """The model with this very id."""

    def named(self, name: str) -> tuple[ModelRow, ...]:
        """The models of any provider that bear the name, as id or as alias."""

    def models(self) -> tuple[ModelRow, ...]:
        """Every model."""


class Makers(Struct, frozen=True):
    """Who makes a model, by how its id begins; the longest beginning wins."""

    by_prefix: Mapping[str, str]

    def of(self, name: str) -> str | None:
        """The maker's provider id, if the name is one of a known family."""
        fitting = [prefix for prefix in self.by_prefix if name.startswith(prefix)]
        return self.by_prefix[max(fitting, key=len)] if fitting else None


def load_makers(pricing: Path) -> Makers:
    """The table of id prefixes."""
    with (pricing / MAKERS_FILE).open(encoding="utf-8", newline="") as file:
        return Makers({line["prefix"]: line["provider"] for line in csv.DictReader(file)})


def find(ref: str, layers: Sequence[Named], makers: Makers) -> ModelRow:
    """The model a name means; the first layer is the lowest.

    `provider/model` is that very model. A bare id is, in this order: a model that a user's layer adds
    (unless that layer prices its maker's models too: an imported book lists many providers, and takes no
    name away), its maker's own, the only provider's that has it. Raises KplanError when it is none or
    several.
    """
    provider, _, name = ref.partition("/")
    if name and (found := _of_provider(provider, name, layers)):
        return found
    for upper in range(len(layers) - 1, 0, -1):
        lower = layers[:upper]
        added = [m for m in layers[upper].named(ref) if not any(low.model(m.provider, m.id) for low in lower)]
        if added and all(model.provider != makers.of(ref) for model in layers[upper].models()):
            return _only(ref, added, makers)
    everywhere = {model.ref: model for layer in layers for model in layer.named(ref)}
    if everywhere:
        return _only(ref, list(everywhere.values()), makers)
    raise KplanError(unknown(ref, layers, makers))


def _of_provider(provider: str, name: str, layers: Sequence[Named]) -> ModelRow | None:
    for layer in reversed(layers):
        if exact := layer.model(provider, name):
            return exact
    aliased = [m for layer in reversed(layers) for m in layer.named(name) if m.provider == provider]
    return aliased[0] if aliased else None


def _only(ref: str, candidates: Sequence[ModelRow], makers: Makers) -> ModelRow:
    """The one that is meant: the maker's, else the only exact id, else the only alias."""
    maker = makers.of(ref)
    for wanted in ([m for m in candidates if m.provider == maker], candidates):
        exact = [m for m in wanted if m.id == ref]
        for group in (exact, wanted):
            if len(group) == 1:
                return group[0]
            if group:
                raise KplanError(_ambiguous(ref, group))
    raise KplanError(_ambiguous(ref, candidates))


def _ambiguous(ref: str, candidates: Sequence[ModelRow]) -> str:
    shown = sorted(model.ref for model in candidates)
    more = f" and {len(shown) - 8} more" if len(shown) > 8 else ""
    return f'"{ref}" is ambiguous; write one of {", ".join(shown[:8])}{more}'


def unknown(ref: str, layers: Sequence[Named], makers: Makers) -> str:
    """The message for a name that no layer knows, with what it may have meant, in any case."""
    models = [model for layer in layers for model in layer.models()]
    names: dict[str, str] = {}
    for name in (name for m in models for name in (m.id, m.ref, *m.aliases)):
        names.setdefault(name.lower(), name)
    bare = ref.partition("/")[2].lower()
    elsewhere = sorted((m.provider != makers.of(m.id), m.ref) for m in models if m.id.lower() == bare)
    near = [name for _, name in elsewhere[:1]] or [
        names[name] for name in get_close_matches(ref.lower(), names, 1)
    ]
    hint = f"; did you mean {near[0]}?" if near else ""
    word = _listing_word(ref, [model.ref for model in models])
    return f'no model "{ref}"{hint} (kplan book list{f" {word}" if word else ""})'


def _listing_word(ref: str, refs: Sequence[str]) -> str:
    """The word of the name that narrows the list most without emptying it."""
    words: list[str] = re.findall(r"[a-z]{3,}", ref.lower())
    counts = {word: sum(word in known.lower() for known in refs) for word in words}
    fitting = [word for word in words if counts[word]]
    return min(fitting, key=counts.__getitem__) if fitting else ""
