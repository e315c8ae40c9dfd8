"""Stages in stages: laid flat, named by themselves alone, changed from anywhere, and wrong in one place."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kplan.form.expressions import Number
from kplan.scenario.flow import stages_of
from kplan.scenario.model import Scenario

NESTED = """\
volume: 1_000/month
params: {n: 3}
stages:
  first: {input: 10, output: 5}
  agent:
    kind: loop
    turns: n
    stages:
      think: {input: 120, output: 180}
      tools:
        kind: parallel
        stages:
          search: {kind: code, adds: 400}
          look: {kind: code, adds: 40}
  last: {input: 20, output: 5}
mix:
  short: {share: 50%, stages: {tools: null}}
  long: {share: 50%, params: {n: 9}, stages: {think: {output: 900}}}
designs:
  plain: m
  more:
    models: {default: m, think: o}
    stages:
      check: {after: think, like: think, output: 3}
      agent: {cache: 5m}
  less: {models: {default: m}, stages: {agent: null}}
variants:
  quick: {stages: {agent: {turns: 1}, think: {output: 10}}}
"""


def ids(scenario: Scenario, design: str, query_class: str) -> list[tuple[str, str | None]]:
    return [(each.id, each.stage.inside) for each in stages_of(scenario, design, query_class)]


def test_a_dropped_block_takes_its_stages_along(load: Callable[..., Scenario]) -> None:
    """`tools` is gone in class short, `agent` with all that is in it in design less."""
    scenario = load(NESTED)
    assert ids(scenario, "plain", "short") == [
        ("first", None),
        ("agent", None),
        ("think", "agent"),
        ("last", None),
    ]
    assert ids(scenario, "less", "long") == [("first", None), ("last", None)]


def test_stages_are_named_by_themselves_alone(load: Callable[..., Scenario]) -> None:
    """A class, a design, a variant and a setting each reach a stage in a block in a block."""
    scenario = load(NESTED, "stages.search.adds=500", "designs.plain.stages.look.adds=41", variant="quick")
    found = {each.id: each.stage for each in stages_of(scenario, "plain", "long")}
    said = {
        ("search", "adds"): 500,
        ("look", "adds"): 41,
        ("agent", "turns"): 1,
        ("think", "output"): 900,
        ("think", "input"): 120,
    }
    assert {key: getattr(found[key[0]], key[1]) for key in said} == {
        key: Number(Decimal(n)) for key, n in said.items()
    }


def test_after_and_like_work_inside_blocks(load: Callable[..., Scenario]) -> None:
    """A design's stage behind `think` stands in its block, and is like it as the class has it."""
    found = stages_of(load(NESTED), "more", "long")
    assert [each.id for each in found if each.stage.inside == "agent"] == ["think", "check", "tools"]
    check = next(each.stage for each in found if each.id == "check")
    assert (check.input, check.output) == (Number(Decimal(120)), Number(Decimal(3)))  # type: ignore[attr-defined]


def test_a_design_may_add_a_whole_block(load: Callable[..., Scenario]) -> None:
    added = """
  block:
    models: {default: m}
    stages: {again: {kind: retry, stages: {try: {input: 1, output: 1}}}, last: {inside: again}, tools: null}
"""
    found = ids(load(NESTED.replace("variants:", added.strip("\n") + "\nvariants:")), "block", "short")
    moved = [("again", None), ("last", "again"), ("try", "again")]
    assert found == [("first", None), ("agent", None), ("think", "agent"), *moved]


def test_an_include_is_laid_over_block_by_block(written: Any, load: Callable[..., Scenario]) -> None:
    """The upper file changes a nested stage by its bare name, or under its block: both are the same."""
    written.file("base.yaml", NESTED)
    for change in ("stages: {search: {adds: 7}}", "stages: {tools: {stages: {search: {adds: 7}}}}"):
        scenario = load(f"include: base.yaml\n{change}\n")
        found = {each.id: each.stage for each in stages_of(scenario, "plain", "long")}
        assert (found["search"].inside, found["search"].adds) == ("tools", Number(Decimal(7)))


