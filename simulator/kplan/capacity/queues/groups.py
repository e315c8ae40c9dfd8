"""Simulated times in groups of consecutive calls: how they spread, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import msgspec
import numpy as np
from msgspec import Struct

from kplan.capacity.queues.figures import Engine, Figure
from kplan.engine.montecarlo.histogram import BINS_PER_OCTAVE, LogHistogram
from kplan.form.arrays import Array

GROUPS = 20
_STUDENT = 2.093024
"""97.5 % point of Student's t with GROUPS - 1 = 19 degrees of freedom (any table)."""


@dataclass
class Times:
    """Times counted by size, with their sum; memory does not grow with their number."""

    sizes: LogHistogram = field(default_factory=LogHistogram)
    sum_s: float = 0.0
    n: int = 0

    def add(self, times_s: Array) -> None:
        """Count more times [s], shape (n,)."""
        self.sizes += LogHistogram.of(times_s)
        self.sum_s += float(times_s.sum())
        self.n += times_s.size

    @classmethod
    def together(cls, parts: Sequence[Times]) -> Times:
        """Those of all parts."""
        sizes = LogHistogram.together(each.sizes for each in parts)
        return cls(sizes, sum(each.sum_s for each in parts), sum(each.n for each in parts))

    @property
    def mean_s(self) -> float:
        """Their mean; 0 of none."""
        return self.sum_s / self.n if self.n else 0.0

    @property
    def above_zero(self) -> float:
        """Share of them that are not 0 [0..1]."""
        return 1 - self.sizes.n_zero / self.n if self.n else 0.0

    def quantile_s(self, share: float) -> float:
        """The time that this share of them does not exceed, evenly spread within a bin; 0 of none."""
        if not self.n:
            return 0.0
        middles, counts = self.sizes.points()
        up_to, rank = np.cumsum(counts), share * self.n
        place = min(int(np.searchsorted(up_to, rank)), counts.size - 1)
        missing = (float(up_to[place]) - rank) / float(counts[place])
        return float(middles[place]) + _width(float(middles[place])) * (0.5 - missing)

    def share_up_to(self, time_s: float) -> float:
        """Share of them that is at most so long, evenly spread within a bin [0..1]."""
        return self.sizes.up_to(time_s) / max(1, self.n)


def _width(middle: float) -> float:
    """Width of the bin around an amount; 0 has none."""
    return math.ldexp(1.0, math.frexp(middle)[1] - 1) / BINS_PER_OCTAVE if middle else 0.0


class Spread(Struct, frozen=True, dict=True):
    """Times in groups that are long enough to be nearly independent: batch means.

    Source: Law, Simulation Modeling and Analysis, 5th ed., chapter 9; Student's t over GROUPS.
    """

    groups: Sequence[Times] = msgspec.field(default_factory=lambda: tuple(Times() for _ in range(GROUPS)))

    @property
    def n(self) -> int:
        """How many times were seen."""
        return sum(group.n for group in self.groups)

    @property
    def mean_s(self) -> Figure:
        """Their mean."""
        return self._figure(lambda times: times.mean_s)

    @property
    def above_zero(self) -> Figure:
        """Share that is not 0 [0..1]."""
        found = self._figure(lambda times: times.above_zero)
        return Figure(found.value, found.engine, found.low, min(1.0, found.high))

    def up_to(self, time_s: float) -> Figure:
        """Share that is at most so long [0..1]."""
        return self._figure(lambda times: times.share_up_to(time_s))

    def quantile_s(self, share: float) -> Figure:
        """The time that this share of them does not exceed.

        The interval is that of the share below it, turned into times: the quantiles of single groups would
        lean to one side. Source: Heidelberger and Lewis, Quantile estimation in dependent sequences,
        Operations Research 32 (1984).
        """
        pooled = self._pooled
        value = pooled.quantile_s(share)
        below = self.up_to(value)
        off = (below.high - below.low) / 2
        low, high = pooled.quantile_s(max(0.0, share - off)), pooled.quantile_s(min(1.0, share + off))
        return Figure(value, Engine.SIMULATED, min(low, value), max(high, value))

    @cached_property
    def _pooled(self) -> Times:
        return Times.together(self.groups)

    def _figure(self, of: Callable[[Times], float]) -> Figure:
        return grouped(of(self._pooled), [of(group) for group in self.groups if group.n])


def grouped(value: float, by_group: Sequence[float]) -> Figure:
    """A figure of all calls, its interval from how it differs between groups; never below 0."""
    off = _STUDENT * float(np.std(by_group, ddof=1)) / math.sqrt(len(by_group)) if len(by_group) > 1 else 0.0
    return Figure(value, Engine.SIMULATED, max(0.0, value - off), value + off)
