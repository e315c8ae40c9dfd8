"""Who takes which way: drawn for each query, or kept as a rule that splits all who are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.engine.flow.crowd import Crowd, Group, Rows, Value, part
from kplan.engine.flow.streams import Streams
from kplan.form.arrays import Array

Codes = NDArray[Any]
"""Small unsigned integers, shape (n,)."""


class TooManyWaysError(Exception):
    """More ways than are kept apart."""


class Chooser(Protocol):
    """Parts a group by chance."""

    def choose(self, group: Group, chances: Sequence[Value], name: str) -> list[Group | None]:
        """The group in parts, one for each chance and a last one for the rest; None for nobody."""

    def whole(self, group: Group, parts: Sequence[Group]) -> Group:
        """A group whose parts, none of them empty, have gone their ways."""


@dataclass
class Drawn:
    """A number from 0 to 1 for each query of a chunk, whoever is in the group: so designs pair up."""

    streams: Streams
    n: int

    def __post_init__(self) -> None:
        self._drawn = np.empty(self.n)

    def choose(self, group: Group, chances: Sequence[Value], name: str) -> list[Group | None]:
        """See `Chooser`."""
        self.streams.of(name).random(out=self._drawn)
        drawn = self._drawn[group]
        rest: NDArray[np.bool_] | None = None
        parts = []
        for bound in accumulate(chances):
            below = drawn < bound
            parts.append(part(group, below if rest is None else below & rest))
            rest = ~below
        assert rest is not None
        return [*parts, part(group, rest)]

    def whole(self, group: Group, parts: Sequence[Group]) -> Group:  # noqa: ARG002 -- rows are queries
        """See `Chooser`: it has the rows that it had."""
        return group


class Split(Struct, frozen=True):
    """A rule: rows whose number is at or above a bound move on by some places.

    rows     who is parted; None for everyone
    bounds   ascending, [0..1]
    steps    by how many places more than at the bound before, modulo the codes' range
    """

    name: str
    rows: Rows | None
    bounds: tuple[float, ...]
    steps: tuple[int, ...]

    def apply(self, codes: Codes, streams: Streams, drawn: Array) -> None:
        """Move the codes of a chunk, in place.

        drawn  room for numbers, shape (n,)
        """
        inside = self._inside(codes)
        if inside is not None and not inside.any():
            return
        streams.of(self.name).random(out=drawn)
        for bound, step in zip(self.bounds, self.steps, strict=True):
            moved = drawn >= bound
            if inside is not None:
                moved &= inside
            codes += moved.view(np.uint8) * codes.dtype.type(step % (1 << 8 * codes.itemsize))

    def _inside(self, codes: Codes) -> NDArray[np.bool_] | None:
        if self.rows is None:
            return None
        first, last = int(self.rows[0]), int(self.rows[-1])
        if first == last:
            return np.asarray(codes == first)
        if last - first + 1 == self.rows.size:
            return np.asarray(codes - codes.dtype.type(first) <= last - first)
        held = np.zeros(last + 1, dtype=bool)
        held[self.rows] = True
        return np.asarray(held[np.minimum(codes, last).astype(np.intp)] & (codes <= last))


@dataclass
class Ways:
    """Rows are ways of a query: where a way parts, each part gets a row of its own, with what it carries.

    most  so many rows at most; beyond, TooManyWaysError is raised
    """

    crowd: Crowd
    most: int
    splits: list[Split] = field(default_factory=list)
    n_used: int = 1

    def choose(self, group: Group, chances: Sequence[Value], name: str) -> list[Group | None]:
        """See `Chooser`; chances are plain numbers here."""
        assert not isinstance(group, slice)
        parts: list[Group | None] = [group]
        at, steps = 0, []
        is_everyone = group.size == self.n_used
        for _ in chances:
            by = self.crowd.n - int(group[0])
            n = int(group[-1]) + by + 1
            if n > self.most:
                raise TooManyWaysError
            self.crowd.grow(group, by, n)
            parts.append(group + by)
            steps.append(by - at)
            at = by
        self.n_used += group.size * len(chances)
        bounds = tuple(float(bound) for bound in accumulate(chances))
        self.splits.append(Split(name, None if is_everyone else group, bounds, tuple(steps)))
        return parts

    def whole(self, group: Group, parts: Sequence[Group]) -> Group:  # noqa: ARG002 -- rows have been added
        """See `Chooser`: all rows that its own have become."""
        found = self.crowd.together(parts)
        assert found is not None
        return found
