"""How often a query finds each shared prompt cache warm, under a design."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct

from kplan.engine.calendar import month_queries
from kplan.engine.flow.arrivals import found_warm
from kplan.engine.flow.expectation import Expected
from kplan.engine.flow.prompt import SEPARATOR
from kplan.engine.flow.situation import CacheKey
from kplan.engine.parts import class_shares
from kplan.form.decimals import Decimals
from kplan.form.expressions import Expression, Number
from kplan.form.graph import Graph, Node, Op
from kplan.money import ONE, ZERO, exact
from kplan.prices.windows import HourProfile
from kplan.scenario.model import Scenario
from kplan.scenario.names import dotted
from kplan.scenario.prompt_caches import PromptCache

TTL_S = {"5m": 300, "1h": 3_600}
"""Seconds that a provider keeps a prompt cache after its last use."""


class Warmth(Struct, frozen=True):
    """The prompt caches of a scenario with the traffic that keeps them warm."""

    scenario: Scenario
    graph: Graph
    months: Sequence[date]
    """First days of the plan's months."""
    bind: Callable[[Expression], Node]
    """Makes nodes of expressions over the params."""

    def of(self, design: str, found: Mapping[str, Expected]) -> dict[CacheKey, Node]:
        """Chance that a query finds a cache warm on a model, for those that queries share [0..1].

        found  what a query of each class does on average
        A prefix behind another one is kept no longer than that one is.
        """
        keys = dict.fromkeys(key for each in found.values() for key in each.touched)
        warm: dict[CacheKey, Node] = {}
        for key, caches in self._shared(keys):
            if caches[-1].warm is None:
                warm[key] = self._worked_out(design, key, caches, found)
                continue
            before = warm.get((key[0].rpartition(SEPARATOR)[0], key[1]))
            stated = self._stated(caches[-1], key[0])
            warm[key] = stated if before is None else self.graph.apply(Op.MIN, before, stated)
        return warm

    def of_documents(self, found: Expected) -> dict[CacheKey, Node]:
        """The same for documents that are read in: where it is stated, since no rate says when they come."""
        return {
            key: self._stated(caches[-1], key[0])
            for key, caches in self._shared(found.touched)
            if caches[-1].warm is not None
        }

    def _shared(self, keys: Iterable[CacheKey]) -> Iterator[tuple[CacheKey, list[PromptCache]]]:
        for key in keys:
            caches = [self.scenario.prompt_caches[name] for name in key[0].split(SEPARATOR)]
            if all(cache.shared or cache.warm is not None for cache in caches):
                yield key, caches

    def _stated(self, cache: PromptCache, key: str) -> Node:
        assert cache.warm is not None
        if isinstance(cache.warm, Number):
            place = dotted(("prompt_caches", key.split(SEPARATOR)[-1], "warm"))
            return self.graph.leaf(place, cache.warm.value)
        return self.bind(cache.warm)

    def _worked_out(
        self, design: str, key: CacheKey, caches: Sequence[PromptCache], found: Mapping[str, Expected]
    ) -> Node:
        """A number out of the traffic: it is baked, and does not follow when what it was made of changes."""
        scenario, graph, values = self.scenario, self.graph, Decimals(self.graph)
        using = {name: each.touched[key] for name, each in found.items() if key in each.touched}
        shares, queries = (
            class_shares(scenario, graph, self.bind),
            month_queries(graph, scenario.volume, self.months),
        )
        with exact():
            used = (values[shares[name]] * min(ONE, values[node]) for name, node in using.items())
            used_by = sum(used, ZERO)  # arms that use it at once are one use
        profile = scenario.profile.hour_profile() if scenario.profile else HourProfile.uniform()
        ttl_s = min(TTL_S[cache.ttl] for cache in caches)
        value = found_warm([values[node] for node in queries], self.months, profile, used_by, ttl_s)
        name, ref = key
        sources = (*queries, *(shares[each] for each in using), *using.values())
        return graph.bake(f"{name} found warm on {ref}: design {design}", value, *sources)
