"""A network whose steps share stations, or visit one several times: call by call, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush, heapreplace
from math import floor, inf

import numpy as np

from kplan.capacity.queues.network import Network, Station, Step, Times
from kplan.capacity.queues.straight import Block, Visits
from kplan.form.arrays import Array

_DRAWN_AT_ONCE = 4096

_Event = tuple[float, int, float, int, int]
"""When a query reaches a step, a running number, when it came in, the step, and its visits left there."""


def _drawn(times: Times, rng: np.random.Generator) -> Iterator[float]:
    while True:
        yield from times.draw(rng, _DRAWN_AT_ONCE).tolist()


class _Line:
    """The state of a station: when its slots are free, and its buckets."""

    def __init__(self, station: Station) -> None:
        self._free_at_s = None if station.servers is None else [-inf] * station.servers
        self._buckets = [limit.bucket() for limit in station.limits]
        self._admitted_s = -inf

    def shift(self, by_s: float) -> None:
        self._admitted_s -= by_s
        for bucket in self._buckets:
            bucket.empty_until_s -= by_s
        if self._free_at_s is not None:
            self._free_at_s = [free - by_s for free in self._free_at_s]

    def begin(self, at_s: float, service_s: float, charges: Sequence[float]) -> float:
        """When a call begins that comes after all before it."""
        if charges:
            at_s = self._admit(at_s, charges)
        if self._free_at_s is None:
            return at_s
        begun = max(at_s, self._free_at_s[0])
        heapreplace(self._free_at_s, begun + service_s)
        return begun

    def _admit(self, at_s: float, charges: Sequence[float]) -> float:
        at_s = max(at_s, self._admitted_s)
        for bucket, charge in zip(self._buckets, charges, strict=True):
            if charge > bucket.burst:
                bucket.refuse(np.array([charge]))
            at_s = max(at_s, bucket.empty_until_s + (charge - bucket.burst) / bucket.refill_per_s)
        for bucket, charge in zip(self._buckets, charges, strict=True):
            bucket.empty_until_s = max(bucket.empty_until_s, at_s) + charge / bucket.refill_per_s
        self._admitted_s = at_s
        return at_s


class _Walk:
    """One step: how often a query visits it, and what its visits take."""

    def __init__(self, network: Network, step: Step, line: _Line, rng: np.random.Generator) -> None:
        charges = network.charges_of(step)
        counts, times, *tokens = rng.spawn(2 + len(charges))
        self._sure, self._chance = floor(step.visits), step.visits % 1
        self._uniform = _drawn_uniform(counts)
        self._service = _drawn(step.service, times)
        self._tokens = [_drawn(law, own) for law, own in zip(charges, tokens, strict=True)]
        self._line = line
        self.waits_s: list[float] = []
        self.service_s: list[float] = []

    def visits(self) -> int:
        """How often the next query visits the step."""
        return self._sure + (next(self._uniform) < self._chance) if self._chance else self._sure

    def visit(self, at_s: float) -> float:
        """When a visit that comes now is over."""
        service_s = next(self._service)
        begun = self._line.begin(at_s, service_s, [next(tokens) for tokens in self._tokens])
        self.waits_s.append(begun - at_s)
        self.service_s.append(service_s)
        return begun + service_s

    def told(self) -> Visits:
        """The visits since it was last asked."""
        told = Visits(np.array(self.waits_s), np.array(self.service_s))
        self.waits_s, self.service_s = [], []
        return told


def _drawn_uniform(rng: np.random.Generator) -> Iterator[float]:
    while True:
        yield from rng.random(_DRAWN_AT_ONCE).tolist()


def blocks(network: Network, gaps_s: Iterable[Array], rng: np.random.Generator) -> Iterator[Block]:
    """Run queries through the steps; the same as `straight.blocks`, at a tenth of its speed.

    gaps_s   times between arrivals, in arrays of any size
    """
    lines = {name: _Line(station) for name, station in network.stations.items()}
    own = zip(network.steps, rng.spawn(len(network.steps)), strict=True)
    walks = [_Walk(network, step, lines[step.station], stream) for step, stream in own]
    events: list[_Event] = []
    number = 0

    def passed(came: Array, until_s: float) -> Block:
        nonlocal number
        for at in came.tolist():
            heappush(events, (at, number, at, 0, walks[0].visits()))
            number += 1
        left: list[tuple[float, float]] = []
        while events and events[0][0] <= until_s:
            at, which, born, step, more = heappop(events)
            while step < len(walks) and not more:
                step += 1
                more = walks[step].visits() if step < len(walks) else 0
            if step == len(walks):
                left.append((at, born))
            else:
                heappush(events, (walks[step].visit(at), which, born, step, more - 1))
        gone = np.array(left).reshape(-1, 2)
        span_s = until_s if until_s < inf else float(gone[:, 0].max(initial=0.0))
        inside = np.array([event[2] for event in events])
        return Block(span_s, [walk.told() for walk in walks], came, gone[:, 0], gone[:, 1], inside)

    for gaps in gaps_s:
        if gaps.size:
            came = np.cumsum(gaps)
            block = passed(came, float(came[-1]))
            yield block
            events = [(at - block.span_s, n, born - block.span_s, *rest) for at, n, born, *rest in events]  # type: ignore[misc]
            heapify(events)
            for line in lines.values():
                line.shift(block.span_s)
    yield passed(np.zeros(0), inf)
