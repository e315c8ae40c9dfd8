"""Queries that are drawn, against the exact expectation, for every kind of stage."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drawn import Pipeline, costs, sigmas
from kplan.engine.flow.latency import latency
from kplan.engine.flow.prompt import Caches
from kplan.engine.flow.speeds import Speed, Speeds
from kplan.engine.flow.streams import Streams
from kplan.kinds import KINDS
from services import BOOK, RATES

BASE = "designs: {d: {models: {default: big}}}\n"
MIXED = "designs: {d: {models: {default: {big: 60%, small: 40%}}}}\n"
ONE = "{input: 1_000, output: 100}"
FLOWS = {
    "call": f"stages: {{a: {{input: 1_000, output: 100, calls: 2.5, retries: 10%, cached: 20%}}}}\n{MIXED}",
    "second_pass": f"stages: {{a: {ONE}, b: {{kind: second_pass, like: a, after: a, chance: 12%}}}}\n{BASE}",
    "embed": f"stages: {{a: {ONE}, b: {{kind: embed, tokens: 60, model: vectors, chance: 30%}}}}\n{BASE}",
    "retrieve": "stages: {b: {kind: retrieve, namespace_gb: 2, calls: 3.4, retries: 5%, model: store}}\n"
    + BASE,
    "rerank": f"stages: {{a: {ONE}, b: {{kind: rerank, model: ranker, documents: 120, document_tokens: 700,"
    f" query_tokens: 60, retries: 4%}}}}\n{BASE}",
    "tool": f"stages: {{a: {ONE}, b: {{kind: tool, usage: {{page: 3}}, model: suite, calls: 0.4}}}}\n{BASE}",
    "code": f"stages: {{a: {ONE}, b: {{kind: code, chance: 40%}}}}\n{MIXED}",
    "human": f"stages: {{a: {ONE}, b: {{kind: human, minutes: 2, model: people, chance: 3%}}}}\n{BASE}",
    "steps": f"""
stages:
  s: {{kind: steps, chance: 35%, stages: {{a: {ONE}, b: {{input: 300, output: 900, chance: 50%}}}}}}
{MIXED}""",
    "parallel": f"""
stages:
  agent:
    kind: loop
    turns: 1.7
    context: 700
    cache: 5m
    stages:
      p:
        kind: parallel
        stages: {{a: {ONE}, b: {{input: 300, output: 200, chance: 50%}}, c: {{kind: code, adds: 90}}}}
      d: {ONE}
{MIXED}""",
    "route": f"""
stages:
  r:
    kind: route
    shares: {{a: 50%, b: 30%, c: 20%}}
    classifier: k
    confusion: {{a: {{a: 90%, b: 10%}}, b: {{b: 100%}}, c: {{a: 20%, c: 80%}}}}
    stages: {{k: {{input: 200, output: 2}}, a: {ONE}, b: {{input: 9_000, output: 10}}, c: {{kind: code}}}}
{MIXED}""",
    "loop": f"""
stages:
  agent: {{kind: loop, stop: 40%, most: 30, context: 2_300, cache: 1h, stages: {{
    think: {{input: 120, output: 180, model: {{big: 50%, small: 50%}}}}, act: {{kind: code, adds: 400}}}}}}
{BASE}""",
    "retry": f"""
stages:
  outer: {{kind: retry, failure: 20%, attempts: 2, stages: {{
    inner: {{kind: retry, failure: 30%, attempts: 3, bills: 25%, backoff: 1s, stages: {{a: {ONE}}}}},
    b: {{input: 10, output: 500}}}}}}
{MIXED}""",
    "fallback": f"""
stages:
  f: {{kind: fallback, fails: {{a: 10%, b: 20%}}, rejected: {{a: 30%}}, outage: 5%, outage_of: [a, b],
    stages: {{a: {ONE}, b: {{input: 400, output: 700}}, h: {{kind: human, minutes: 1, model: people}}}}}}
{MIXED}""",
    "answer_cache": f"""
