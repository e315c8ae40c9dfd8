"""What a source holds and a book does not: said with its reason, never dropped."""

from __future__ import annotations

from msgspec import Struct


class Skipped(Struct, frozen=True):
    """Something of a source that was left out."""

    what: str
    why: str
