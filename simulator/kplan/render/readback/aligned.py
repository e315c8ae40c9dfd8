"""Which line of a table is which after lines were inserted, deleted or edited: rows as well as columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

Line = tuple[str, ...]
"""The texts of a row or of a column, in order."""


def aligned(old: Sequence[Line], new: Sequence[Line]) -> Mapping[int, int]:
    """Number of each old line -> its number now, from 0; lines that are gone are left out.

    Lines with other texts in the same place are the same lines, edited.
    """
    pairs = zip(old, new, strict=False)
    first = next((n for n, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))
    return dict(_matched(old, new, first))


def _matched(old: Sequence[Line], new: Sequence[Line], first: int) -> Iterator[tuple[int, int]]:
    yield from ((n, n) for n in range(first))
    blocks = SequenceMatcher(None, old[first:], new[first:], autojunk=False).get_opcodes()
    for tag, a, a_end, b, b_end in blocks:
        ours, theirs = range(first + a, first + a_end), range(first + b, first + b_end)
        if tag == "equal" or len(ours) == len(theirs):
            yield from zip(ours, theirs, strict=True)
        elif tag == "replace":
            yield from _alike(old, new, ours, theirs)


def _alike(old: Sequence[Line], new: Sequence[Line], ours: range, theirs: range) -> Iterator[tuple[int, int]]:
    """Each line with the next one that keeps at least half of its texts."""
    at = theirs.start
    for line in ours:
        for other in range(at, theirs.stop):
            if 2 * len(set(old[line]) & set(new[other])) >= max(1, len(set(old[line]))):
                yield line, other
                at = other + 1
                break