stages:
  c: {{kind: answer_cache, hits: 30%, refresh: 10%, gates: [g], stages: {{
    g: {{kind: embed, tokens: 50, model: vectors}}, a: {ONE}}}}}
{BASE}""",
    "bundles": f"""
stages:
  b:
    kind: bundles
    bundles: {{light: {{quality: [0.9, 0.2], cost: 1}}, heavy: {{quality: 0.8, cost: 9}}}}
    scores: {{0.1: 60%, 0.9: 40%}}
    stages: {{light: {ONE}, heavy: {{input: 9_000, output: 300}}}}
{BASE}""",
    "shared prefixes": f"""
prompt_caches: {{tools: {{tokens: 400, warm: 70%}}, rules: {{tokens: 300, warm: 35%}}}}
stages:
  a: {{input: 1_000, output: 100, prefix: [tools, rules], chance: 50%}}
  b: {{input: 2_000, output: 100, prefix: [tools], model: {{big: 50%, small: 50%}}}}
  c: {{input: 3_000, output: 100, prefix: [tools, rules]}}
{BASE}""",
    "varying turns": f"""
params: {{n: 2.25}}
stages:
  agent: {{kind: loop, turns: n, context: 500, stages: {{
    a: {ONE}, b: {{input: 3, output: 90, chance: 1 / n}}}}}}
{MIXED}""",
    "turns by share": f"""
stages:
  agent: {{kind: loop, spread: {{1: 50%, 4: 30%, 9: 20%}}, cache: 5m, stages: {{a: {ONE}}}}}
{MIXED}""",
    "all that fails": f"""
stages:
  f: {{kind: fallback, rejected: {{x: 50%, y: 50%}}, stages: {{
    x: {{kind: loop, turns: 3, context: 100, cache: 5m, stages: {{
      r: {{kind: retry, failure: 25%, attempts: 2, stages: {{a: {ONE}}}}}, c: {{input: 50, output: 10}}}}}},
    y: {{kind: parallel, stages: {{l: {ONE}, m: {{kind: retry, failure: 10%, attempts: 1, stages: {{
      n: {{input: 900, output: 9}}}}}}}}}}}}}}
{MIXED}""",
}
"""A flow of each kind, by name, and some in which kinds meet."""
FAILS = 4.5
"""Standard errors: seeds are fixed, so that a flow that passes goes on passing."""


def test_there_is_a_flow_of_every_kind() -> None:
    assert {name for name, kind in KINDS.items() if not is_per_document(name, kind)} <= FLOWS.keys()


def is_per_document(name: str, kind: type) -> bool:
    return name == "storage" or getattr(kind, "per_document", False)


@pytest.mark.parametrize("name", FLOWS)
def test_the_mean_of_drawn_queries_is_the_exact_one(tmp_path: Path, name: str) -> None:
    pipeline = Pipeline.of(tmp_path, FLOWS[name], BOOK)
    assert sigmas(costs(pipeline.sampler()), pipeline.exact_usd()) < FAILS


MANY = {"loop", "retry", "turns by share", "all that fails"}
"""Flows of more ways than are kept apart."""
LONG = {"loop", "parallel", "all that fails"}
"""Flows of so many visits or ways that each test of them takes seconds."""


def slow_if_long(names: Iterable[str]) -> list[Any]:
    return [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in names]


@pytest.mark.parametrize("name", slow_if_long(sorted(FLOWS.keys() - MANY)))
def test_queries_by_way_are_those_that_walk_by_themselves(tmp_path: Path, name: str) -> None:
    pipeline = Pipeline.of(tmp_path, FLOWS[name], BOOK)
    by_way, walking = pipeline.sampler(), pipeline.sampler(most_ways=0)
    assert (by_way.is_by_way, walking.is_by_way) == (True, False)
    one, other = (each.chunk(Streams(3, 1), 20_000) for each in (by_way, walking))
    assert one.costs() == pytest.approx(other.costs(), rel=1e-12)
    assert one.way is not None
    assert np.array_equal(one.is_stopped[one.way], other.is_stopped)


def test_a_wrong_chance_is_seen(tmp_path: Path) -> None:
    right = Pipeline.of(tmp_path, FLOWS["second_pass"], BOOK)
    wrong = Pipeline.of(tmp_path, FLOWS["second_pass"].replace("12%", "12.5%"), BOOK)
    assert sigmas(costs(wrong.sampler()), right.exact_usd()) > FAILS


def test_queries_stop_as_often_as_all_attempts_fail(tmp_path: Path) -> None:
    text = (
        f"stages: {{r: {{kind: retry, failure: 40%, attempts: 2, stages: {{a: {ONE}}}}}, b: {ONE}}}\n{BASE}"
    )
    found = Pipeline.of(tmp_path, text, BOOK).study(200_000)["d"].all.stopped
    assert float(found.low) < 0.16 < float(found.high)
    assert float(found.high - found.low) < 0.004


TIMED = """
stages:
  a: {input: 1_000, output: 200, takes: 250ms}
  p:
    kind: parallel
    stages:
      b: {input: 100, output: 50}
      c: {input: 100, output: 400}
      w: {kind: code, takes: 9s, chance: 25%}
  e: {input: 100, output: 100, calls: 3}
