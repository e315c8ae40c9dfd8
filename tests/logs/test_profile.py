"""What a log says: sums, percentiles, visits and traffic, each worked out by hand."""

from __future__ import annotations

import csv
import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.logs.calls import read_calls
from kplan.logs.columns import Wishes
from kplan.logs.measured import MAX_NAMES, profile, total
from kplan.logs.profile import StageProfile

from .logfiles import TRACES, profile_of

SECOND_PASS = """
trace,stage,model,input,cached,output
q1,answer,haiku,1000,400,100
q1,verify,haiku,1200,0,10
q2,answer,haiku,1000,400,100
q2,verify,haiku,1200,0,10
q2,redo,opus,1500,0,200
q2,redo,opus,1700,0,220
q3,answer,sonnet,2000,0,300
q3,verify,haiku,1300,0,10
q4,answer,haiku,1000,400,100
q4,verify,haiku,1300,0,50
"""


def stages(text: str, **options: bool) -> dict[str, StageProfile]:
    return {stage.id: stage for stage in profile_of(text, **options).stages}


def test_second_passes_come_out_with_their_rate() -> None:
    """One of four queries is written once more, with two calls."""
    found = profile_of(SECOND_PASS)
    assert (found.n_rows, found.n_calls, found.n_queries, found.n_skipped) == (10, 10, 4, 0)
    assert [stage.id for stage in found.stages] == ["answer", "verify", "redo"]
    answer, verify, redo = found.stages
    assert [found.chance(stage) for stage in found.stages] == [1, 1, Fraction(1, 4)]
    assert [stage.calls_per_visit for stage in found.stages] == [1, 1, 2]
    assert redo.tokens["input"].mean == 1600
    assert (answer.tokens["input"].total, answer.tokens["input"].mean) == (5000, 1250)
    assert answer.part("cached") == Fraction(1200, 5000)
    assert verify.tokens["output"].mean == 20
    assert [(use.model, use.n_calls, use.totals["output"]) for use in answer.models] == [
        ("haiku", 3, 300),
        ("sonnet", 1, 300),
    ]


def test_a_mix_of_unlike_models_is_told_and_may_be_taken_apart() -> None:
    """Haiku takes 3 of 4 calls and 1,200 of 1,200 cached tokens, the farthest that two shares are apart."""
    (note,) = profile_of(SECOND_PASS).notes
    assert note.startswith("answer: haiku takes 75% of the calls and 100% of the cached tokens, but a mix")
    found = profile_of(SECOND_PASS, by_model=True)
    assert found.notes == ()
    assert [(stage.id, found.chance(stage), stage.tokens["input"].mean) for stage in found.stages] == [
        ("answer/haiku", Fraction(3, 4), 1000),
        ("answer/sonnet", Fraction(1, 4), 2000),
        ("verify", 1, 1250),
        ("redo", Fraction(1, 4), 1600),
    ]


def test_a_mix_of_like_models_is_not_remarked_upon() -> None:
    log = "stage,model,input,cached,output\n" + "s,a,10,1,5\ns,b,10,1,5\n"
    assert profile_of(log).notes == ()


def test_the_model_that_is_farthest_from_the_others_may_be_the_smallest() -> None:
    """a takes 2 of 4 calls and 40 of 200 tokens, b and c one call and 80 tokens each."""
    log = "stage,model,input,cached,output\ns,a,20,0,0\ns,a,20,0,0\ns,b,80,0,0\ns,c,80,0,0\n"
    (note,) = profile_of(log).notes
    assert note.startswith("s: a takes 50% of the calls and 20% of the input tokens")


def test_a_stage_that_the_split_would_meet() -> None:
    log = "stage,model,input,output\ns,a,1,1\ns,b,1,1\ns/a,c,1,1"
    with pytest.raises(KplanError, match="a stage `s/a` is there already"):
        profile_of(log, by_model=True)


