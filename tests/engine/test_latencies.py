"""Latency as scenarios say it: speeds by model and stage, classes, targets, and what is unknown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.engine.calls import Callers
from kplan.engine.flow.speeds import Speed
from kplan.engine.results import DesignResult
from kplan.errors import KplanError
from kplan.form.bind import Parameters
from kplan.form.decimals import Decimals
from kplan.form.graph import Graph
from kplan.scenario.load import load_scenario
from support import RATES, book_of, priced, simulated

SPEEDS = """
latency: {haiku: 0.5s + 100/s, sonnet: {first_token: 1s, tokens_per_s: 50, per_input_token: 1ms}}
"""
PLAN = """
volume: 1_000/month
stages: {ask: {input: 1_000, output: 100}}
designs: {h: haiku, s: sonnet}
"""


def seconds(design: DesignResult, query_class: str = "all") -> dict[str, Decimal]:
    assert design.time is not None
    found = {each.query_class: each for each in design.time.told}[query_class].times
    assert found is not None
    return found.by_name()


def test_a_call_takes_first_token_prefill_and_output(tmp_path: Path) -> None:
    found = simulated(tmp_path, SPEEDS + PLAN)
    assert set(seconds(found.design("h")).values()) == {Decimal("1.5")}
    assert set(seconds(found.design("s")).values()) == {Decimal(4)}


def test_without_speeds_or_targets_nothing_is_timed(tmp_path: Path) -> None:
    assert all(design.time is None for design in simulated(tmp_path, PLAN).designs)


@pytest.mark.parametrize(
    ("entry", "mean"),
    [
        ("'*': 2s + 100/s", 3),
        ("'h*': 1s + 100/s, '*': 2s + 100/s", 2),
        ("test/haiku: 3s + 100/s, 'h*': 1s", 4),
    ],
)
def test_a_name_comes_before_a_glob_and_a_glob_before_the_star(tmp_path: Path, entry: str, mean: int) -> None:
    text = f"latency: {{{entry}}}\n{PLAN}"
    assert seconds(simulated(tmp_path, text).design("h"))["mean"] == mean


def test_a_stage_may_say_its_own_speed_with_params(tmp_path: Path) -> None:
    text = SPEEDS + PLAN.replace("output: 100", "output: 100, first_token: 2s, tokens_per_s: rate")
    found = simulated(tmp_path, f"params: {{rate: 200}}\n{text}")
    assert seconds(found.design("h"))["mean"] == Decimal("2.5")
    assert seconds(found.design("s"))["mean"] == Decimal("3.5")  # its prefill stays


def test_a_tokenizer_that_makes_more_tokens_takes_longer(tmp_path: Path) -> None:
    found = simulated(tmp_path, f"tokenizers: {{sonnet: 1.5}}\n{SPEEDS}{PLAN}")
    assert seconds(found.design("s"))["mean"] == Decimal("5.5")


def test_a_speed_without_a_rate_is_told_apart_from_none(tmp_path: Path) -> None:
    found = simulated(tmp_path, f"latency: {{haiku: 0.5s + 100/s, sonnet: 1s}}\n{PLAN}")
    assert any(
        "nobody says how many tokens a second sonnet writes, which runs" in note for note in found.notes
    )


def test_a_model_without_speed_makes_the_latency_unknown_by_name(tmp_path: Path) -> None:
    found = simulated(tmp_path, f"latency: {{haiku: 0.5s + 100/s}}\ntargets: {{all: {{p95: 2s}}}}\n{PLAN}")
    unknown = found.design("s").time
    assert unknown is not None
    assert unknown.whole.times is None
    assert unknown.whole.targets[0].is_met is None
    assert any("latency of s is unknown: nobody says how fast sonnet is" in note for note in found.notes)
    assert seconds(found.design("h"))["p95"] == Decimal("1.5")


def test_a_model_that_writes_without_its_tokens_per_second_is_unknown(tmp_path: Path) -> None:
    found = simulated(tmp_path, f"latency: {{'*': 500ms}}\n{PLAN}").design("h").time
    assert found is not None
    assert found.whole.times is None


def test_batch_mode_is_unknown_unless_the_stage_says_its_own(tmp_path: Path) -> None:
    rows = tuple(
        priced("haiku", meter, usd, mode="batch") for meter, usd in (("input", "0.5"), ("output", "2.5"))
    )
    text = (SPEEDS + PLAN).replace("designs: {h: haiku, s: sonnet}", "designs: {h: haiku}")
    text = text.replace(", sonnet: {first_token: 1s, tokens_per_s: 50, per_input_token: 1ms}", "")
    batch = text.replace("output: 100", "output: 100, mode: batch")
    found = simulated(tmp_path, batch, book_of(rows=rows))
    assert any("stage ask runs in batch mode, which may take a day" in note for note in found.notes)
    own = simulated(
        tmp_path, batch.replace("mode: batch", "mode: batch, first_token: 1h"), book_of(rows=rows)
    )
    assert seconds(own.design("h"))["mean"] == 3_601


def test_classes_are_timed_by_themselves_and_mixed_by_their_shares(tmp_path: Path) -> None:
    text = (
        SPEEDS
        + PLAN.replace("output: 100", "output: n")
        + """
