"""What a query carries with it from stage to stage: the prompt caches that are warm, and its contexts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kplan.form.graph import Node

Tokens = tuple[tuple[Node, int], ...]
"""Amounts of tokens, each with how often it was added; sorted."""
CacheKey = tuple[str, str]
"""A prompt cache and the model that holds it."""


@dataclass(frozen=True, slots=True)
class Situation:
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

    def left(self, keys: Iterable[str]) -> Situation:
        """The same out of the innermost context, whose caches nothing reads again."""
        gone = set(keys)
        warm = tuple(entry for entry in self.warm if entry[0][0] not in gone)
        return Situation(warm, self.contexts[:-1])

    def joined(self, start: Situation, arm: Situation) -> Situation:
        """The same with all that an arm, which began at `start`, has added on its way."""
        whole = replace(self, warm=tuple(sorted({**dict(self.warm), **dict(arm.warm)}.items())))
        if not start.contexts:
            return whole
        before = dict(start.contexts[-1])
        for node, count in arm.contexts[-1]:
            if count > before.get(node, 0):
                whole = whole.grown(node, count - before.get(node, 0))
        return whole