@pytest.mark.parametrize(
    ("n", "p50", "p95", "p99"),
    [(1, 1, 1, 1), (2, 1, 2, 2), (20, 10, 19, 20), (21, 11, 20, 21), (100, 50, 95, 99)],
)
def test_percentiles_are_calls_that_were_seen(n: int, p50: int, p95: int, p99: int) -> None:
    """Of 1..n in any order: the least number that so many percent of the calls do not exceed."""
    numbers = np.random.default_rng(n).permutation(n) + 1
    log = "stage,model,input,output\n" + "".join(f"s,m,{number},0\n" for number in numbers)
    tokens = stages(log)["s"].tokens["input"]
    assert (tokens.percentiles, tokens.max) == ({50: p50, 95: p95, 99: p99}, n)


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**53 - 1), min_size=1, max_size=50))
def test_percentiles_as_numpy_defines_them(numbers: list[int]) -> None:
    log = "stage,model,input,output\n" + "".join(f"s,m,{number},0\n" for number in numbers)
    tokens = stages(log)["s"].tokens["input"]
    expected = np.percentile(numbers, [50, 95, 99], method="inverted_cdf")
    assert list(tokens.percentiles.values()) == expected.tolist()
    assert tokens.total == sum(numbers)


def test_sums_are_exact_past_the_width_of_a_column() -> None:
    assert total(np.full(5000, 2**53 - 1)) == 5000 * (2**53 - 1) > 2**63


@pytest.mark.parametrize(
    ("traces", "order"),
    [
        (["AB", "AB"], "AB"),
        (["BA", "AB", "AB"], "AB"),
        (["AC", "AC", "AC", "AC", "ABXC"], "ABXC"),
        (["AC", "AC", "ACV"], "ACV"),
        (["XAB", "AB", "AB"], "XAB"),
        (["C", "C", "ABC", "ABC"], "ABC"),
        (["AAAB", "AAAB", "AAB"], "AB"),
        (["C", "B"], "CB"),
        (["V", "ACV", "AC", "AC"], "ACV"),
        (["ABC", "ABC", "ABC", "CAB", "CAB"], "ABC"),
    ],
    ids="/".join,
)
def test_stages_stand_in_the_order_of_the_pipeline(traces: list[str], order: str) -> None:
    """Each letter is a call; the calls of different traces are logged in turns."""
    rows = [
        f"{trace},{stages_[at]},m,1,1"
        for at in range(5)
        for trace, stages_ in enumerate(traces)
        if at < len(stages_)
    ]
    found = profile_of("\n".join(["trace,stage,model,input,output", *rows]))
    assert "".join(stage.id for stage in found.stages) == order


def test_time_orders_the_calls_of_a_trace() -> None:
    log = """
    trace,stage,model,input,output,timestamp
    q,late,m,1,1,2026-11-01T10:00:05Z
    q,early,m,1,1,2026-11-01T10:00:04Z
    """
    assert list(stages(log)) == ["early", "late"]
    assert list(stages(log.replace("10:00:04Z", "10 o'clock"))) == ["late", "early"]


def test_without_traces_the_most_called_stage_counts_the_queries() -> None:
    log = "stage,model,input,cached,output\n" + "a,m,1,0,1\n" * 4 + "b,m,1,0,1\n"
    found = profile_of(log)
    assert (found.n_queries, found.has_traces) == (4, False)
    assert [found.chance(stage) for stage in found.stages] == [1, Fraction(1, 4)]
    assert [stage.calls_per_visit for stage in found.stages] == [1, 1]
    assert "a query is counted for each call of the most called stage (4)" in found.notes[0]


def test_traffic_counts_queries_not_calls() -> None:
    """Three queries at noon of three days: one a day, 30.4375 a month."""
    log = """
    trace,stage,model,input,cached,output,timestamp
    q1,a,m,1,0,1,2026-11-01T12:00:00Z
    q1,b,m,1,0,1,2026-11-01T12:00:09Z
    q2,a,m,1,0,1,2026-11-02 13:00:00+01:00
    q3,a,m,1,0,1,2026-11-03T12:00:00
    q3,b,m,1,0,1,2026-11-04T12:00:00Z
    """
    found = profile_of(log)
    assert found.traffic is not None
    assert (found.traffic.span_days, found.traffic.queries_per_month) == (2, Fraction(487, 16))
    assert (found.traffic.first, found.traffic.last) == (date(2026, 11, 1), date(2026, 11, 3))
    assert found.notes == ()


