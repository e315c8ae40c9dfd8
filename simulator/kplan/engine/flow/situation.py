"""What a query carries with it from stage to stage: the prompt caches that are warm, and its contexts."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kplan.form.graph import Node

Tokens = tuple[tuple[Node, int], ...]
"""Amounts of tokens, each with how often it was added; sorted."""
CacheKey = tuple[str, str]
"""A prompt cache and the model that holds it."""


class Situation(Struct, frozen=True):
    """All that later stages can see of the way a query came. Ways that lead to one situation are one."""

    warm: tuple[tuple[CacheKey, Tokens], ...] = ()
    """Caches that the query has written or read, with the tokens of a context that they held; sorted."""
    contexts: tuple[Tokens, ...] = ()
    """What joined each context around, the innermost last."""

    def cached(self, key: CacheKey) -> Tokens | None:
        """What a cache holds of a context, nothing for a prefix; None where it is cold."""
        return dict(self.warm).get(key)

    def warmed(self, key: CacheKey, holds: Tokens = ()) -> Situation:
        """The same after a call that wrote or read the cache."""
        return replace(self, warm=tuple(sorted({**dict(self.warm), key: holds}.items())))

    def grown(self, by: Node, times: int = 1) -> Situation:
        """The same with tokens added to the innermost context."""
        *outer, inner = self.contexts
        counts = dict(inner)
        counts[by] = counts.get(by, 0) + times
        return replace(self, contexts=(*outer, tuple(sorted(counts.items()))))

    def entered(self) -> Situation:
        """The same in a context of its own."""
        return replace(self, contexts=(*self.contexts, ()))

    def left(self, context: str) -> Situation:
        """The same out of the innermost context, whose caches nothing reads again."""
        warm = tuple(entry for entry in self.warm if not _is_of(context, entry[0]))
        return Situation(warm, self.contexts[:-1])

    def back(self, start: Situation, context: str) -> Situation:
        """The same where all that joined the innermost context since `start` is taken back.

        Providers keep what they had of it; of the requests that are taken back nothing is counted on.
        """
        if not start.contexts or self.contexts == start.contexts:
            return self
        now = dict(start.contexts[-1])
        warm = [(key, _both(held, now) if _is_of(context, key) else held) for key, held in self.warm]
        return Situation(tuple(warm), start.contexts)

    def joined(self, start: Situation, arm: Situation, context: str) -> Situation:
        """The same with all that an arm, which began at `start`, has added on its way.

        Its part of the innermost context stands behind that of the arms before it: what providers keep of it
        is then no beginning of a later prompt, but for what was there at the start.
        """
        known, at_start = dict(self.warm), dict(start.warm)
        is_behind = bool(start.contexts) and self.contexts[-1] != start.contexts[-1]
        for key, held in arm.warm:
            if known.get(key) == at_start.get(key) != held:
                known[key] = start.contexts[-1] if is_behind and _is_of(context, key) else held
        whole = replace(self, warm=tuple(sorted(known.items())))
        if not start.contexts:
            return whole
        before = dict(start.contexts[-1])
        for node, count in arm.contexts[-1]:
            if count > before.get(node, 0):
                whole = whole.grown(node, count - before.get(node, 0))
        return whole


def context_cache(context: str, prefixes: str) -> str:
    """The name of the prompt cache that holds a context behind prefixes: both are the prompt's beginning."""
    return f"{context}\n{prefixes}"


def _is_of(context: str, key: CacheKey) -> bool:
    return key[0].startswith(context_cache(context, ""))


def _both(held: Tokens, now: Mapping[Node, int]) -> Tokens:
    common = ((node, min(count, now.get(node, 0))) for node, count in held)
    return tuple((node, count) for node, count in common if count)
