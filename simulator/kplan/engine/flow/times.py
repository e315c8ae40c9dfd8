"""Discrete distributions of a time: shifted, mixed, added up, and the longest of several."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

Nanoseconds = NDArray[np.int64]
Chances = NDArray[np.float64]

PER_SECOND = 1_000_000_000
"""Times are whole nanoseconds, so that equal ones are one."""
MOST_POINTS = 20_000
"""Points of one distribution; beyond, neighbours are merged."""
MOST_PAIRS = 2_000_000
"""Pairs of points that are added up one by one; beyond, on a grid."""
_SLACK = 1e-12
"""Chances that miss a percentile by less reach it."""


class Times(Struct, frozen=True):
    """How long something takes, in one outcome of several: the chances add to that of the outcome.

    at_ns   (n,) ascending, each once [ns]
    chance  (n,) above 0
    off_ns  no query's time lies further from the exact one, so no percentile does
    Merged points keep their mean, up to half a nanosecond.
    """

    at_ns: Nanoseconds
    chance: Chances
    off_ns: int = 0

    @classmethod
    def of(cls, seconds: float, chance: float = 1.0) -> Times:
        """One time for sure, in an outcome of this chance."""
        at_ns = np.array([round(seconds * PER_SECOND)], dtype=np.int64)
        return cls(at_ns, np.array([chance], dtype=np.float64))

    @classmethod
    def spread(cls, at_ns: Nanoseconds, chance: Chances, off_ns: int = 0) -> Times:
        """Of times in any order, which may be there more than once."""
        times, which = np.unique(at_ns, return_inverse=True)
        summed = np.bincount(which, weights=chance, minlength=len(times)).astype(np.float64)
        return cls(times[summed > 0], summed[summed > 0], off_ns).within(MOST_POINTS)

    @property
    def total(self) -> float:
        """Chance of the outcome."""
        return float(self.chance.sum())

    def mean_ns(self) -> float:
        """Mean time, given the outcome [ns]."""
        return float(self.at_ns @ self.chance) / self.total

    def percentile_ns(self, part: float) -> int:
        """The smallest time within which this part of the queries is through, given the outcome [ns]."""
        reached = np.cumsum(self.chance) / self.total >= part - _SLACK
        return int(self.at_ns[int(np.argmax(reached))])

    def scaled(self, chance: float) -> Times:
        """The same where the outcome has this chance on top."""
        if chance <= 0:
            return replace(self, at_ns=self.at_ns[:0], chance=self.chance[:0])
        return replace(self, chance=self.chance * chance)

    def then(self, other: Times) -> Times:
        """One behind the other, independent of each other."""
        off_ns = self.off_ns + other.off_ns
        if len(other.at_ns) == 1:
            return Times(self.at_ns + other.at_ns[0], self.chance * other.chance[0], off_ns)
        if len(self.at_ns) * len(other.at_ns) > MOST_PAIRS:
            return _added_on_grid(self, other)
        at_ns = np.add.outer(self.at_ns, other.at_ns).ravel()
        return Times.spread(at_ns, np.multiply.outer(self.chance, other.chance).ravel(), off_ns)

    def beside(self, other: Times) -> Times:
        """The longer of two that start together, independent of each other: F(t) = F1(t) x F2(t)."""
        at_ns = np.union1d(self.at_ns, other.at_ns)
        return _of_cumulated(at_ns, self._up_to(at_ns) * other._up_to(at_ns), _worse(self, other))

    def repeated(self, count: int) -> Times:
        """Several alike, one behind the other; the number is at least 1."""
        found, twice = None, self
        while True:
            if count % 2:
                found = twice if found is None else found.then(twice)
            count //= 2
            if not count:
                assert found is not None
                return found
            twice = twice.then(twice)

    def longest_of(self, count: int) -> Times:
        """The longest of several alike that start together: F(t) to the power of their number."""
        return _of_cumulated(self.at_ns, np.cumsum(self.chance) ** count, self.off_ns)

    def _up_to(self, at_ns: Nanoseconds) -> Chances:
        cumulated = np.concatenate(([0.0], np.cumsum(self.chance)))
        found: Chances = cumulated[np.searchsorted(self.at_ns, at_ns, side="right")]
        return found

    def within(self, most: int) -> Times:
        """At most so many points: those that lie in one of as many equal spans become their mean."""
        if len(self.at_ns) <= most:
            return self
        step = -(-(int(self.at_ns[-1] - self.at_ns[0]) + 1) // most)
        span = (self.at_ns - self.at_ns[0]) // step
        starts = np.flatnonzero(np.diff(span, prepend=-1))
        ends = np.append(starts[1:], len(span)) - 1
        chance = np.add.reduceat(self.chance, starts)
        beyond = self.at_ns - np.repeat(self.at_ns[starts], np.diff(np.append(starts, len(span))))
        mean = np.add.reduceat(beyond * self.chance, starts) / chance
        width = int((self.at_ns[ends] - self.at_ns[starts]).max())
        return Times(self.at_ns[starts] + np.rint(mean).astype(np.int64), chance, self.off_ns + width)


def mixed(parts: Iterable[Times]) -> Times:
    """One of several, each in its own outcome."""
    found = list(parts)
    if len(found) == 1:
        return found[0]
    at_ns = np.concatenate([each.at_ns for each in found])
    chance = np.concatenate([each.chance for each in found])
    return Times.spread(at_ns, chance, max(each.off_ns for each in found))


def _worse(one: Times, other: Times) -> int:
    return max(one.off_ns, other.off_ns)


def _of_cumulated(at_ns: Nanoseconds, up_to: Chances, off_ns: int) -> Times:
    chance = np.diff(up_to, prepend=0.0).astype(np.float64)
    return Times(at_ns[chance > 0], chance[chance > 0], off_ns).within(MOST_POINTS)


def _added_on_grid(one: Times, other: Times) -> Times:
    """The sum of two with many points, each point shared by the two of a grid around it: means stay."""
    ranges = [int(each.at_ns[-1] - each.at_ns[0]) for each in (one, other)]
    step = -(-sum(ranges) // MOST_POINTS) + 1
    chance = np.convolve(_on_grid(one, step), _on_grid(other, step))
    at_ns = one.at_ns[0] + other.at_ns[0] + step * np.arange(len(chance), dtype=np.int64)
    return Times.spread(at_ns, chance, one.off_ns + other.off_ns + 2 * step)


def _on_grid(times: Times, step: int) -> Chances:
    cell, beyond = np.divmod(times.at_ns - times.at_ns[0], step)
    upper = times.chance * (beyond / step).astype(np.float64)
    size = int(cell[-1]) + 2
    lower = np.bincount(cell, weights=times.chance - upper, minlength=size)
    return (lower + np.bincount(cell + 1, weights=upper, minlength=size)).astype(np.float64)
