"""What a reader of a benchmark's files is."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from kplan.capacity.fleet.content import Content
from kplan.capacity.fleet.points import Found


class Reader(Struct, frozen=True):
    """One format."""

    name: str
    what: str
    """Which files have it, in a few words."""
    fits: Callable[[Content], bool]
    """Whether a content has the format; looks at names of fields alone."""
    read: Callable[[Content], Found]
    """What it holds; what is wrong goes into the content's problems."""
