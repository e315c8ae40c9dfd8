"""What is wrong with traces, offers and loads is said by the commands: never a zero, or a wait below 0."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from .conftest import Kplan

SCENARIO = """\
volume: {queries_per_day: 144_000, growth_per_month: 10%}
months: 2027-01..2027-12
traffic: {week: even, trace: t.csv}
limits: {accounts: {anthropic: Start}}
stages:
  draft: {input: 1_000, output: 200}
designs: {plain: claude-haiku-4-5}
singles: false
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.kplan.yaml").write_text(SCENARIO)


def trace(stamps: Iterable[str], tokens: str = "1000,200") -> None:
    rows = [f"{stamp},{tokens}" for stamp in stamps]
    Path("t.csv").write_text("\n".join(["timestamp,input,output", *rows, ""]))


def at(*seconds: int, zone: str = "Z") -> list[str]:
    return [f"2027-01-04T10:{second // 60:02}:{second % 60:02}{zone}" for second in seconds]


@pytest.mark.parametrize(
    ("stamps", "told"),
    [
        (at(0, 60, 30, 90), "t.csv: 1 calls come before the one above them and were put in order: line 4"),
        (at(0, 60, 60, 90), "t.csv: 1 calls have the stamp of another one: line 4"),
        (at(*range(60), *range(600, 660)), "t.csv: no call for 541 s before line 62: is the trace whole?"),
        (at(0, 60, 90, zone=""), "t.csv: timestamps say no time zone; they are read as UTC"),
        ([*at(0, 60), "noon", *at(90)], "t.csv: 1 of 4 rows left out: timestamp cannot be read: line 4"),
    ],
)
def test_what_is_odd_about_a_trace_is_told_with_its_lines(kplan: Kplan, stamps: list[str], told: str) -> None:
    trace(stamps)
    ran = kplan("capacity", "s.kplan.yaml", "--json")
    assert ran.code == 0
    assert told in ran.err.splitlines()
    assert all(burst["p99_s"] >= 0 for design in json.loads(ran.out)["designs"] for burst in design["bursts"])
    assert kplan("capacity", "s.kplan.yaml", "--quiet").err == ""


def test_calls_of_negative_tokens_are_left_out_and_told(kplan: Kplan) -> None:
    trace(at(0, 60), "1000,200")
    with Path("t.csv").open("a") as file:
        file.write(f"{at(90)[0]},-5,1\n")
    assert "t.csv: 1 of 3 rows left out: input is negative: line 4" in kplan("capacity", "s.kplan.yaml").err


def test_another_time_zone_is_the_same_instant(kplan: Kplan) -> None:
    trace(at(*range(0, 240, 20)))
    utc = kplan("capacity", "s.kplan.yaml", "--json")
    trace([stamp.replace("T10", "T15").replace("Z", "+05:00") for stamp in at(*range(0, 240, 20))])
    there = kplan("capacity", "s.kplan.yaml", "--json")
    assert json.loads(utc.out)["designs"] == json.loads(there.out)["designs"]
    assert there.err == utc.err


@pytest.mark.parametrize(
    ("stamps", "said"),
    [
        (
            [*at(0), *at(30, zone="")],
            "t.csv:3:1: timestamp: a stamp without a time zone, while line 2 has one",
        ),
        (at(30, 30), "t.csv: all calls have the same stamp; a trace needs some duration"),
        (at(30), "t.csv: 1 call that can be read; a trace needs two calls or more"),
        (["1", "2"], "t.csv: timestamps are numbers of no known unit; say s, ms, us or ns (time_unit)"),
        ([], "t.csv"),
    ],
)
def test_traces_that_are_none_are_refused(kplan: Kplan, stamps: list[str], said: str) -> None:
    trace(stamps)
    ran = kplan("capacity", "s.kplan.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_trace_above_the_limit_is_unstable_with_the_month(kplan: Kplan) -> None:
    """400 calls a minute of 1,000 tokens are 0.4 of 1,000 requests; 10% more a month pass 1 in November."""
    trace(at(*range(0, 600, 5)))
    ran = kplan("capacity", "s.kplan.yaml", "--set", "volume.queries_per_day=576_000")
    assert ran.code == 0
    assert "plain is unstable from 2027-11 on" in " ".join(ran.out.split())
    said = json.loads(
        kplan("capacity", "s.kplan.yaml", "--json", "--set", "volume.queries_per_day=576_000").out
    )
    [design] = said["designs"]
    assert design["unstable_from"] == "2027-11"
    first, last = design["bursts"]
    assert first["p99_s"] >= 0
    assert last["unknown"].startswith("unstable: more comes than the limit lets in")


def test_an_offer_without_a_price_is_refused_where_it_stands(kplan: Kplan) -> None:
    takes = "throughput: {amount: 100, per: 60s, weights: {input: 1, output: 4}}"
    Path("own.yaml").write_text(
        f"provider: azure\noffers:\n  - {{models: [gpt-5.2], deployments: [west], {takes}}}\n"
    )
    size = ("offers", "size", "azure/gpt-5.2", "--rpm", "10", "--input", "10", "--output", "5")
    ran = kplan(*size, "--deployment", "west", "--offers", "own.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "no price" in ran.err
    assert "west" in ran.err


@pytest.mark.parametrize(
    ("latency", "said"),
    [
        ("-1s + 100/s", "latency.claude-haiku-4-5: `-1s` is below 0; write for example 450ms or 1.2s"),
        ("-500ms", "latency.claude-haiku-4-5: `-500ms` is below 0"),
        ("1s + 0/s", "`0/s` is no number of tokens per second, above 0"),
        ("1s + -5/s", "`-5/s` is no number of tokens per second, above 0"),
    ],
)
def test_times_below_0_and_speeds_of_0_are_refused(kplan: Kplan, latency: str, said: str) -> None:
    trace(at(0, 60))
    Path("s.kplan.yaml").write_text(f"{SCENARIO}latency: {{claude-haiku-4-5: {latency}}}\n")
    ran = kplan("capacity", "s.kplan.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("s.kplan.yaml:9:29: ")
    assert said in ran.err
