"""Simulated networks: every figure with an interval, and Little's law checked on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from kplan.capacity.queues import shared, straight
from kplan.capacity.queues.balance import checked_area
from kplan.capacity.queues.figures import Figure
from kplan.capacity.queues.groups import GROUPS, Spread, grouped
from kplan.capacity.queues.laws import Empirical, Law
from kplan.capacity.queues.length import Length
from kplan.capacity.queues.network import Network
from kplan.capacity.queues.straight import Block
from kplan.form.arrays import Array


@dataclass
class StepSeen:
    """The visits to one step: until they began, limits included, and until they were over."""

    waits: Spread = field(default_factory=Spread)
    stays: Spread = field(default_factory=Spread)


@dataclass
class Seen:
    """What a simulation saw after its warm-up.

    steps   by step of the network
    stays   of whole queries, from coming in to leaving
    length  how many arrivals
    """

    steps: Sequence[StepSeen]
    length: Length
    stays: Spread = field(default_factory=Spread)
    _area_s: list[float] = field(default_factory=lambda: [0.0] * GROUPS)
    _span_s: list[float] = field(default_factory=lambda: [0.0] * GROUPS)

    @property
    def in_flight(self) -> Figure:
        """Queries inside on average."""
        by_group = [area / span for area, span in zip(self._area_s, self._span_s, strict=True) if span]
        return grouped(sum(self._area_s) / sum(self._span_s), by_group)

    def add(self, block: Block, area_s: float, group: int) -> None:
        """Count a block of arrivals."""
        for step, visits in zip(self.steps, block.visits, strict=True):
            step.waits.groups[group].add(visits.waits_s)
            step.stays.groups[group].add(visits.waits_s + visits.service_s)
        self.stays.groups[group].add(block.left_s - block.born_s)
        self._area_s[group] += area_s
        self._span_s[group] += block.span_s


def simulate(
    network: Network, gaps: Law | Empirical, rng: np.random.Generator, asked: int | None = None
) -> Seen:
    """Simulate queries whose gaps are drawn, from an empty network on.

    gaps   law of the times between arrivals [s]
    rng    all random numbers come from it; each step has a stream of its own, so that designs that are run
           from equal generators share what they share (common random numbers)
    asked  arrivals to count; else as many as the load needs
    Raises KplanError, with the station or limit, where one cannot keep up, and OutOfBalanceError where a
    block breaks Little's law.
    """
    rate = 1 / gaps.mean
    network.refuse_unstable(rate)
    variability = (gaps.scv + max(step.service.scv for step in network.steps)) / 2
    length = Length.of(
        max(network.uses(rate).values(), default=0.0), variability, sum(network.loads(rate).values()), asked
    )
    own, others = rng.spawn(2)
    return _seen(network, lambda: _drawn_gaps(gaps, length, own), length, others)


def replay(network: Network, arrivals_s: Array, rng: np.random.Generator) -> Seen:
    """Simulate queries that come when they came, from an empty network on; intervals are for service alone.

    arrivals_s  ascending instants, shape (n,)
    A network that cannot keep up for a while queues for a while; Little's law is checked all the same.
    """
    length = Length(0, arrivals_s.size, max(1, min(1 << 16, arrivals_s.size // GROUPS)), is_short=False)
    gaps = np.diff(arrivals_s, prepend=arrivals_s[:1])
    parts = np.split(gaps, range(length.block, gaps.size, length.block))
    return _seen(network, lambda: parts, length, rng)


def _seen(
    network: Network, gaps: Callable[[], Iterable[Array]], length: Length, rng: np.random.Generator
) -> Seen:
    engine = straight if network.is_straight else shared
    seen = Seen([StepSeen() for _ in network.steps], length)
    came = inside = 0
    for block in engine.blocks(network, gaps(), rng):
        area_s = checked_area(block, inside)
        inside = block.inside_s.size
        if came >= length.warm_up:
            group = (came - length.warm_up) * GROUPS // length.counted
            seen.add(block, area_s, min(group, GROUPS - 1))
        came += block.came_s.size
    return seen


def _drawn_gaps(law: Law | Empirical, length: Length, rng: np.random.Generator) -> Iterator[Array]:
    for total in (length.warm_up, length.counted):
        for start in range(0, total, length.block):
            yield law.draw(rng, min(length.block, total - start))
