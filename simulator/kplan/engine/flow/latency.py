"""How long a query takes: the distribution of its time, worked out along every way through the stages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from math import ceil
from typing import Any

import numpy as np
from msgspec import Struct

from kplan.engine.flow.prompt import Caches, Prompt
from kplan.engine.flow.situation import Situation
from kplan.engine.flow.speeds import Speed, Speeds
from kplan.engine.flow.times import PER_SECOND, Times, mixed
from kplan.engine.flow.turns import MOST_TURNS
from kplan.errors import KplanError
from kplan.form.arrays import evaluate
from kplan.form.decimals import Decimals
from kplan.form.expectation import laid_out, law_of
from kplan.form.expressions import Expression
from kplan.form.graph import Graph, Node
from kplan.kinds.primitives import (
    Branch,
    Carry,
    Catch,
    Charge,
    Context,
    Fail,
    Parallel,
    Part,
    Primitive,
    Repeat,
    Sequence,
    Visit,
    Wait,
)
from kplan.money import ONE, ZERO, exact, quotient

MOST_CELLS = 1_024
"""Parts that a random amount is laid out in, alike in width on the scale of a normal score: 1/64 each."""
MOST_DRAWN = 4_096
"""Points for the time of one call with several random amounts."""

Ends = dict[tuple[Situation, bool], Times]
"""How long it takes to get here, by situation and by whether it has failed."""
Found = tuple[tuple[Situation, bool], Times]
Step = Callable[[Situation], Ends]
Join = Callable[[Times, Times], Times]


class Slow(Struct, frozen=True):
    """A model of which nobody said how fast it is."""

    stage: str
    ref: str


class QueryTime(Struct, frozen=True):
    """The time of a query until it is answered, or stops; wrong where speeds are unknown."""

    times: Times
    unknown: tuple[Slow, ...]


def latency(
    graph: Graph,
    body: Primitive,
    bind: Callable[[Expression], Node],
    caches: Caches,
    speeds: Speeds,
) -> QueryTime:
    """The time of a query under a primitive, without any load on the models.

    A sequence adds up, arms and calls made at once wait for the longest, a branch mixes. Given the
    situation (caches, contexts), what happens in one step is independent of what happened before it, so
    that times along a way are convolved. What is billed in part still takes its whole time. Amounts that are
    random are drawn for each call by itself; a shared cache that is warm by chance counts with its mean.
    Raises KplanError for a loop without an end.
    """
    clock = _Clock(graph, bind, caches, speeds)
    ends = clock.walk(body, Situation())
    return QueryTime(mixed(ends.values()), tuple(clock.unknown))


@dataclass
class _Clock:
    graph: Graph
    bind: Callable[[Expression], Node]
    caches: Caches
    speeds: Speeds
    unknown: dict[Slow, None] = field(default_factory=dict)
    contexts: list[tuple[Context, str, Node]] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    _walked: dict[tuple[object, ...], Ends] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values = Decimals(self.graph)

    def walk(self, body: Primitive, here: Situation) -> Ends:
        """One body from one situation; worked out once for each."""
        around = tuple(name for _, name, _ in self.contexts)
        key = (id(body), here, around, *self.stages[-1:])
        if key not in self._walked:
            self._walked[key] = _WALKS[type(body)](self, body, here)
        return self._walked[key]

    def _value(self, amount: Expression) -> Decimal:
        return self.values[self.bind(amount)]

    def sequence(self, body: Sequence, here: Situation) -> Ends:
        ends = _nothing(here)
        for item in body.items:
            ends = _one_more(ends, partial(self.walk, item))
        return ends

    def visit(self, body: Visit, here: Situation) -> Ends:
        self.stages.append(body.stage)
        ends = self.walk(body.body, here)
        self.stages.pop()
        return ends

    def branch(self, body: Branch, here: Situation) -> Ends:
        chances = [self._value(chance) for chance, _ in body.options]
        ways = [(chance, option) for chance, (_, option) in zip(chances, body.options, strict=True)]
        if body.otherwise is not None:
            with exact():
                ways.append((ONE - sum(chances, ZERO), body.otherwise))
        return _gathered(
            (end, times.scaled(float(chance)))
            for chance, way in ways
            if chance > 0
            for end, times in self.walk(way, here).items()
        )

    def repeat(self, body: Repeat, here: Situation) -> Ends:
        if body.stop is not None:
            return self._until_stop(body, here)
        assert body.times is not None
        n, step = self._value(body.times), partial(self.walk, body.body)
        if not body.at_once:
            return _many(step, n, here, Times.then, Times.repeated)
        if body.again is None:
            return _many(step, n, here, Times.beside, Times.longest_of)
        again = self._value(body.again)
        return _many(
            lambda each: _one_more(step(each), step, float(again)),
            quotient(n, ONE + again),
            here,
            Times.beside,
            Times.longest_of,
        )

    def _until_stop(self, body: Repeat, here: Situation) -> Ends:
        assert body.stop is not None
        assert body.most is not None
        stop = float(self._value(body.stop))
        ends, done = self.walk(body.body, here), []
        for _ in range(body.most - 1):
            done += [(end, times if end[1] else times.scaled(stop)) for end, times in ends.items()]
            going = {end: times.scaled(1 - stop) for end, times in ends.items() if not end[1]}
            ends = _one_more(going, partial(self.walk, body.body))
        return _gathered([*done, *ends.items()])

    def parallel(self, body: Parallel, here: Situation) -> Ends:
        """All arms from the same situation; independent of each other, the longest counts."""
        ends = _nothing(here)
        for arm in body.arms:
            ends = _gathered(
                ((so_far.joined(here, end, self._context), fails or has_failed), before.beside(times))
                for (so_far, has_failed), before in ends.items()
                for (end, fails), times in self.walk(arm, here).items()
            )
        return ends

    def context(self, body: Context, here: Situation) -> Ends:
        name = f"{'/'.join(self.stages)}#{len(self.contexts)}"
        self.contexts.append((body, name, self.bind(body.initial)))
        inner = self.walk(body.body, here.entered())
        self.contexts.pop()
        return _gathered(((end.left(name), fails), times) for (end, fails), times in inner.items())

    def carry(self, body: Carry, here: Situation) -> Ends:
        tokens = self.bind(body.tokens)
        idle = not here.contexts or self.graph.is_number(tokens, ZERO)
        return _nothing(here if idle else here.grown(tokens))

    def part(self, body: Part, here: Situation) -> Ends:
        return self.walk(body.body, here)

    def catch(self, body: Catch, here: Situation) -> Ends:
        tried = self.walk(body.body, here)
        again = [
            (end, before.then(times))
            for (failed_in, has_failed), before in tried.items()
            if has_failed
            for end, times in self.walk(body.otherwise, failed_in.back(here, self._context)).items()
        ]
        return _gathered([*again, *((end, times) for end, times in tried.items() if not end[1])])

    @property
    def _context(self) -> str:
        """The name of the innermost context."""
        return self.contexts[-1][1] if self.contexts else ""

    def fail(self, _body: Fail, here: Situation) -> Ends:
        return {(here, True): Times.of(0.0)}

    def wait(self, body: Wait, here: Situation) -> Ends:
        return {(here, False): Times.of(float(self._value(body.seconds)))}

    def charge(self, charge: Charge, here: Situation) -> Ends:
        prompt = Prompt.of(self.graph, self.bind, self.caches, charge, self.contexts)
        return _gathered(
            ((prompt.after(here, ref), False), self._call(prompt, here, ref).scaled(float(share)))
            for ref, share in charge.models
        )

    def _call(self, prompt: Prompt, here: Situation, ref: str) -> Times:
        """The time of one call; nothing for now where its model's speed is unknown, which is kept."""
        nodes = prompt.usage(here, ref)
        usage: dict[str, Any] = {meter: float(self.values[node]) for meter, node in nodes.items()}
        speed = self.speeds.of(self.stages[-1], ref)
        if speed is None or not speed.is_known(usage):
            self.unknown[Slow(self.stages[-1], ref)] = None
            return Times.of(0.0)
        randoms = frozenset().union(*(self.graph.randoms(node) for node in nodes.values()))
        if not randoms:
            return Times.of(speed.seconds(usage))
        return self._drawn(nodes, sorted(randoms), speed)

    def _drawn(self, nodes: Mapping[str, Node], randoms: list[Node], speed: Speed) -> Times:
        """The time of a call whose size is random, over the cells of its laws."""
        laws = [law_of(self.graph, node) for node in randoms]
        points, weights = laid_out(laws, MOST_DRAWN, MOST_CELLS)
        amounts = evaluate(self.graph, list(nodes.values()), dict(zip(randoms, points, strict=True)))
        seconds = speed.seconds(dict(zip(nodes, amounts, strict=True)))
        at_ns = np.rint(np.broadcast_to(seconds, weights.shape) * PER_SECOND).astype(np.int64)
        return Times.spread(at_ns, weights)


