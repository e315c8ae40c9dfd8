"""Queries of one class under one design, chunk by chunk: way by way where those are few, else one by one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.engine.flow.called import COST, TIME
from kplan.engine.flow.choice import Codes, Drawn, Split, TooManyWaysError, Ways
from kplan.engine.flow.crowd import EVERYONE, Crowd, Group
from kplan.engine.flow.formulas import Formulas
from kplan.engine.flow.sample import Walk
from kplan.engine.flow.speeds import Speeds
from kplan.engine.flow.streams import Streams
from kplan.form.arrays import Array
from kplan.form.graph import Node
from kplan.kinds.primitives import Primitive

MOST_WAYS = 4_096
"""Ways of a query that are kept apart: their costs are worked out once, and queries are counted by way."""


class Outcomes(Struct, frozen=True):
    """What queries came to, in rows: a row is a query, or all that went the same way.

    cost_usd    (rows,)
    time_s      (rows,); None where nobody said how fast some model is
    is_stopped  (rows,) whether something failed that nothing caught
    way         (n,) the row of each query; None where rows are queries
    """

    cost_usd: Array
    time_s: Array | None
    is_stopped: NDArray[np.bool_]
    way: Codes | None = None

    def counts(self) -> NDArray[np.int64] | None:
        """Queries of each row, (rows,); None where each row is one."""
        if self.way is None:
            return None
        return np.bincount(self.way.astype(np.intp), minlength=self.cost_usd.size)

    def costs(self) -> Array:
        """The cost of each query, (n,) [USD]."""
        return self.cost_usd if self.way is None else self.cost_usd[self.way.astype(np.intp)]


class Table(Struct, frozen=True):
    """All ways of a query, and the rules that part them."""

    outcomes: Outcomes
    splits: tuple[Split, ...]

    def chunk(self, streams: Streams, n: int) -> Outcomes:
        """What n queries come to."""
        found = self.outcomes
        codes = np.zeros(n, dtype=np.uint8 if found.cost_usd.size <= 256 else np.uint16)
        room = np.empty(n)
        for split in self.splits:
            split.apply(codes, streams, room)
        return Outcomes(found.cost_usd, found.time_s, found.is_stopped, codes)


@dataclass
class Sampler:
    """Draws queries; the same seed, chunk and size give the same queries, in whatever order chunks are asked.

    most_ways  0 walks every query by itself
    """

    query_class: str
    body: Primitive
    formulas: Formulas
    speeds: Speeds
    most_ways: int = MOST_WAYS
    table: Table | None = field(init=False)
    """All ways of a query; None where queries walk by themselves."""

    def __post_init__(self) -> None:
        try:
            self.table = self._ways()
        except TooManyWaysError:
            self.table = None

    @property
    def is_by_way(self) -> bool:
        """Whether queries are counted by way."""
        return self.table is not None

    def chunk(self, streams: Streams, n: int) -> Outcomes:
        """What n queries come to."""
        if self.table is not None:
            return self.table.chunk(streams, n)
        variables = self.formulas.variables
        crowd = Crowd(n)

        def draw(name: str, node: Node) -> Array:
            return variables[node].law.draw(streams.of(name), n)

        walk = Walk(crowd, Drawn(streams, n), self.formulas, self.speeds, self.query_class, draw)
        return _outcomes(walk, walk.run(self.body, EVERYONE))

    def _ways(self) -> Table:
        """Raises TooManyWaysError, also where amounts are drawn."""
        crowd = Crowd(1, grows=True)
        ways = Ways(crowd, self.most_ways)
        if not self.most_ways:
            raise TooManyWaysError

        def draw(_name: str, _node: Node) -> Array:
            raise TooManyWaysError

        walk = Walk(crowd, ways, self.formulas, self.speeds, self.query_class, draw)
        stopped = walk.run(self.body, np.zeros(1, dtype=np.intp))
        return Table(_outcomes(walk, stopped), tuple(ways.splits))


def _outcomes(walk: Walk, stopped: Group | None) -> Outcomes:
    crowd = walk.crowd
    is_stopped = np.zeros(crowd.n, dtype=bool)
    if stopped is not None:
        is_stopped[stopped] = True
    return Outcomes(crowd.whole(COST), None if walk.unknown else crowd.whole(TIME), is_stopped)
