"""What one call reads: its own input, the context before it, and what of both the provider has kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate

from msgspec import Struct, field

from kplan.engine.flow.situation import CacheKey, Situation, Tokens, context_cache
from kplan.form.expressions import Expression
from kplan.form.graph import Graph, Node, Op
from kplan.form.visits import of_others
from kplan.kinds.primitives import Charge, Context
from kplan.money import ONE, ZERO
from kplan.prices.meters import is_input

SEPARATOR = "/"
"""Between the names of prefixes that stand one behind the other in a prompt: together they are a key."""
_WRITES = {"5m": "cache_write_5m", "1h": "cache_write_1h"}


class Prefix(Struct, frozen=True):
    """A prefix that providers keep: its tokens, and the meter that writing it is billed by."""

    tokens: Node
    ttl: str


class Caches(Struct, frozen=True):
    """The prompt caches of a scenario, and how likely each is warm when a query comes to it."""

    known: Mapping[str, Prefix] = field(default_factory=dict)
    warm: Mapping[CacheKey, Node] = field(default_factory=dict)
    """Chance that other queries have kept it warm [0..1]; 0 where it is not said."""


class Prompt(Struct, frozen=True):
    """A charge with the amounts of its prompt as nodes.

    Prompts are ordered: prefixes, then the context, then the call's own input; what a provider keeps is the
    beginning of a prompt. A call leaves its whole prompt in the cache of its context, and its input and
    visible output in the context itself, so that a next step on the same model costs r x previous prompt +
    w x what is new + q x output. Source: TwinRouterBench, arXiv 2605.18859, section on cost; vendors' pages
    on prompt caching.
    """

    graph: Graph
    caches: Caches
    own: Mapping[str, Node]
    """Units of the call by itself, in disjoint buckets."""
    prefixes: tuple[tuple[str, Prefix], ...]
    context: Context | None
    context_name: str
    """What its cache is called: the same context behind other prefixes is another beginning."""
    initial: Node
    adds: tuple[Node, Node]
    """Tokens that stay in the context: those of the prompt, and those that follow it."""

    @classmethod
    def of(
        cls,
        graph: Graph,
        bind: Callable[[Expression], Node],
        caches: Caches,
        charge: Charge,
        contexts: Sequence[tuple[Context, str, Node]],
    ) -> Prompt:
        """The prompt of a charge in the contexts around it."""
        own = {meter: bind(units) for meter, units in charge.usage.buckets.items()}
        names = accumulate(charge.prefixes, lambda first, last: f"{first}{SEPARATOR}{last}")
        prefixes = tuple((key, caches.known[name]) for key, name in zip(names, charge.prefixes, strict=True))
        zero = graph.number(ZERO)
        if not charge.reads_context or not contexts:
            return cls(graph, caches, own, prefixes, None, "", zero, (zero, zero))
        context, name, initial = contexts[-1]
        name = context_cache(name, prefixes[-1][0] if prefixes else "")
        prompt = graph.sum(node for meter, node in own.items() if is_input(meter))
        for _, prefix in prefixes:
            prompt = graph.apply(Op.SUBTRACT, prompt, prefix.tokens)
        adds = (prompt, own["output"]) if charge.adds is None else (zero, bind(charge.adds))
        return cls(graph, caches, own, prefixes, context, name, initial, adds)

    @property
    def remembers(self) -> bool:
        """Whether it leaves anything behind for later calls."""
        return bool(self.prefixes) or self.context is not None

    @property
    def is_cached(self) -> bool:
        """Whether providers keep anything of it."""
        return bool(self.prefixes) or (self.context is not None and bool(self.context.cache))

    @property
    def parts(self) -> Mapping[str, Node]:
        """Units of the call by itself behind its prefixes, none of which may be negative."""
        fresh = self.own.get("input", self.graph.number(ZERO))
        for _, prefix in self.prefixes:
            fresh = self.graph.apply(Op.SUBTRACT, fresh, prefix.tokens)
        return {**self.own, "input": fresh} if self.prefixes else self.own

    def usage(self, here: Situation, ref: str) -> Mapping[str, Node]:
        """Units of the call in this situation, in disjoint buckets."""
        if not self.remembers:
            return self.own
        reads, writes, fresh = [], [], self.parts.get("input", self.graph.number(ZERO))
        for key, prefix in self.prefixes:
            read, written = self._shared(here, (key, ref), prefix.tokens)
            reads.append(read)
            writes.append((_WRITES[prefix.ttl], written))
        if self.context is not None:
            before = self._tokens(here.contexts[-1])
            if not self.context.cache:
                fresh = self.graph.sum([before, fresh])
            else:
                held = here.cached((self.context_name, ref))
                read = self.graph.number(ZERO) if held is None else self._tokens(held)
                new = before if held is None else self._between(held, here.contexts[-1])
                reads.append(read)
                writes.append((_WRITES[self.context.cache], self.graph.sum([new, fresh])))
                fresh = self.graph.number(ZERO)
        return self._with(reads, writes, fresh)

    def _with(self, reads: list[Node], writes: list[tuple[str, Node]], fresh: Node) -> Mapping[str, Node]:
        added: dict[str, list[Node]] = {"cache_read": reads}
        for meter, node in writes:
            added.setdefault(meter, []).append(node)
        usage = {**self.own, "input": fresh}
        for meter, nodes in added.items():
            parts = [*([usage[meter]] if meter in usage else []), *nodes]
            parts = [node for node in parts if not self.graph.is_number(node, ZERO)]
            if parts:
                usage[meter] = self.graph.sum(parts)
        return usage

    def _shared(self, here: Situation, key: CacheKey, tokens: Node) -> tuple[Node, Node]:
        """Tokens of a prefix read and written: the first call finds what other queries have left."""
        zero, warm = self.graph.number(ZERO), self.caches.warm.get(key)
        if here.cached(key) is not None:
            return tokens, zero
        if warm is None or self.graph.is_number(warm, ZERO):
            return zero, tokens
        cold = self.graph.apply(Op.SUBTRACT, self.graph.number(ONE), warm)
        return self.graph.product(tokens, warm), self.graph.product(tokens, cold)

    def _tokens(self, held: Tokens) -> Node:
        return self.graph.sum([self.initial, *self._amounts(dict(held), "before")])

    def _between(self, held: Tokens, now: Tokens) -> Node:
        before = dict(held)
        return self.graph.sum(self._amounts({node: n - before.get(node, 0) for node, n in now}, "since"))

    def _amounts(self, counts: Mapping[Node, int], which: str) -> list[Node]:
        """What other calls have left, each having drawn its own amounts."""
        return [
            self.graph.product(of_others(self.graph, node, n, which), self.graph.count(n))
            for node, n in counts.items()
            if n > 0
        ]

    def after(self, here: Situation, ref: str) -> Situation:
        """The situation that the call leaves."""
        for key, _ in self.prefixes:
            here = here.warmed((key, ref))
        if self.context is None:
            return here
        prompt, answer = self.adds
        here = here if self.graph.is_number(prompt, ZERO) else here.grown(prompt)
        if self.context.cache:
            here = here.warmed((self.context_name, ref), here.contexts[-1])
        return here if self.graph.is_number(answer, ZERO) else here.grown(answer)

    def first_touched(self, here: Situation, ref: str) -> Iterator[CacheKey]:
        """Prefixes that the query has not used before on this model."""
        for key, _ in self.prefixes:
            if here.cached((key, ref)) is None:
                yield key, ref
