"""Maps of a YAML file of dated data, read value by value, with all their problems at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from kplan.errors import KplanError, Mark, Problem
from kplan.form.numbers import clipped, duration, number
from kplan.scenario import tree
from kplan.scenario.names import meant

T = TypeVar("T")


@dataclass
class MapReader:
    """Reads values of maps in YAML, and keeps what is wrong with them, each with its line and column."""

    problems: list[Problem] = field(default_factory=list)

    def wrong(self, what: str, mark: Mark, path: str = "") -> None:
        """Keep a problem."""
        self.problems.append(Problem(what, mark, path))

    def keys(self, node: tree.Mapping, known: Sequence[str]) -> None:
        """Refuse keys that are not known."""
        for key, (mark, _) in node.entries.items():
            if key not in known and not key.startswith("x-"):
                self.wrong(f"unknown key `{clipped(key)}`{meant(key, known)}", mark)

    def text(self, node: tree.Mapping, key: str, default: str = "") -> str:
        """A single value as its text."""
        value = node.get(key)
        if value is None:
            return default
        if not isinstance(value, tree.Scalar):
            self.wrong("one value is expected here", value.mark, key)
            return default
        return value.text.strip()

    def value(self, node: tree.Mapping, key: str, read: Callable[[str], T], default: T) -> T:
        """A single value as `read` makes it of its text; an empty one is as if it were not there."""
        text, entry = self.text(node, key), node.get(key)
        if not text or entry is None:
            return default
        try:
            return read(text)
        except KplanError as e:
            self.problems += e.at(entry.mark, key).problems
            return default

    def texts(self, node: tree.Mapping, key: str) -> tuple[str, ...]:
        """One text or a list of them."""
        value = node.get(key)
        items = value.items if isinstance(value, tree.Sequence) else (value,) if value else ()
        found = [item.text.strip() for item in items if isinstance(item, tree.Scalar) and item.text.strip()]
        if len(found) < len(items):
            self.wrong("a name or a list of names is expected here", node.entries[key][0], key)
        return tuple(found)

    def maps(self, root: tree.Mapping, key: str) -> Iterator[tree.Mapping]:
        """The maps of a list."""
        value = root.get(key)
        if value is None or (isinstance(value, tree.Scalar) and value.is_null):
            return
        for item in value.items if isinstance(value, tree.Sequence) else (value,):
            if isinstance(item, tree.Mapping):
                yield item
            else:
                self.wrong(f"`{key}` is a list of maps", item.mark, key)


def span(text: str) -> Decimal:
    """A time above 0 [s]; with its unit."""
    found = duration(text)
    if not found:
        raise KplanError(f"`{clipped(text)}` is no time above 0; write 60s or 24h")
    return found


def weight(text: str) -> Decimal:
    """What a unit counts: 0 or more."""
    value = number(text)
    if value < 0:
        raise KplanError(f"`{clipped(text)}` is below 0")
    return value