HEAD = "volume: 1_000/month\ndesigns: {d: m}\nstages:\n"
A = "{input: 9, output: 1}"
PROBLEMS = {
    "no stages": (
        "  b: {kind: steps}\n",
        "s.yaml:4:3: stages.b: block b of kind steps has no stages",
    ),
    "a name twice": (
        f"  a: {A}\n  b: {{kind: steps, stages: {{a: {A}, c: {A}}}}}\n",
        "s.yaml:5:29: stages.a: a second stage `a`, the first one is at s.yaml:4:3; names of stages are",
    ),
    "in a call": (
        f"  b: {{input: 1, output: 1, stages: {{a: {A}}}}}\n",
        "s.yaml:4:3: stages.a.inside: stage b is no block: it cannot hold stages",
    ),
    "no such block": (
        f"  a: {{inside: c, input: 9, output: 1}}\n  b: {{kind: steps, stages: {{d: {A}}}}}\n",
        "s.yaml:4:15: stages.a.inside: no stage `c`; known are a, b, d",
    ),
    "in each other": (
        "  b: {kind: steps, inside: c}\n  c: {kind: steps, inside: b}\n",
        "blocks that are inside each other: b → c → b",
    ),
    "a way without a share": (
        f"  b: {{kind: route, shares: {{x: 100%}}, stages: {{x: {A}, y: {A}}}}}\n",
        "s.yaml:4:20: stages.b.shares: no share for stage `y`; the shares add up to 1",
    ),
    "a share of no way": (
        f"  b: {{kind: route, shares: {{x: 70%, z: 30%}}, stages: {{x: {A}}}}}\n",
        "s.yaml:4:40: stages.b.shares.z: no stage `z` in block b; it holds x",
    ),
    "shares that do not add up": (
        f"  b: {{kind: route, shares: {{x: 70%, y: 29.9%}}, stages: {{x: {A}, y: {A}}}}}\n",
        "s.yaml:4:20: stages.b.shares: `shares` adds up to 0.999, not 1",
    ),
    "a classifier that is a way": (
        f"  b: {{kind: route, shares: {{x: 100%}}, classifier: x, stages: {{x: {A}}}}}\n",
        "s.yaml:4:32: stages.b.shares.x: the classifier runs for every query; it is no way",
    ),
    "errors that do not add up": (
        f"  b: {{kind: route, shares: {{x: 100%}}, confusion: {{x: {{x: 90%}}}}, stages: {{x: {A}}}}}\n",
        "`confusion.x` adds up to 0.9, not 1",
    ),
    "what fails is not there": (
        f"  b: {{kind: fallback, fails: {{z: 1%}}, stages: {{x: {A}}}}}\n",
        "s.yaml:4:34: stages.b.fails.z: no stage `z` in block b; it holds x",
    ),
    "an outage of nothing": (
        f"  b: {{kind: fallback, outage: 1%, outage_of: [x, z], stages: {{x: {A}}}}}\n",
        "stages.b.outage_of: no stage `z` in block b; it holds x",
    ),
    "no gate": (
        f"  b: {{kind: answer_cache, hits: 1%, gates: z, stages: {{x: {A}}}}}\n",
        "stages.b.gates: no stage `z` in block b; it holds x",
    ),
    "too many turns": (
        f"  b: {{kind: loop, turns: 401, stages: {{x: {A}}}}}\n",
        "s.yaml:4:26: stages.b.turns: `turns` comes to 401; at most 400 are followed",
    ),
    "no end": (
        f"  b: {{kind: loop, stop: 10%, stages: {{x: {A}}}}}\n",
        "s.yaml:4:3: stages.b: `stop` needs `most`: turns that no query goes beyond",
    ),
    "a turn and a half": (
        f"  b: {{kind: loop, spread: {{1.5: 100%}}, stages: {{x: {A}}}}}\n",
        "`1.5` turns: a whole number up to 400 is expected",
    ),
    "no turns": (
        f"  b: {{kind: loop, stages: {{x: {A}}}}}\n",
        "s.yaml:4:3: stages.b: no `turns`: say how much, or `like: STAGE`",
    ),
    "turns said twice": (
        f"  b: {{kind: loop, turns: 2, stop: 5%, most: 9, stages: {{x: {A}}}}}\n",
        "say either turns or stop, not both",
    ),
    "negative tokens": (
        "  b: {kind: loop, turns: 2, stages: {x: {input: -1, output: 1}}}\n",
        "s.yaml:4:49: stages.x.input: `input` comes to -1; it cannot be negative",
    ),
    "a cache in a cache": (
        "  b: {kind: loop, turns: 2, cache: 5m, stages: {x: {input: 1, output: 1, cached: 5%}}}\n",
        "s.yaml:4:82: stages.x.cached: the `cache` of the loop around it says what is read",
    ),
    "a context twice": (
        f"  y: {A}\n  b: {{kind: loop, turns: 2, stages: {{c: {{inside: b, like: y, retries: 5%}}}}}}\n",
        "s.yaml:5:71: stages.c.retries: in a loop whose context grows a call made twice would stay in it",
    ),
    "twenty-one attempts": (
        f"  b: {{kind: retry, attempts: 21, stages: {{x: {A}}}}}\n",
        "s.yaml:4:30: stages.b.attempts: at most 20 is expected here, not 21",
    ),
}


