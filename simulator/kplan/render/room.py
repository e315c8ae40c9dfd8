"""How much a page for a pull request may hold: what has no room is counted."""

from __future__ import annotations

from collections.abc import Iterable

MOST_CHARACTERS = 59_000
"""GitHub takes 65 536 characters a comment; below 60 000 there is room for what surrounds them."""


class Room:
    """Characters that are left on the page."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.missing = 0

    def kept(self, lines: Iterable[str]) -> list[str]:
        """The lines up to the first for which there is no room; the others are counted."""
        kept = []
        for line in lines:
            if self.missing or len(line) + 1 > self.left:
                self.missing += 1
                continue
            self.left -= len(line) + 1
            kept.append(line)
        return kept
