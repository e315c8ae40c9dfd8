"""Many queries on their way at once: what each carries with it, in columns, and groups of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kplan.form.arrays import Array

Value: TypeAlias = float | Array
"""One number for all of a group, or one for each."""
Rows = NDArray[np.intp]
Group: TypeAlias = slice | Rows
"""Everyone, or the rows of some, ascending."""

EVERYONE = slice(None)


class Crowd:
    """Columns of float64 with a row for each query; a column is one plain number while all rows are alike.

    A column that was never written is 0.

    grows  whether rows are added on the way: then a group is always a list of rows
    """

    def __init__(self, n: int, *, grows: bool = False) -> None:
        self.n = n
        self.grows = grows
        self.columns: dict[Hashable, Value] = {}

    def of(self, column: Hashable, group: Group) -> Value:
        """What a group has in a column; of everyone it is the column itself, not a copy."""
        held = self.columns.get(column, 0.0)
        return held if isinstance(held, float) else held[group]

    def put(self, column: Hashable, group: Group, value: Value) -> None:
        """Write a column for a group."""
        if isinstance(group, slice):
            self.columns[column] = value if isinstance(value, float) else value.copy()
        elif not isinstance(value, float) or self.columns.get(column, 0.0) is not value:
            self._array(column)[group] = value

    def add(self, column: Hashable, group: Group, value: Value) -> None:
        """Add to a column for a group."""
        held = self.columns.get(column, 0.0)
        if isinstance(value, float) and value == 0.0:
            return
        if not isinstance(group, slice):
            self._array(column)[group] += value
        elif isinstance(held, float):
            self.columns[column] = held + value
        else:
            held += value

    def whole(self, column: Hashable) -> Array:
        """A column with a row for each query, shape (n,)."""
        return self._array(column)

    def _array(self, column: Hashable) -> Array:
        held = self.columns.get(column, 0.0)
        if isinstance(held, float):
            held = self.columns[column] = np.full(self.n, held)
        return held

    def grow(self, parents: Rows, by: int, n: int) -> None:
        """Rows like some that there are, `by` places further on, in a crowd of then n."""
        for column, held in self.columns.items():
            if not isinstance(held, float):
                wider = np.zeros(n)
                wider[: self.n] = held
                wider[parents + by] = held[parents]
                self.columns[column] = wider
        self.n = n

    def together(self, groups: Sequence[Group]) -> Group | None:
        """Those of any of these groups, none of which share a row; None for nobody."""
        if len(groups) < 2:
            return groups[0] if groups else None
        rows = np.sort(np.concatenate([np.arange(self.n)[group] for group in groups]))
        return EVERYONE if rows.size == self.n and not self.grows else rows

    def without(self, group: Group, lost: Value) -> tuple[Group | None, Group | None]:
        """The group without those who are marked, above 0, and these."""
        if isinstance(lost, float):
            return (None, group) if lost else (group, None)
        return part(group, lost == 0), part(group, lost > 0)


def part(group: Group, chosen: NDArray[np.bool_]) -> Group | None:
    """Those of a group that are chosen; None for nobody."""
    rows = np.flatnonzero(chosen)
    if rows.size in (0, chosen.size):
        return group if rows.size else None
    return rows if isinstance(group, slice) else group[rows]