@pytest.mark.parametrize(
    ("numbers", "unit", "days"),
    [
        ((1_790_000_000, 1_790_086_400), "", 1),
        ((1_790_000_000_000, 1_790_086_400_000), "", 1),
        ((1_790_000_000_000_000, 1_790_086_400_000_000), "", 1),
        ((0, 86_400_000), "ms", 1),
        ((0, 86_400_000), "s", 1000),
        ((0, 86_400_000), "", None),
        ((5, 5), "s", None),
        ((0, 1000, 1_790_000_000), "", None),
    ],
)
def test_timestamps_that_are_numbers(numbers: tuple[int, ...], unit: str, days: int | None) -> None:
    log = "stage,model,input,cached,output,timestamp\n" + "".join(
        f"s,m,1,0,1,{number}\n" for number in numbers
    )
    found = profile_of(log, Wishes(time_unit=unit))
    assert (found.traffic and found.traffic.span_days) == days
    is_open = days is None and not unit
    assert any("no known unit" in note for note in found.notes) == is_open


def test_timestamps_that_cannot_be_read_are_told() -> None:
    log = "stage,model,input,cached,output,at\ns,m,1,0,1,2026-11-01\ns,m,1,0,1,soon\ns,m,1,0,1,2026-11-03\n"
    found = profile_of(log)
    assert found.notes == ("1 of 3 timestamps cannot be read; write 2026-11-01T14:30:00Z",)
    assert found.traffic is not None
    assert (found.traffic.span_days, found.traffic.n_queries) == (2, 3)
    none = profile_of(log.replace("2026-11-0", "on day "))
    assert none.traffic is None
    assert none.notes[0].startswith("3 of 3 timestamps")


def test_what_the_log_does_not_say_is_told() -> None:
    found = profile_of("stage,model,input,output,user,\ns,m,1,1,u,\n")
    assert found.notes == (
        "no column of cached tokens: nothing counts as cached",
        "columns that are not used: user, (no name)",
    )


def test_names_that_cannot_be_stages() -> None:
    with pytest.raises(KplanError, match="a stage is called `default`"):
        profile_of("stage,model,input,output\ndefault,m,1,1")
    rows = "\n".join(f"s{n},m,1,1" for n in range(MAX_NAMES + 1))
    assert len(profile_of("stage,model,input,output\n" + rows.rpartition("\n")[0]).stages) == MAX_NAMES
    with pytest.raises(KplanError, match="501 different stages, such as `s0`"):
        profile_of("stage,model,input,output\n" + rows)
    with pytest.raises(KplanError, match="501 different models"):
        profile_of("model,stage,input,output\n" + rows)


@pytest.mark.skipif(not TRACES.is_dir(), reason="the published traces are not here")
@pytest.mark.parametrize(
    ("name", "n", "columns"),
    [
        ("AzureLLMInferenceTrace_conv.csv", 19_366, ("ContextTokens", "GeneratedTokens")),
        ("AzureLLMInferenceTrace_code.csv", 8_819, ("ContextTokens", "GeneratedTokens")),
        ("mooncake_conversation_trace.jsonl", 12_031, ("input_length", "output_length")),
    ],
)
def test_published_traces(name: str, n: int, columns: tuple[str, str]) -> None:
    """Every row is a call; totals as a plain loop counts them."""
    path: Path = TRACES / name
    with path.open(encoding="utf-8", newline="") as file:
        rows = [json.loads(line) for line in file] if path.suffix == ".jsonl" else list(csv.DictReader(file))
    found = profile(read_calls(path.read_bytes(), name, Wishes(stage="answer", model="m", time_unit="ms")))
    (answer,) = found.stages
    assert (found.n_rows, found.n_calls, found.n_queries, len(rows)) == (n, n, n, n)
    for kind, column in zip(("input", "output"), columns, strict=True):
        numbers = sorted(int(row[column]) for row in rows)
        tokens = answer.tokens[kind]
        assert (tokens.total, tokens.max) == (sum(numbers), numbers[-1])
        assert tokens.percentiles[95] == numbers[-(-95 * n // 100) - 1]
    assert found.traffic is not None
    assert 50 / 1440 < found.traffic.span_days < 61 / 1440