designs: {d: {models: {default: big, c: small}}}
"""


@pytest.mark.parametrize("most_ways", [0, 100])
def test_arms_and_calls_at_once_are_waited_for_and_all_else_adds_up(tmp_path: Path, most_ways: int) -> None:
    """a: .25 + .5 + 200/100 = 2.75; p: the longest of .5 + .5, .1 + 400/50 = 8.1, and 9 for a quarter of
    the queries; e: .5 + 100/100 = 1.5 once, since the three begin together."""
    speeds = Speeds({"big": Speed(0.5, 100.0), "small": Speed(0.1, 50.0)})
    sampler = Pipeline.of(tmp_path, TIMED, BOOK, speeds=speeds).sampler(most_ways)
    found = sampler.chunk(Streams(1, 0), 4_000)
    assert found.time_s is not None
    times = found.time_s if found.way is None else found.time_s[found.way]
    assert np.unique(np.round(times, 9)) == pytest.approx([2.75 + 8.1 + 1.5, 2.75 + 9 + 1.5])
    assert float(np.mean(times > 13)) == pytest.approx(0.25, abs=0.03)


def test_a_time_without_a_speed_is_not_told(tmp_path: Path) -> None:
    pipeline = Pipeline.of(tmp_path, TIMED, BOOK, speeds=Speeds({"big": Speed(0.5, 100.0)}))
    assert pipeline.study(1_000)["d"].all.time_s is None


class Two:
    """1_000 or 3_000 tokens, as likely."""

    def draw(self, rng: np.random.Generator, n: int) -> np.ndarray:
        return np.where(rng.random(n) < 0.5, 1_000.0, 3_000.0)


def test_every_visit_and_call_draws_anew_and_a_param_once(tmp_path: Path) -> None:
    """Of two calls a half cost 2 x 2_000 tokens where each draws for itself, and none where both read one
    param: input at $3 a million."""
    at_stage = "stages: {a: {input: 2_000, output: 0, calls: 2}}\n" + BASE
    of_param = "params: {n: 2_000}\nstages: {a: {input: n, output: 0, calls: 2}}\n" + BASE
    each = costs(Pipeline.of(tmp_path, at_stage, BOOK, laws={"stages.a.input": Two()}).sampler(), 1)
    once = costs(Pipeline.of(tmp_path, of_param, BOOK, laws={"params.n": Two()}).sampler(), 1)
    usd = [2_000 * 3e-6, 4_000 * 3e-6, 6_000 * 3e-6]
    assert [float(np.mean(np.isclose(each, one))) for one in usd] == pytest.approx(
        [0.25, 0.5, 0.25], abs=0.01
    )
    assert [float(np.mean(np.isclose(once, one))) for one in usd] == pytest.approx([0.5, 0, 0.5], abs=0.01)


def test_tokens_that_stay_in_a_context_are_read_again(tmp_path: Path) -> None:
    """Turn 1 reads x tokens, turn 2 reads these and its own: E = 3 E[x], and both turns' outcomes show."""
    text = f"stages: {{l: {{kind: loop, turns: 2, stages: {{a: {{input: 2_000, output: 0}}}}}}}}\n{BASE}"
    found = costs(Pipeline.of(tmp_path, text, BOOK, laws={"stages.a.input": Two()}).sampler(), 2)
    values = np.array([1 + 1 + 1, 1 + 1 + 3, 3 + 3 + 1, 3 + 3 + 3]) * 1_000 * 3e-6
    assert [float(np.mean(np.isclose(found, value))) for value in values] == pytest.approx(
        [0.25] * 4, abs=0.01
    )


