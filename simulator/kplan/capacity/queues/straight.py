"""A network whose steps each have a station of their own: whole blocks of calls, step after step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from kplan.capacity.queues.lines import Servers, admitted
from kplan.capacity.queues.network import Network, Step
from kplan.capacity.queues.order import in_order
from kplan.form.arrays import Array


class Visits(Struct, frozen=True):
    """Visits to one step that began within a block: waiting, limits included, and service [s], shape (n,)."""

    waits_s: Array
    service_s: Array


class Block(Struct, frozen=True):
    """What happened from one instant, which is 0 here, until `span_s`; the last block ends when all are gone.

    visits      of each step, by when they came to it
    came_s      instants at which queries came in, ascending, shape (n,)
    left_s      instants at which queries left, ascending, shape (m,)
    born_s      when those had come in, below 0 if in an earlier block, shape (m,)
    inside_s    when the queries came in that are still there, shape (k,)
    """

    span_s: float
    visits: Sequence[Visits]
    came_s: Array
    left_s: Array
    born_s: Array
    inside_s: Array


@dataclass
class _Pool:
    """Queries on their way: when they reach the next step, and when they came in."""

    at_s: Array
    born_s: Array

    def shift(self, by_s: float) -> None:
        self.at_s, self.born_s = self.at_s - by_s, self.born_s - by_s

    def take(self, until_s: float) -> tuple[Array, Array]:
        """Those that are there by then, in order; the others stay."""
        at, born = in_order(self.at_s, self.born_s)
        n = int(np.searchsorted(at, until_s, side="right"))
        self.at_s, self.born_s = at[n:], born[n:]
        return at[:n], born[:n]

    def add(self, at_s: Sequence[Array], born_s: Sequence[Array]) -> None:
        self.at_s = np.concatenate([self.at_s, *at_s])
        self.born_s = np.concatenate([self.born_s, *born_s])


class _Stage:
    """A step with the states of its line and limits, and random numbers of its own."""

    def __init__(self, network: Network, step: Step, rng: np.random.Generator) -> None:
        station = network.stations[step.station]
        self._step, self._charges = step, network.charges_of(step)
        self._servers = Servers(station.servers)
        self._buckets = [limit.bucket() for limit in station.limits]
        self._chances, self._times, *self._tokens = rng.spawn(2 + len(self._buckets))
        self.pool = _Pool(np.zeros(0), np.zeros(0))

    def shift(self, by_s: float) -> None:
        self._servers.shift(by_s)
        self.pool.shift(by_s)
        for bucket in self._buckets:
            bucket.empty_until_s -= by_s

    def run(self, until_s: float, onward: _Pool) -> Visits:
        """Serve whoever comes until then, and send them on."""
        at, born = self.pool.take(until_s)
        if self._step.visits < 1:
            is_in = self._chances.random(at.size) < self._step.visits
            passing, staying = np.flatnonzero(~is_in), np.flatnonzero(is_in)
            onward.add([at[passing]], [born[passing]])
            at, born = at[staying], born[staying]
        n = at.size
        service = self._step.service.draw(self._times, n)
        tokens = [law.draw(rng, n) for law, rng in zip(self._charges, self._tokens, strict=True)]
        begun = self._servers.start(admitted(self._buckets, at, tokens), service)
        onward.add([begun + service], [born])
        return Visits(begun - at, service)


def blocks(network: Network, gaps_s: Iterable[Array], rng: np.random.Generator) -> Iterator[Block]:
    """Run queries through the steps, a block of arrivals at a time.

    gaps_s   times between arrivals, in arrays of any size
    Every step takes a block's calls up to the block's last arrival: no later query can come before those, so
    nothing is approximated at the seams. What lies beyond waits for the next block.
    """
    stages = [_Stage(network, step, own) for step, own in _with_streams(network, rng)]
    leaving = _Pool(np.zeros(0), np.zeros(0))
    pools = [*(stage.pool for stage in stages), leaving]

    def passed(came: Array, until_s: float) -> Block:
        stages[0].pool.add([came], [came])
        visits = [stage.run(until_s, pool) for stage, pool in zip(stages, pools[1:], strict=True)]
        left, born = leaving.take(until_s)
        inside = np.concatenate([pool.born_s for pool in pools])
        return Block(
            until_s if until_s < np.inf else float(left.max(initial=0.0)), visits, came, left, born, inside
        )

    for gaps in gaps_s:
        if gaps.size:
            came = np.cumsum(gaps)
            block = passed(came, float(came[-1]))
            yield block
            leaving.shift(block.span_s)
            for stage in stages:
                stage.shift(block.span_s)
    yield passed(np.zeros(0), np.inf)


def _with_streams(network: Network, rng: np.random.Generator) -> Iterable[tuple[Step, np.random.Generator]]:
    """Steps with random numbers of their own, so that a step more leaves those of the others."""
    return zip(network.steps, rng.spawn(len(network.steps)), strict=True)