params: {n: 100}
mix: {short: 90%, long: {share: 10%, params: {n: 1_000}}}
targets: {short: {p95: 1.5s, per_query: $0.0015}, long: {p50: 10s}, all: {mean: 2.4s, p90: 1_499ms}}
"""
    )
    design = simulated(tmp_path, text).design("h")
    assert seconds(design, "short")["p99"] == Decimal("1.5")
    assert seconds(design, "long")["p50"] == Decimal("10.5")
    assert [seconds(design)[name] for name in ("mean", "p50", "p90", "p95")] == [
        Decimal("2.4"),
        Decimal("1.5"),
        Decimal("1.5"),
        Decimal("10.5"),
    ]
    assert design.time is not None
    met = {
        (each.query_class, target.figure): target.is_met
        for each in design.time.told
        for target in each.targets
    }
    assert met == {
        ("all", "mean"): True,
        ("all", "p90"): False,
        ("short", "p95"): True,
        ("short", "per_query"): True,  # 1 000 x $1/M + 100 x $5/M
        ("long", "p50"): False,
    }


def test_the_parts_of_a_flow_come_together(tmp_path: Path) -> None:
    """classify 1.0 s; then the longer of 1.5 s and a tool's 2 s; then retries of a 1.5 s call behind 1 s."""
    text = (
        SPEEDS
        + """
volume: 1_000/month
stages:
  classify: {input: 10, output: 50}
  both:
    kind: parallel
    stages:
      search: {kind: code, takes: 2s}
      draft: {input: 10, output: 100}
  sure:
    kind: retry
    failure: 10%
    attempts: 2
    backoff: 1s
    stages: {answer: {input: 10, output: 100}}
designs: {h: haiku}
"""
    )
    found = seconds(simulated(tmp_path, text).design("h"))
    assert found["p50"] == found["p90"] == Decimal("4.5")
    assert found["p95"] == found["p99"] == Decimal(7)
    assert found["mean"] == Decimal("4.75")


