"""What is kept of chunks of queries: sums and counts, never the queries themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kplan.engine.flow.sampler import Outcomes
from kplan.engine.montecarlo.found import Drawn, Estimate, Spreading
from kplan.engine.montecarlo.histogram import Counts, LogHistogram
from kplan.engine.montecarlo.moments import Moments, PowerSums, effective
from kplan.engine.montecarlo.numbers import decimal
from kplan.engine.montecarlo.spread import Spread, Z, wilson
from kplan.form.arrays import Array

PERCENTS = (50, 90, 95, 99)


@dataclass
class Amounts:
    """One amount of queries, the cost or the time: sums of powers, and counts by size or by way."""

    sums: PowerSums
    histogram: LogHistogram = field(default_factory=LogHistogram)
    by_way: Array | None = None
    """The amount of each way, shape (ways,), where queries are counted by way."""
    counts: Counts | None = None

    @classmethod
    def of(cls, amounts: Array, counts: Counts | None, about: float) -> Amounts:
        """A chunk: an amount a query, or an amount a way with the number of queries."""
        sums = PowerSums(about)
        sums.add(amounts, counts)
        if counts is None:
            return cls(sums, LogHistogram.of(amounts))
        return cls(sums, by_way=amounts, counts=counts)

    def extend(self, later: Amounts) -> None:
        """Chunks that come behind these."""
        self.sums.extend(later.sums)
        self.histogram += later.histogram
        if self.counts is not None and later.counts is not None:
            self.counts = self.counts + later.counts

    def points(self) -> tuple[Array, Array]:
        """Amounts with the share of the queries that has each, shapes (m,)."""
        if self.by_way is None or self.counts is None:
            amounts, counts = self.histogram.points()
            return amounts, counts / counts.sum()
        return self.by_way, self.counts / self.counts.sum()


@dataclass
class Tally:
    """Queries of one class under one design."""

    n: int
    n_stopped: int
    cost: Amounts
    time: Amounts | None
    """None where some model's speed is unknown."""

    @classmethod
    def of(cls, outcomes: Outcomes, cost_usd: float) -> Tally:
        """A chunk; the cost is near that of a query, which makes sums precise."""
        counts, stopped = outcomes.counts(), outcomes.is_stopped
        cost = Amounts.of(outcomes.cost_usd, counts, cost_usd)
        time = None if outcomes.time_s is None else Amounts.of(outcomes.time_s, counts, 0.0)
        n_stopped = int(np.count_nonzero(stopped) if counts is None else counts[stopped].sum())
        return cls(cost.sums.n, n_stopped, cost, time)

    def extend(self, later: Tally) -> None:
        """Chunks that come behind these."""
        self.n += later.n
        self.n_stopped += later.n_stopped
        self.cost.extend(later.cost)
        if self.time is None or later.time is None:
            self.time = None
        else:
            self.time.extend(later.time)


def drawn(tallies: Mapping[str, Tally], shares: Mapping[str, float]) -> Drawn:
    """The classes as one, each with its share; the shares add to 1."""
    n = effective({name: each.n for name, each in tallies.items()}, shares)
    times = {name: each.time for name, each in tallies.items() if each.time is not None}
    stopped = sum(shares[name] * each.n_stopped / each.n for name, each in tallies.items())
    return Drawn(
        n=sum(each.n for each in tallies.values()),
        cost_usd=spreading({name: each.cost for name, each in tallies.items()}, shares, n),
        time_s=spreading(times, shares, n) if len(times) == len(tallies) else None,
        stopped=Estimate(*map(decimal, (stopped, *wilson(stopped, n)))),
    )


def spreading(amounts: Mapping[str, Amounts], shares: Mapping[str, float], n: float) -> Spreading:
    """How the amounts of all classes spread."""
    moments = Moments.of({name: each.sums for name, each in amounts.items()}, shares)
    found = spread(amounts, shares, n)
    return Spreading(
        mean=_around(moments.mean, moments.mean_se),
        variance=_around(moments.variance, moments.variance_se),
        percentiles={
            percent: Estimate(
                *map(decimal, (found.percentile(percent / 100), *found.interval(percent / 100)))
            )
            for percent in PERCENTS
        },
    )


def spread(amounts: Mapping[str, Amounts], shares: Mapping[str, float], n: float) -> Spread:
    """The distribution over all classes."""
    parts = [(each.points(), shares[name]) for name, each in amounts.items() if shares[name]]
    return Spread.of([(points, weights * share) for (points, weights), share in parts], n)


def _around(value: float, error: float) -> Estimate:
    return Estimate(decimal(value), decimal(value - Z * error), decimal(value + Z * error))
