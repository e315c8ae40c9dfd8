"""The ways of many queries, drawn once: every call, wait and meeting of arms is a node behind others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.capacity.demand import bucket_of
from kplan.capacity.limits import BUCKETS
from kplan.engine.flow.called import TIME
from kplan.engine.flow.crowd import EVERYONE, Group, Value
from kplan.engine.flow.formulas import CallFormula
from kplan.engine.flow.sample import Walk
from kplan.engine.flow.speeds import Speed
from kplan.form.arrays import Array
from kplan.kinds.primitives import Charge, Primitive, Repeat
from kplan.prices.meters import is_text

Ids = NDArray[np.int64]
NONE = -1
AMOUNTS = BUCKETS[:-1]
"""What a call has in itself; max_tokens are said for its stage."""


class Caller(Struct, frozen=True):
    """Who makes a call: a stage, to a model, in a mode; and how fast the model is there."""

    stage: str
    ref: str
    mode: str
    speed: Speed


class Tracks(Struct, frozen=True, eq=False):
    """The ways of n queries as m nodes; each begins when those before it are over.

    The first n nodes are where the queries come in. What happens in a query does not depend on how long
    it waits, so that the same ways serve every load.
    """

    n: int
    before: Ids
    """The node that it follows, a smaller number; NONE where a query comes in, shape (m,)."""
    beside: Ids
    """The other one that it also follows, where two arms meet; else NONE, shape (m,)."""
    takes_s: Array
    """How long it takes once begun [s], shape (m,)."""
    caller: Ids
    """Place in `callers`; NONE for what is no call to a model, shape (m,)."""
    amounts: Mapping[str, Array]
    """What each has in the buckets that any call has, each of shape (m,)."""
    callers: tuple[Caller, ...]
    last: Ids
    """The node with which each query ends, shape (n,)."""
    query: Ids
    """The query that each is of, shape (m,)."""
    blocks: tuple[tuple[int, int], ...]
    """Spans of nodes that follow none of their own span."""

    def ends_s(self, born_s: Array) -> Array:
        """When each node is over if nobody waits for anything [s], shape (m,).

        born_s   when the queries come in, shape (n,)
        """
        ends = np.empty(len(self.before))
        ends[: self.n] = born_s
        for start, stop in self.blocks:
            begun, other = ends[self.before[start:stop]], self.beside[start:stop]
            if (met := other >= 0).any():
                begun = np.where(met, np.maximum(begun, ends[other]), begun)
            ends[start:stop] = begun + self.takes_s[start:stop]
        return ends


class Span(Struct, frozen=True, eq=False):
    """Nodes that queries come to together, one each."""

    queries: Ids
    before: Ids
    beside: Ids | None = None
    takes_s: Value = 0.0
    caller: Caller | None = None
    amounts: Mapping[str, Value] = {}


@dataclass
class Nodes:
    """Nodes as they are added, span by span."""

    n: int
    size: int = field(init=False)
    spans: list[Span] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.size = self.n

    def add(self, span: Span) -> Ids:
        """Their numbers."""
        found = np.arange(self.size, self.size + len(span.before))
        self.size += len(found)
        self.spans.append(span)
        return found


@dataclass
class Tracker(Walk):
    """Walks a crowd as `Walk` does, but TIME holds the node that each query has come to, not a moment."""

    mode: str = ""
    """That of calls that say none."""
    factors: Mapping[str, float] = field(default_factory=dict)
    """Tokens of a model for each of the scenario, where they differ."""
    nodes: Nodes = field(init=False)
    calling: Charge | None = None
    """Whose call is being made."""

    def tracked(self, body: Primitive) -> tuple[Nodes, Ids]:
        """The nodes of all queries, and the last one of each."""
        self.nodes = Nodes(self.crowd.n)
        self.crowd.put(TIME, EVERYONE, np.arange(self.crowd.n, dtype=np.float64))
        self.run(body, EVERYONE)
        return self.nodes, self.crowd.whole(TIME).astype(np.int64)

    def call(self, charge: Charge, ref: str, group: Group) -> None:
        """One call of everyone in a group."""
        self.calling = charge
        super().call(charge, ref, group)

    def take(self, formula: CallFormula, ref: str, values: Sequence[Value], group: Group) -> None:
        """A call is a node; of a model of which nobody said how fast it is, one that takes no time."""
        assert self.calling is not None
        usage = dict(zip(formula.meters, values, strict=False))
        speed = self.speeds.of(self.stage, ref)
        if speed is None or not speed.is_known(usage):
            self.unknown[self.stage, ref] = None
            return
        amounts: dict[str, Value] = {"request": 1.0}
        for meter, units in usage.items():
            if bucket := bucket_of(meter):
                counted = units * self.factors.get(ref, 1.0) if is_text(meter) else units
                amounts[bucket] = amounts.get(bucket, 0.0) + counted
        caller = Caller(self.stage, ref, self.calling.mode or self.mode, speed) if len(amounts) > 1 else None
        self._go(group, speed.seconds(usage), caller, amounts)

    def _alike(self, body: Repeat) -> CallFormula | None:  # noqa: ARG002 - limits count each of them
        return None

    def spend(self, seconds: Value, group: Group) -> None:
        """A wait is a node that is no call."""
        self._go(group, seconds)

    def _keep_latest(self, end: object, group: Group) -> None:
        """Where arms meet: a node behind both."""
        one, other = (self.crowd.of(column, group) for column in (end, TIME))
        assert not isinstance(one, float)
        assert not isinstance(other, float)
        apart = one != other
        met = one.copy()
        behind = one[apart].astype(np.int64), other[apart].astype(np.int64)
        met[apart] = self.nodes.add(Span(self._rows(group)[apart], *behind))
        self.crowd.put(end, group, met)

    def _go(
        self, group: Group, takes_s: Value, caller: Caller | None = None, amounts: Mapping[str, Value] = {}
    ) -> None:
        here = self.crowd.of(TIME, group)
        assert not isinstance(here, float)
        found = self.nodes.add(Span(self._rows(group), here.astype(np.int64), None, takes_s, caller, amounts))
        self.crowd.put(TIME, group, found.astype(np.float64))

    def _rows(self, group: Group) -> Ids:
        return np.arange(self.crowd.n)[group]


class ClassNodes(Struct, frozen=True, eq=False):
    """The nodes of one class, whose queries have these numbers among all."""

    queries: Ids
    nodes: Nodes
    last: Ids


def joined(n: int, classes: Sequence[ClassNodes]) -> Tracks:
    """The tracks of n queries out of those of their classes."""
    callers: dict[Caller, int] = {}
    before, beside, takes, caller = [np.full(n, NONE)], [np.full(n, NONE)], [np.zeros(n)], [np.full(n, NONE)]
    amounts = {bucket: [np.zeros(n)] for bucket in AMOUNTS}
    last, query, blocks, at = np.arange(n), [np.arange(n)], list[tuple[int, int]](), n
    for own in classes:
        number = np.concatenate([own.queries, at + np.arange(own.nodes.size - own.nodes.n)])
        for span in own.nodes.spans:
            size = len(span.before)
            query.append(own.queries[span.queries])
            before.append(number[span.before])
            beside.append(np.full(size, NONE) if span.beside is None else number[span.beside])
            takes.append(np.broadcast_to(span.takes_s, size))
            which = NONE if span.caller is None else callers.setdefault(span.caller, len(callers))
            caller.append(np.full(size, which))
            for bucket, held in amounts.items():
                held.append(np.broadcast_to(span.amounts.get(bucket, 0.0), size))
            blocks.append((at, at + size))
            at += size
        last[own.queries] = number[own.last]
    return Tracks(
        n,
        np.concatenate(before),
        np.concatenate(beside),
        np.concatenate(takes),
        np.concatenate(caller),
        {bucket: np.concatenate(held) for bucket, held in amounts.items()},
        tuple(callers),
        last,
        np.concatenate(query),
        tuple(blocks),
    )
