"""What of a scenario may change a bill: the part of it that a lock takes the fingerprint of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kplan.scenario.buys import buys_something

_COSTS_NOTHING = frozenset(
    {
        "kplan",
        "name",
        "include",
        "variants",
        "tags",
        "checks",
        "claims",
        "books",
        "budget",
        "baseline",
        "candidates",
    }
    | {"singles", "in_use", "latency", "targets", "limits"}
)
"""Keys that change no design's bill: what includes, variants and books bring is told by what they lead to."""
_OF_UNITS = frozenset({"traffic", "offers"})
"""Keys that change the bills of designs that buy units, and no others."""

_NAMING_FILES = frozenset({"file", "curve", "trace", "week", "traffic"})
"""Keys that may name a file whose content moves a bill, beside the books of `offers`."""


def that_costs(said: Any) -> dict[str, Any]:
    """The keys that may change a bill; what the books of `prices` bring is told by the rows that hold."""
    designs = said.get("designs")
    buys = isinstance(designs, dict) and any(map(buys_something, designs.values()))
    nothing = _COSTS_NOTHING if buys else _COSTS_NOTHING | _OF_UNITS
    found = {key: value for key, value in said.items() if key not in nothing}
    prices = found.pop("prices", None)
    own = {key: value for key, value in prices.items() if key != "book"} if isinstance(prices, dict) else {}
    return found | ({"prices": own} if own else {})


def files_named(said: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where the plain content of a scenario names files whose content may change a bill, and their names."""
    if isinstance(said, dict | list):
        for key, value in said.items() if isinstance(said, dict) else enumerate(said):
            yield from files_named(value, (*place, key))
    elif isinstance(said, str) and (place[:2] == ("offers", "book") or _NAMING_FILES & set(place[-2:])):
        yield place, said


def content_sha256(path: Path) -> str:
    """Fingerprint of a file, or of all files of a folder with their names; empty where there is neither."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    inside = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else []
    told = (f"{each.relative_to(path).as_posix()} {content_sha256(each)}" for each in inside)
    return hashlib.sha256("\n".join(told).encode()).hexdigest() if inside else ""
