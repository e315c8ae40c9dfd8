"""What a source holds and a book does not: said with its reason, never dropped."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something of a source that was left out."""

    what: str
    why: str