def _nothing(here: Situation) -> Ends:
    return {(here, False): Times.of(0.0)}


def _many(step: Step, n: Decimal, here: Situation, join: Join, many: Callable[[Times, int], Times]) -> Ends:
    """So many times one step, a fraction being the chance of one more; `many` where all are alike."""
    once, whole = step(here), int(n)
    if once.keys() == {(here, False)}:
        ends = {(here, False): many(once[here, False], whole)} if whole else _nothing(here)
        return _one_more(ends, step, float(n - whole), join)
    if n > MOST_TURNS:
        raise KplanError(f"{n:,} turns; at most {MOST_TURNS} are followed one by one")
    ends = _nothing(here)
    for before in range(ceil(n)):
        ends = _one_more(ends, step, min(1.0, float(n - before)), join)
    return ends


def _one_more(ends: Ends, step: Step, chance: float = 1.0, join: Join = Times.then) -> Ends:
    """One more step by chance; what has failed takes no more."""
    found: list[Found] = []
    for (here, has_failed), before in ends.items():
        skipped = 1.0 if has_failed else 1.0 - chance
        found.append(((here, has_failed), before.scaled(skipped)))
        if skipped < 1.0:
            found += [(end, join(before, times).scaled(chance)) for end, times in step(here).items()]
    return _gathered(found)


def _gathered(found: Iterable[Found]) -> Ends:
    """Ways that lead to the same end as one."""
    by_end: dict[tuple[Situation, bool], list[Times]] = {}
    for end, times in found:
        if len(times.at_ns):
            by_end.setdefault(end, []).append(times)
    return {end: mixed(parts) for end, parts in by_end.items()}


_WALKS: Mapping[type, Callable[..., Ends]] = {
    Charge: _Clock.charge,
    Wait: _Clock.wait,
    Branch: _Clock.branch,
    Repeat: _Clock.repeat,
    Parallel: _Clock.parallel,
    Context: _Clock.context,
    Carry: _Clock.carry,
    Sequence: _Clock.sequence,
    Visit: _Clock.visit,
    Part: _Clock.part,
    Fail: _Clock.fail,
    Catch: _Clock.catch,
}
