"""Random flows of every kind of block: the exact interpreter against every way of a query, one by one."""

from __future__ import annotations

from fractions import Fraction
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows import assert_the_same_if_small, both
from support import dumped

CHANCES = st.sampled_from(["25%", "50%", "10%", "0%", "100%"])
SMALL = st.sampled_from([0, 7, 100, 1_300])
PREFIXES = {"tools": 40, "system": 30, "book": {"tokens": 20, "ttl": "1h"}}
WARM = {("tools", "m"): Fraction(1, 2), ("tools/system", "m"): Fraction(1, 4), ("book", "n"): Fraction(1)}
"""What other queries have left."""
MODELS = st.sampled_from(["m", "n", {"m": "75%", "n": "25%"}])


class Flows:
    """Draws blocks in blocks; names are given out one after the other."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.numbers = count()
        self.left = 6
        """Stages that may still be drawn: every way is enumerated."""

    def stages(self, depth: int, n: int, in_context: bool) -> dict[str, Any]:
        return {f"s{next(self.numbers)}": self.stage(depth, in_context) for _ in range(n)}

    def stage(self, depth: int, in_context: bool) -> dict[str, Any]:
        self.left -= 1
        kinds = ["call", "call", "code", "tool"]
        if depth and self.left > 0:
            kinds += ["steps", "parallel", "route", "loop", "retry", "fallback", "answer_cache"]
        kind = self.draw(st.sampled_from(kinds))
        stage: dict[str, Any] = getattr(self, kind)(depth, in_context)
        if self.draw(st.booleans()) and kind != "loop":
            stage["chance"] = self.draw(CHANCES)
        if self.draw(st.sampled_from([True, False, False])):
            stage["adds"] = self.draw(SMALL)
        return stage

    def call(self, depth: int, in_context: bool) -> dict[str, Any]:
        stage = {"input": self.draw(st.sampled_from([100, 130, 1_000])), "output": self.draw(SMALL)}
        stage["model"] = self.draw(MODELS)
        if self.draw(st.booleans()):
            stage["prefix"] = self.draw(st.sampled_from([["tools"], ["tools", "system"], ["book", "tools"]]))
        elif not in_context and self.draw(st.booleans()):
            stage |= {"retries": self.draw(CHANCES), "cached": "20%", "cache_write": "10%"}
        if self.draw(st.booleans()):
            stage["calls"] = self.draw(st.sampled_from([0, 2, 1.5]))
        if stage["output"] and self.draw(st.booleans()):
            stage["reasoning"] = 5
        return stage

    def code(self, depth: int, in_context: bool) -> dict[str, Any]:
        return {"kind": "code"}

    def tool(self, depth: int, in_context: bool) -> dict[str, Any]:
        return {"kind": "tool", "model": "t", "usage": {"page": 3}, "retries": "50%"}

    def steps(self, depth: int, in_context: bool) -> dict[str, Any]:
        return {"kind": "steps", "stages": self.stages(depth - 1, self.draw(st.integers(1, 3)), in_context)}

    def parallel(self, depth: int, in_context: bool) -> dict[str, Any]:
        return {"kind": "parallel", "stages": self.stages(depth - 1, 2, in_context)}

    def route(self, depth: int, in_context: bool) -> dict[str, Any]:
        first, ways = self.stages(0, 1, in_context), self.stages(depth - 1, 2, in_context)
        a, b = ways
        name = next(iter(first))
        found = {"kind": "route", "shares": {a: "60%", b: "40%"}, "classifier": name}
        if self.draw(st.booleans()):
            found["confusion"] = {a: {a: "90%", b: "10%"}, b: {a: "20%", b: "80%"}}
        return {**found, "stages": first | ways}

    def loop(self, depth: int, in_context: bool) -> dict[str, Any]:
        turns = self.draw(
            st.sampled_from(
                [
                    {"turns": 2},
                    {"turns": 2.5, "most": 4},
                    {"turns": 0.5},
                    {"stop": "40%", "most": 3},
                    {"spread": {0: "20%", 1: "50%", 3: "30%"}},
                ]
            )
        )
        grows = self.draw(st.booleans())
        more: dict[str, Any] = {"context": self.draw(SMALL)} if grows else {"grows": "false"}
        if grows and self.draw(st.booleans()):
            more["cache"] = self.draw(st.sampled_from(["5m", "1h"]))
        n = self.draw(st.integers(1, 2))
        stages = self.stages(depth - 1, n, in_context or grows)
        return {"kind": "loop", **turns, **more, "stages": stages}

    def retry(self, depth: int, in_context: bool) -> dict[str, Any]:
        found = {"kind": "retry", "failure": self.draw(CHANCES), "attempts": self.draw(st.integers(1, 3))}
        found["bills"] = self.draw(CHANCES)
        return {**found, "stages": self.stages(depth - 1, self.draw(st.integers(1, 2)), in_context)}

    def fallback(self, depth: int, in_context: bool) -> dict[str, Any]:
        stages = self.stages(depth - 1, self.draw(st.integers(1, 3)), in_context)
        a, z = next(iter(stages)), list(stages)[-1]
        found: dict[str, Any] = {"kind": "fallback", "fails": {a: self.draw(CHANCES)}}
        found["rejected"] = {z: self.draw(CHANCES)}
        if self.draw(st.booleans()):
            found |= {"outage": self.draw(CHANCES), "outage_of": [a]}
        return {**found, "stages": stages}

    def answer_cache(self, depth: int, in_context: bool) -> dict[str, Any]:
        gates = self.stages(0, 1, in_context)
        stages = gates | self.stages(depth - 1, 1, in_context)
        found = {"kind": "answer_cache", "gates": list(gates), "hits": self.draw(CHANCES)}
        return {**found, "refresh": self.draw(CHANCES), "stages": stages}


@st.composite
def flows(draw: st.DrawFn) -> dict[str, Any]:
    stages = Flows(draw).stages(2, draw(st.integers(1, 3)), in_context=False)
    return {"prompt_caches": PREFIXES, "stages": stages}


CACHED = {"turns": 2, "context": 50, "cache": "5m"}
PROMPTS = st.sampled_from([{}, {"prefix": ["tools"]}, {"prefix": ["book", "tools"]}, {"adds": 9}])
ARMS = st.sampled_from(
    [
        {"kind": "parallel"},
        {"kind": "retry", "failure": "25%", "attempts": 2},
        {"kind": "fallback", "rejected": {"a": "25%"}},
        {"kind": "loop", **CACHED, "adds": 5},
        {"kind": "steps", "chance": "25%"},
    ]
)


@st.composite
def contexts(draw: st.DrawFn) -> dict[str, Any]:
    """Calls of one or two models before, in and behind a block, in a loop whose context is kept."""

    def call() -> dict[str, Any]:
        return {"input": 100, "output": 7, "model": draw(st.sampled_from(["m", "n"])), **draw(PROMPTS)}

    inner = {**draw(ARMS), "stages": {"a": call(), "b": call()}}
    turn = {"before": call(), "block": inner, "after": call()}
    for name in draw(st.sets(st.sampled_from(["before", "after"]), max_size=1)):
        del turn[name]
    inner["stages"]["a"]["model"] = draw(MODELS)
    return {"prompt_caches": PREFIXES, "stages": {"s": {"kind": "loop", **CACHED, "stages": turn}}}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flow=flows() | contexts(), warm=st.booleans())
def test_exact_is_every_way(
    tmp_path_factory: pytest.TempPathFactory, flow: dict[str, Any], warm: bool
) -> None:
    found = both(tmp_path_factory.mktemp("flow"), dumped(flow), WARM if warm else None)
    assert_the_same_if_small(found, 3_000)


@pytest.mark.slow
@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flow=flows() | contexts())
def test_exact_is_every_way_of_many_more(
    tmp_path_factory: pytest.TempPathFactory, flow: dict[str, Any]
) -> None:
    found = both(tmp_path_factory.mktemp("flow"), dumped(flow), WARM)
    assert_the_same_if_small(found, 10_000)
