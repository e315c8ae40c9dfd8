"""A scenario file as a tree in which every key and every value knows its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

from kplan.errors import Mark

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Scalar(Struct, frozen=True):
    """A single value, as its text."""

    text: str
    quoted: bool
    mark: Mark
    replaces: bool = False
    """Whether it is a null that took the place of a value of a lower layer."""

    @property
    def is_null(self) -> bool:
        """Whether the value was left out or written as null."""
        return not self.quoted and self.text in _NULLS


class Sequence(Struct, frozen=True):
    """A list."""

    items: tuple[Node, ...]
    mark: Mark


class Mapping(Struct, frozen=True):
    """A map, in the order written; each key with its own mark."""

    entries: dict[str, tuple[Mark, Node]]
    mark: Mark

    def get(self, key: str) -> Node | None:
        """The value of a key, if it is there."""
        entry = self.entries.get(key)
        return entry[1] if entry else None

    def with_entry(self, key: str, mark: Mark, value: Node) -> Mapping:
        """The same map with one key set; an old key keeps its place in the order."""
        return Mapping(self.entries | {key: (mark, value)}, self.mark)


Node: TypeAlias = Scalar | Sequence | Mapping
Place: TypeAlias = tuple[str | int, ...]
"""Keys and list positions that lead to a value."""


def found(node: Node | None, path: Place) -> Iterator[tuple[Mark, Node]]:
    """Key mark and node of each step of the path, as far as the tree goes."""
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            mark, node = node.entries[step]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            mark = node.mark
        else:
            return
        yield mark, node


def plain(node: Node) -> object:
    """The tree as dicts, lists, texts and None, without marks."""
    if isinstance(node, Scalar):
        return None if node.is_null else node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, (_, value) in node.entries.items()}
