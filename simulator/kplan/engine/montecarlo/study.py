"""Draws the queries of all designs of a plan, chunk by chunk, and says how they spread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Any

import numpy as np
from msgspec.structs import replace

from kplan.engine.compile import Compiled
from kplan.engine.flow.streams import Streams
from kplan.engine.montecarlo.flows import Samplers, samplers
from kplan.engine.montecarlo.found import DesignSample, Estimate, Paired, Sample
from kplan.engine.montecarlo.moments import effective
from kplan.engine.montecarlo.months import Bills
from kplan.engine.montecarlo.numbers import decimal
from kplan.engine.montecarlo.spread import Z
from kplan.engine.montecarlo.tally import Tally, drawn, spread
from kplan.engine.plan import Plan, PlannedDesign
from kplan.engine.results import DesignResult
from kplan.form.arrays import Array
from kplan.form.decimals import Decimals

CHUNK = 65_536
"""Queries that are drawn together: as many as arrays of them fit a processor's cache."""
LEAST = 1_000
"""Queries of a class at least, however small its share."""

Each = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""`map`, or that of an executor."""


@dataclass
class Differences:
    """A design less the baseline, query by query: sums of the difference and of its square, by chunk."""

    sums: list[tuple[float, float]]
    n: int
    n_cheaper: int

    @classmethod
    def of(cls, costs: Array, against: Array) -> Differences:
        """A chunk; both of shape (n,) [USD]."""
        less = costs - against
        sums = (float(np.add.reduce(less)), float(np.add.reduce(less * less)))
        return cls([sums], less.size, int(np.count_nonzero(less < 0)))

    def extend(self, later: Differences) -> None:
        """Chunks that come behind these."""
        self.sums += later.sums
        self.n += later.n
        self.n_cheaper += later.n_cheaper


@dataclass
class Seen:
    """What was drawn of one class so far: a tally by design, and differences from the baseline."""

    tallies: dict[str, Tally]
    differences: dict[str, Differences]

    def extend(self, later: Seen) -> None:
        """Chunks that come behind these."""
        for design, tally in later.tallies.items():
            self.tallies[design].extend(tally)
        for design, differences in later.differences.items():
            self.differences[design].extend(differences)


def with_samples(
    compiled: Compiled,
    designs: Sequence[DesignResult],
    sample: Sample,
    *,
    values: Decimals | None = None,
    each: Each = map,
) -> list[DesignResult]:
    """The designs with what their drawn queries come to.

    each   how chunks are worked on; the results are the same whichever way, since chunks are combined in
           their order and draw from streams of their own
    Memory is that of a chunk under all designs; no Python loop runs over queries.
    """
    study = Study(compiled.plan, samplers(compiled), sample, values or Decimals(compiled.plan.graph))
    found = study.run(each)
    return [replace(design, sample=found[design.design]) for design in designs]


class Study:
    """The queries of a plan's designs."""

    def __init__(self, plan: Plan, by_design: Samplers, sample: Sample, values: Decimals) -> None:
        self.plan, self.by_design, self.sample, self.values = plan, by_design, sample, values
        self.shares = {name: float(values[node]) for name, node in plan.shares.items()}
        self.baseline = plan.scenario.baseline or plan.designs[0].id
        self.costs = {each.id: float(values[each.usage_per_query[0]]) for each in plan.designs}

    def run(self, each: Each = map) -> dict[str, DesignSample]:
        """What was found, by design."""
        seen = {name: self._class(name, each) for name, share in self.shares.items() if share}
        return {design.id: self._found(design, seen) for design in self.plan.designs}

    def _class(self, name: str, each: Each) -> Seen:
        """All chunks of one class, combined in their order."""
        chunks: Iterator[Seen] = iter(each(lambda job: self._chunk(name, *job), self._jobs(name)))
        seen = next(chunks)
        for later in chunks:
            seen.extend(later)
        return seen

    def _chunk(self, name: str, chunk: int, n: int) -> Seen:
        """The same queries under every design."""
        streams = Streams(self.sample.seed, chunk)
        found = {design: own[name].chunk(streams, n) for design, own in self.by_design.items()}
        seen = Seen({design: Tally.of(each, self.costs[design]) for design, each in found.items()}, {})
        if len(found) > 1:
            against = found[self.baseline].costs()
            for design, outcomes in found.items():
                if design != self.baseline:
                    seen.differences[design] = Differences.of(outcomes.costs(), against)
        return seen

    def _jobs(self, name: str) -> Iterator[tuple[int, int]]:
        """Chunks with their sizes: a class has its share of the queries, but no fewer than `LEAST`."""
        n = max(min(LEAST, self.sample.n), round(self.sample.n * self.shares[name]))
        for chunk in range(-(-n // CHUNK)):
            yield chunk, min(CHUNK, n - chunk * CHUNK)

    def _found(self, design: PlannedDesign, seen: Mapping[str, Seen]) -> DesignSample:
        tallies = {name: each.tallies[design.id] for name, each in seen.items()}
        n = effective({name: each.n for name, each in tallies.items()}, self.shares)
        costs = spread({name: each.cost for name, each in tallies.items()}, self.shares, n)
        whole = drawn(tallies, self.shares)
        sd = sqrt(float(whole.cost_usd.variance.value))
        bills = Bills(self.plan, self.values, costs, sd, self.sample.seed)
        return DesignSample(
            all=whole,
            classes={name: drawn({name: each}, {name: 1.0}) for name, each in tallies.items()},
            paired=self._paired(design.id, seen),
            months=() if self.plan.contracts else tuple(bills.ranges(design)),
            is_by_way=all(sampler.is_by_way for sampler in self.by_design[design.id].values()),
        )

    def _paired(self, design: str, seen: Mapping[str, Seen]) -> Paired | None:
        """The mean difference, classes weighed by their shares; its error by strata (see `Moments`)."""
        if design == self.baseline:
            return None
        mean, error, cheaper = [], [], []
        for name, each in seen.items():
            share, found = self.shares[name], each.differences[design]
            first, second = (fsum(chunk[k] for chunk in found.sums) / found.n for k in (0, 1))
            mean.append(share * first)
            error.append(share**2 * max(0.0, second - first**2) / found.n)
            cheaper.append(share * found.n_cheaper / found.n)
        value, off = fsum(mean), Z * sqrt(fsum(error))
        between = Estimate(decimal(value), decimal(value - off), decimal(value + off))
        return Paired(self.plan.name_of(self.baseline), between, decimal(fsum(cheaper)))