def test_a_stage_more_leaves_the_draws_of_the_others(tmp_path: Path) -> None:
    text = f"stages: {{a: {{input: 2_000, output: 0}}, b: {{input: 2_000, output: 0, chance: 50%}}}}\n{BASE}"
    laws = {"stages.a.input": Two(), "stages.b.input": Two()}
    more = text.replace("stages: {", "stages: {x: {input: 100, output: 0, chance: 40%}, ")
    one, other = (costs(Pipeline.of(tmp_path, each, BOOK, laws).sampler(), 1) for each in (text, more))
    less = np.round((other - one) / (100 * 3e-6), 6)
    assert set(np.unique(less)) == {0.0, 1.0}
    assert float(less.mean()) == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("name", slow_if_long(FLOWS))
def test_the_mean_time_is_the_exact_one(tmp_path: Path, name: str) -> None:
    """Against the interpreter that convolves distributions, with speeds of each model and a fixed wait."""
    speeds = Speeds({ref: Speed(0.1 * n, 40.0 * n, 1e-5 * n) for n, ref in enumerate(RATES, 1)})
    pipeline = Pipeline.of(tmp_path, FLOWS[name].replace("kind: code", "kind: code, takes: 700ms"), BOOK)
    pipeline.speeds = speeds
    callers = pipeline.compiled.callers
    flows, _, warm = callers.followed("d", callers.placed("d"))
    flow = flows["all"]
    exact = latency(flow.graph, flow.body, flow.node, Caches(flow.caches, warm), speeds)
    assert not exact.unknown
    found = pipeline.sampler(most_ways=0).chunk(Streams(1, 0), 100_000).time_s
    assert found is not None
    assert sigmas(found, exact.times.mean_ns() / 1e9) < FAILS
    for part in (0.5, 0.95) if name != "shared prefixes" else ():  # there it reads caches at their mean
        low, high = (np.quantile(found, part + off) for off in (-0.01, 0.01))
        assert low - 1e-9 <= exact.times.percentile_ns(part) / 1e9 <= high + 1e-9


def test_a_stage_draws_the_same_whichever_way_a_query_came_to_it(tmp_path: Path) -> None:
    """An outage is one more branch around the same stages; no query takes both its ways."""
    stages = "{a: {input: 100, output: 0}, b: {input: 2_000, output: 0}}"
    text = f"stages: {{f: {{kind: fallback, fails: {{a: 100%}}, OUTAGE stages: {stages}}}}}\n{BASE}"
    laws = {"stages.b.input": Two()}
    plain, outage = (
        costs(Pipeline.of(tmp_path, text.replace("OUTAGE", said), BOOK, laws).sampler(), 1)
        for said in ("", "outage: 50%, outage_of: [a],")
    )
    assert np.array_equal(plain, outage)
