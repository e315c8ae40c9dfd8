"""Every way of a query, one by one: what the other interpreters are held against on small flows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import count, takewhile

from msgspec.structs import replace

from kplan.engine.flow.ways import ONE, ZERO, Block, Enumerated, Prefix, Sent, Way
from kplan.errors import KplanError
from kplan.form.expressions import Expression
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
from kplan.prices.meters import is_input

MOST_STEPS = 200_000
"""Steps over all ways: with more a flow is not small."""


def enumerated(
    body: Primitive,
    amount: Callable[[Expression], Fraction],
    prefixes: Mapping[str, Prefix] | None = None,
    warm: Mapping[tuple[str, str], Fraction] | None = None,
    most_steps: int = MOST_STEPS,
) -> Enumerated:
    """Every way through a primitive, none merged with another, with its chance.

    amount    what an expression comes to
    prefixes  prompt caches by name
    warm      chance that other queries have kept a prefix for a model [0..1], by names with `/` between, and
              model
    Prompts are texts here: a call reads from the cache the longest beginning that it has in common with a
    prompt that its model's provider keeps, and writes the rest of what is kept. What fails takes back what it
    has added to contexts, but not what providers keep.

    Raises KplanError for a flow that is not small.
    """
    return Enumerated(tuple(_Brute(cache(amount), prefixes or {}, warm or {}, most_steps).ways(body, Way())))


@dataclass
class _Brute:
    amount: Callable[[Expression], Fraction]
    prefixes: Mapping[str, Prefix]
    warm: Mapping[tuple[str, str], Fraction]
    most_steps: int
    stages: list[str] = field(default_factory=list)
    caches: list[str] = field(default_factory=list)
    """How long each context around is kept; empty for not at all."""
    share: Fraction = ONE
    texts: Iterator[int] = field(default_factory=count)
    steps: Iterator[int] = field(default_factory=count)

    def ways(self, body: Primitive, here: Way) -> list[Way]:
        """The ways on from here; those of no chance are none."""
        if next(self.steps) >= self.most_steps:
            raise KplanError(
                f"more than {self.most_steps:,} steps over all ways: only small flows can be enumerated"
            )
        return [way for way in _ON[type(body)](self, body, here) if way.chance]

    def in_turn(self, bodies: tuple[Primitive, ...], start: Way) -> Iterator[Way]:
        ways = [start]
        for body in bodies:
            yield from (way for way in ways if way.has_failed)
            ways = [after for way in ways if not way.has_failed for after in self.ways(body, way)]
        yield from ways

    def sequence(self, body: Sequence, here: Way) -> Iterator[Way]:
        yield from self.in_turn(body.items, here)

    def visit(self, body: Visit, here: Way) -> Iterator[Way]:
        self.stages.append(body.stage)
        yield from self.ways(body.body, replace(here, visits=(*here.visits, body.stage)))
        self.stages.pop()

    def branch(self, body: Branch, here: Way) -> Iterator[Way]:
        left = ONE
        for said, option in body.options:
            chance = self.amount(said)
            left -= chance
            yield from self.ways(option, here.taken(chance))
        if body.otherwise is not None:
            yield from self.ways(body.otherwise, here.taken(left))

    def repeat(self, body: Repeat, here: Way) -> Iterator[Way]:
        for n, chance in self.turns(body):
            yield from self.in_turn((body.body,) * n, here.taken(chance))

    def turns(self, body: Repeat) -> Iterator[tuple[int, Fraction]]:
        """Each number of turns, with its chance."""
        if body.times is not None:
            times = self.amount(body.times)
            if body.most is not None and times > body.most:
                raise KplanError(f"more than {body.most} turns")
            whole, more = divmod(times, 1)
            yield from ((whole, 1 - more), (whole + 1, more))
            return
        assert body.stop is not None
        assert body.most is not None
        stop = self.amount(body.stop)
        yield from ((n, (1 - stop) ** (n - 1) * stop) for n in range(1, body.most))
        yield body.most, (1 - stop) ** (body.most - 1)

    def parallel(self, body: Parallel, here: Way) -> Iterator[Way]:
        start = replace(here, chance=ONE, visits=(), calls=())
        joint = [here]
        for arm in body.arms:
            ends = self.ways(arm, start)
            joint = [self.joined(start, way, end) for way in joint for end in ends]
        yield from joint

    def joined(self, start: Way, way: Way, arm: Way) -> Way:
        contexts = way.contexts
        if contexts:
            said = arm.contexts[-1][len(start.contexts[-1]) :]
            contexts = (*contexts[:-1], (*contexts[-1], *said))
        return Way(
            chance=way.chance * arm.chance,
            visits=way.visits + arm.visits,
            calls=way.calls + arm.calls,
            has_failed=way.has_failed or arm.has_failed,
            contexts=contexts,
            kept=way.kept | arm.kept,
        )

    def context(self, body: Context, here: Way) -> Iterator[Way]:
        first = Block(("context", next(self.texts)), self.amount(body.initial))
        self.caches.append(body.cache)
        ends = self.ways(body.body, replace(here, contexts=(*here.contexts, (first,))))
        self.caches.pop()
        yield from (replace(end, contexts=here.contexts) for end in ends)

    def carry(self, body: Carry, here: Way) -> Iterator[Way]:
        yield here.grown(self.block(self.amount(body.tokens))) if here.contexts else here

    def block(self, tokens: Fraction) -> Block:
        """A text that nobody has said before."""
        return Block(next(self.texts), tokens)

    def part(self, body: Part, here: Way) -> Iterator[Way]:
        around, self.share = self.share, self.share * self.amount(body.share)
        yield from self.ways(body.body, here)
        self.share = around

    def fail(self, _body: Fail, here: Way) -> Iterator[Way]:
        yield replace(here, has_failed=True)

    def catch(self, body: Catch, here: Way) -> Iterator[Way]:
        for way in self.ways(body.body, here):
            if way.has_failed:
                yield from self.ways(body.otherwise, replace(way, has_failed=False, contexts=here.contexts))
            else:
                yield way

    def wait(self, _body: Wait, here: Way) -> Iterator[Way]:
        yield here

    def charge(self, charge: Charge, here: Way) -> Iterator[Way]:
        for model, share in charge.models:
            yield from self.called(charge, model, here.taken(Fraction(share)))

    def called(self, charge: Charge, model: str, here: Way) -> Iterator[Way]:
        """A call to one model, on ways by the prefixes that other queries have left."""
        own = {meter: self.amount(units) for meter, units in charge.usage.buckets.items()}
        shared = tuple(Block(name, self.prefixes[name].tokens) for name in charge.prefixes)
        prompt = sum((n for meter, n in own.items() if is_input(meter)), ZERO)
        said = self.block(prompt - sum((block.tokens for block in shared), ZERO))
        in_context = charge.reads_context and bool(here.contexts)
        before = here.contexts[-1] if in_context else ()
        ttl = self.caches[-1] if in_context else ""
        kept = (*shared, *before, said) if ttl else shared
        after = replace(here, kept=here.kept | {(model, kept)})
        if in_context:
            answer = self.block(own["output"])
            after = after.grown(*((said, answer) if charge.adds is None else self.added(charge.adds)))
        found = _in_common(here, model, kept)
        for chance, warm in self.left(charge.prefixes, found, model):
            usage = self.usage(own, shared, before, said, ttl, max(found, warm))
            sent = Sent(self.stages[-1], model, usage, self.share)
            yield replace(after.taken(chance), calls=(*after.calls, sent))

    def added(self, adds: Expression) -> tuple[Block]:
        return (self.block(self.amount(adds)),)

    def left(self, names: tuple[str, ...], found: int, model: str) -> Iterator[tuple[Fraction, int]]:
        """How many prefixes other queries have left, where this one has found so many itself."""
        here = ONE
        for n in range(found, len(names)):
            longer = self.warm.get(("/".join(names[: n + 1]), model), ZERO)
            yield here - min(here, longer), n
            here = min(here, longer)
        yield here, len(names)

    def usage(
        self,
        own: Mapping[str, Fraction],
        shared: tuple[Block, ...],
        before: tuple[Block, ...],
        said: Block,
        ttl: str,
        n_read: int,
    ) -> Mapping[str, Fraction]:
        """Units of a call of which so many blocks are read from the cache."""
        usage = dict(own)
        fresh = own.get("input", ZERO) - sum((block.tokens for block in shared), ZERO)
        usage["input"] = ZERO
        ttls = [*(self.prefixes[str(block.text)].ttl for block in shared), *(ttl for _ in before), ttl]
        blocks = [*shared, *before, said._replace(tokens=fresh)]
        for n, (block, kept) in enumerate(zip(blocks, ttls, strict=True)):
            meter = "input" if not kept else "cache_read" if n < n_read else f"cache_write_{kept}"
            usage[meter] = usage.get(meter, ZERO) + block.tokens
        return {meter: units for meter, units in usage.items() if units}


def _in_common(here: Way, model: str, prompt: tuple[Block, ...]) -> int:
    """Blocks of the longest beginning that the prompt shares with one that the model's provider keeps."""
    longest = 0
    for holder, kept in here.kept:
        if holder == model:
            same = takewhile(lambda pair: pair[0] == pair[1], zip(kept, prompt, strict=False))
            longest = max(longest, sum(1 for _ in same))
    return longest


_ON: Mapping[type, Callable[..., Iterator[Way]]] = {
    Charge: _Brute.charge,
    Wait: _Brute.wait,
    Branch: _Brute.branch,
    Repeat: _Brute.repeat,
    Parallel: _Brute.parallel,
    Context: _Brute.context,
    Carry: _Brute.carry,
    Sequence: _Brute.sequence,
    Visit: _Brute.visit,
    Part: _Brute.part,
    Fail: _Brute.fail,
    Catch: _Brute.catch,
}