@pytest.mark.parametrize(("text", "what"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_is_wrong_with_blocks(problems: Callable[..., list[str]], text: str, what: str) -> None:
    found = problems(HEAD + text)
    assert len(found) == 1, found
    assert what in found[0]


def test_a_block_that_is_refused_is_all_that_is_told(problems: Callable[..., list[str]]) -> None:
    """Its stages do not say besides that their block is not there; other mistakes are told all the same."""
    found = problems(f"{HEAD}  b: {{kind: loop, stop: 10%, stages: {{x: {A}}}}}\n  c: {{kind: steps}}\n")
    assert [line.partition(": ")[0] for line in found] == ["s.yaml:4:3", "s.yaml:5:3"]


def test_a_block_that_a_class_leaves_empty(problems: Callable[..., list[str]]) -> None:
    """Where the last stage is dropped, not where the block is said."""
    text = NESTED.replace("tools: null}", "search: null, look: null}")
    (line,) = problems(text)
    assert line == (
        "s.yaml:17:52: mix.short.stages.look: block tools of kind parallel has no stages left; drop the block"
        " itself"
    )


SAID_TWICE = "volume: 1_000/month\ndesigns: {d: m}\nprompt_caches: {p: 5}\nstages:\n"


@pytest.mark.parametrize("field", ["cached", "cache_write", "cache_write_1h"])
def test_a_prefix_and_a_share_say_the_same_twice(problems: Callable[..., list[str]], field: str) -> None:
    found = problems(f"{SAID_TWICE}  a: {{input: 9, output: 1, prefix: p, {field}: 5%}}\n")
    (line,) = found
    assert line.startswith(f"s.yaml:5:{len(field) + 41}: stages.a.{field}: its `prefix` says what is read")


def test_shares_hold_for_each_class(problems: Callable[..., list[str]]) -> None:
    text = f"""volume: 1_000/month
params: {{p: 60%}}
mix: {{easy: {{share: 50%}}, hard: {{share: 50%, params: {{p: 70%}}}}}}
designs: {{d: m}}
stages:
  b: {{kind: route, shares: {{x: p, y: 40%}}, stages: {{x: {A}, y: {A}}}}}
"""
    assert problems(text) == ["s.yaml:6:20: stages.b.shares: `shares` adds up to 1.1, not 1 (class hard)"]


def test_shares_that_a_design_changes_are_those_of_that_design(problems: Callable[..., list[str]]) -> None:
    """Also where it is the class that makes them wrong; the pipeline's own shares are fine."""
    text = f"""volume: 1_000/month
params: {{p: 60%}}
mix: {{easy: {{share: 50%}}, hard: {{share: 50%, params: {{p: 70%}}}}}}
designs: {{d: m, e: {{models: {{default: m}}, stages: {{b: {{shares: {{y: 40%}}}}}}}}}}
stages:
  b: {{kind: route, shares: {{x: p, y: 1 - p}}, stages: {{x: {A}, y: {A}}}}}
"""
    (line,) = problems(text)
    assert line.endswith("`shares` adds up to 1.1, not 1 (design e, class hard)")


def test_no_attempt_is_told_in_words(problems: Callable[..., list[str]]) -> None:
    text = f"""volume: 1_000/month
designs: {{d: m}}
stages:
  b: {{kind: retry, attempts: 0, failure: 5%, stages: {{x: {A}}}}}
"""
    assert problems(text) == ["s.yaml:4:30: stages.b.attempts: at least 1 is expected here, not 0"]
    later = text.replace("{d: m}", "{d: {models: {default: m}, stages: {b: {attempts: 0}}}}").replace(
        "attempts: 0, failure", "failure"
    )
    (line,) = problems(later)
    assert line.endswith("designs.d.stages.b.attempts: at least 1 is expected here, not 0")


@pytest.mark.parametrize("depth", [1, 45])
def test_blocks_in_blocks(load: Callable[..., Scenario], depth: int, tmp_path: Path) -> None:
    text = A
    for n in range(depth):
        text = f"{{kind: steps, stages: {{s{n}: {text}}}}}"
    scenario = load(f"{HEAD}  top: {text}\n")
    assert len(stages_of(scenario, "d", "all")) == depth + 1