def test_a_random_size_makes_a_random_time(tmp_path: Path) -> None:
    """Output lognormal with mean 100 and p95 200: times 0.5 s + output / 100 a second."""
    text = SPEEDS + PLAN.replace("output: 100", "output: {mean: 100, p95: 200}")
    found = seconds(simulated(tmp_path, text).design("h"))
    assert float(found["mean"]) == pytest.approx(1.5, rel=1e-6)
    assert float(found["p95"]) == pytest.approx(2.5, rel=0.01)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("latency: {haku: 1s + 9/s}", "fits no model of the scenario; did you mean haiku?"),
        ("latency: {haiku: 140/s}", "says no time to the first token"),
        ("latency: {haiku: {tokens_per_s: 140}}", "`first_token` is missing"),
        ("latency: {haiku: 1s + 0/s}", "no number of tokens per second, above 0"),
        ("latency: {haiku: {first_token: -1s}}", "`-1s`"),
        (
            "latency: {haiku: {first_token: 1s, tokens_per: 9}}",
            "unknown key `tokens_per`; did you mean tokens_per_s?",
        ),
        ("latency: {'h*': 1s, '*u': 2s}", "are both for haiku"),
        ("targets: {al: {p95: 1s}}", "no class `al`; did you mean all?"),
        ("targets: {all: {p96: 1s}}", "unknown key `p96`; did you mean p9"),
        ("targets: {all: {}}", "a target needs one of"),
        ("targets: {all: {p95: $3}}", "$3"),
        ("targets: {all: {per_query: 3s}}", "no amount per query"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(KplanError) as caught:
        simulated(tmp_path, f"{line}\n{PLAN}")
    (problem,) = caught.value.problems
    assert said in problem.what
    assert problem.mark is not None
    assert problem.mark.line == 2


def test_the_mean_is_that_of_the_expected_calls_also_where_contexts_grow(tmp_path: Path) -> None:
    """Without arms at once, the mean is linear: each expected call x its own time, as costs count them."""
    text = """
months: 2027-01..2027-01
volume: 1_000/month
latency: {haiku: {first_token: 0.5s, tokens_per_s: 100, per_input_token: 1ms}, sonnet: 1s + 50/s}
prompt_caches: {system: {tokens: 500, warm: 30%}}
stages:
  chat:
    kind: loop
    spread: {1: 25%, 4: 75%}
    context: 300
    cache: 5m
    stages:
      think: {input: 700, output: 80, prefix: system, model: {haiku: 60%, sonnet: 40%}}
      sure:
        kind: retry
        failure: 20%
        attempts: 3
        stages: {act: {input: 50, output: 20}}
  last: {input: 900, output: 30, retries: 10%}
designs: {h: haiku}
"""
    path = tmp_path / "test.kplan.yaml"
    path.write_text(text, encoding="utf-8")
    scenario, graph = load_scenario(path), Graph()
    callers = Callers(scenario, graph, Parameters(graph, {}), [date(2027, 1, 1)])
    _, found, _ = callers.followed("h", callers.placed("h"))
    fast, slow, values = Speed(0.5, 100.0, 0.001), Speed(1.0, 50.0), Decimals(graph)
    expected_s = sum(
        float(values[call.times] * share) * (fast if ref == "haiku" else slow).seconds(usage)
        for call in found["all"].calls
        for usage in [{meter: float(values[node]) for meter, node in call.usage.items()}]
        for ref, share in call.models
    )
    assert expected_s > 5
    design = simulated(tmp_path, text, book_of(cached())).design("h")
    assert float(seconds(design)["mean"]) == pytest.approx(expected_s, abs=1e-7)


def cached() -> dict[str, dict[str, str]]:
    return {name: {**rates, "cache_write_5m": rates["input"]} for name, rates in RATES.items()}


def test_costs_beside_times_are_those_of_the_first_day(tmp_path: Path) -> None:
    dearer = priced("haiku", "input", "9", valid_from=date(2027, 2, 1))
    rates = {"haiku": {"output": "5"}, "sonnet": RATES["sonnet"]}
    before = priced("haiku", "input", "1", valid_to=date(2027, 2, 1))
    design = simulated(tmp_path, SPEEDS + PLAN, book_of(rates, rows=(before, dearer))).design("h")
    assert design.time is not None
    assert design.time.whole.cost_per_query_usd == design.cost_per_query_usd == Decimal("0.0015")
