"""`kplan gpus`: what was measured, the replicas that a load needs, and what is wrong with the question."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kplan.cli.main import exit_code

CURVE = """\
rps_per_replica,offered_rps,ttft_p50_ms,ttft_p95_ms,itl_p99_ms,input_tokens,output_tokens,gpus_per_replica,model
1,1,80,120,20,1500,300,4,example/chat-70b
2,2,100,200,25,1500,300,4,example/chat-70b
4,4,150,480,35,1500,300,4,example/chat-70b
6,6.5,300,1200,60,1500,300,4,example/chat-70b
"""
BOOK = """\
models: [{provider: acme, id: m, context_window: 100000}]
rows:
  - {provider: acme, model: m, meter: input, usd: 1, per: 1000000}
  - {provider: acme, model: m, meter: cache_read, usd: 0.1, per: 1000000}
  - {provider: acme, model: m, meter: output, usd: 5, per: 1000000}
"""
PRICE = ("--usd-per-gpu-hour", "2.50")
SLO = ("--slo", "ttft_p95=500ms")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "curve.csv").write_text(CURVE, encoding="utf-8")
    (tmp_path / "book.yaml").write_text(BOOK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def size(*more: str) -> tuple[str, ...]:
    return ("gpus", "size", "curve.csv", *SLO, *PRICE, *more)


def answer(capsys: pytest.CaptureFixture[str], *args: str) -> dict[str, Any]:
    assert exit_code([*args, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def printed(capsys: pytest.CaptureFixture[str], *args: str) -> list[str]:
    assert exit_code(list(args)) == 0
    return capsys.readouterr().out.splitlines()


def complaint(capsys: pytest.CaptureFixture[str], *args: str) -> list[str]:
    assert exit_code(list(args)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_replicas_and_cost_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    """12/s on 4 a replica and one spare: 4 replicas of 4 GPUs, 11,680 GPU-hours in 730 hours, $29,200.

    31,536,000 requests of 1,800 tokens: 56,764.8 million tokens; a call of acme/m costs 0.0015 + 0.0015 $.
    """
    found = answer(capsys, *size("--rps", "12", "--spare", "1", "--against", "acme/m", "--book", "book.yaml"))
    assert (found["kind"], found["schema_version"], found["week"]) == ("gpus.size", 1, "even")
    replica = found["replica"]
    assert (replica["requests_per_s"], replica["gpus"], replica["is_at_least"]) == (4, 4, False)
    assert (replica["binding"], replica["measured"]) == (["ttft_p95"], ["curve.csv:4"])
    way = found["ways"]["scaled"]
    assert way["replicas_by_hour"] == [4] * 168
    assert (way["gpu_hours_per_month"], way["usd_per_month"], way["utilisation"]) == ("11680", "29200", 0.75)
    costs = {name: float(usd) for name, usd in way["usd_per_million_tokens"].items()}
    assert costs == pytest.approx(
        {"all": 29200 / 56764.8, "output": 29200 / 9460.8, "input": 29200 / 47304}, abs=1e-6
    )
    full = float(way["usd_per_million_tokens_when_full"]["all"])
    assert full == pytest.approx(costs["all"] * way["utilisation"], abs=1e-6)
    assert found["api"]["usd_per_request"] == "0.003"
    assert found["api"]["usd_per_month"] == "94608"
    assert way["cheaper_than_api"]["stays_from_requests_per_s"] == pytest.approx(20 / 10.8)
    assert found["ways"]["fixed"]["usd_per_month"] == "29200"


def test_a_load_at_the_rate_of_the_replicas_and_one_more(capsys: pytest.CaptureFixture[str]) -> None:
    for load, count in (("8", 2), ("8.0001", 3)):
        assert answer(capsys, *size("--rps", load))["ways"]["fixed"]["most_replicas"] == count


def test_queries_are_the_mean_and_rps_the_busiest_hour(capsys: pytest.CaptureFixture[str]) -> None:
    """2,628,000 seconds a month: 7,884,000 queries are 3 a second on average."""
    week = ("--week", "office-hours")
    mean = answer(capsys, *size("--queries", "7.884M/month", *week))["load"]
    assert mean["requests_per_s"] == 3
    busiest = mean["busiest_requests_per_s"]
    assert busiest == pytest.approx(3 * 3.018, rel=0.01)
    assert answer(capsys, *size("--rps", str(busiest), *week))["load"]["requests_per_s"] == pytest.approx(3)
    for text in ("259_200/day", "10_800/h", "3/s"):
        assert answer(capsys, *size("--queries", text))["load"]["requests_per_s"] == pytest.approx(3)


def test_growth_by_month(capsys: pytest.CaptureFixture[str]) -> None:
    """4, 4.4, 4.84/s: one replica, then two."""
    way = answer(capsys, *size("--rps", "4", "--growth", "10%", "--months", "3"))["ways"]["scaled"]
    assert [each["requests_per_s"] for each in way["months"]] == pytest.approx([4, 4.4, 4.84])
    assert [each["gpu_hours_per_month"] for each in way["months"]] == ["2920", "5840", "5840"]
    assert len(answer(capsys, *size("--rps", "4", "--growth", "1%"))["ways"]["fixed"]["months"]) == 12
    assert [each["times"] for each in way["by_load"]] == [0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16]


def test_cached_input_makes_the_api_cheaper(capsys: pytest.CaptureFixture[str]) -> None:
    """Half of 1,500 tokens at a tenth: 0.000825 instead of 0.0015 $."""
    against = ("--against", "acme/m", "--book", "book.yaml")
    found = answer(capsys, *size("--rps", "4", *against, "--cached", "50%"))
    assert found["api"]["usd_per_request"] == "0.002325"


def test_never(capsys: pytest.CaptureFixture[str]) -> None:
    """A full replica serves a request for 10 / 14,400 $; a call of 300 + 40 tokens costs 0.0005."""
    call = ("--input", "300", "--output", "40", "--against", "acme/m", "--book", "book.yaml")
    found = answer(capsys, *size("--rps", "4", *call))
    assert found["ways"]["scaled"]["cheaper_than_api"]["never"] is True
    lines = printed(capsys, *size("--rps", "4", *call))
    assert "by the hour: never, at no load" in lines
    assert any(line.startswith("measured with 1,500 input tokens a request, asked for 300") for line in lines)


@pytest.mark.parametrize(
    ("rps", "spare", "replicas", "usd", "spilled"),
    [
        ("4.5", "0", 1, 7300 + 0.5 * 3600 * 730 * 0.003, 0.5 / 4.5),
        ("6.5", "0", 2, 14600, 0),
        ("0.5", "0", 0, 0.5 * 3600 * 730 * 0.003, 1),
        ("2", "1", 2, 14600, 0),
        ("1.8", "1", 0, 1.8 * 3600 * 730 * 0.003, 1),
    ],
)
def test_the_cheapest_mix_by_hand(
    capsys: pytest.CaptureFixture[str], rps: str, spare: str, replicas: int, usd: float, spilled: float
) -> None:
    """A replica costs $10 an hour, a call $0.003: 0.926 requests/s pay for one, 1.852 for two."""
    asked = size("--rps", rps, "--spare", spare, "--against", "acme/m", "--book", "book.yaml")
    base = answer(capsys, *asked)["base"]
    assert base["replicas"] == replicas
    assert float(base["usd_per_month"]) == pytest.approx(usd)
    assert base["spilled_share"] == pytest.approx(spilled)
    said = "no replica" if not replicas else f"{replicas} replica{'s' if replicas > 1 else ''} all the time"
    assert any(line.startswith(f"cheapest mix now: {said}") for line in printed(capsys, *asked))


def test_between_the_measured_loads_only_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """From 480 ms at 4/s to 1,200 at 6: 500 ms at 4 + 2 x 20 / 720."""
    replica = answer(capsys, *size("--rps", "4", "--interpolate"))["replica"]
    assert (replica["requests_per_s"], replica["is_interpolated"]) == (pytest.approx(4 + 40 / 720), True)
    assert "between two measured loads" in "\n".join(printed(capsys, *size("--rps", "4", "--interpolate")))


def test_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(
        capsys,
        *size("--rps", "12", "--week", "office-hours", "--spare", "1", "--against", "acme/m", "--book"),
        *("book.yaml", "--months", "2", "--growth", "3%"),
    )
    assert lines[0] == "example/chat-70b, 4 GPUs a replica at $2.50 an hour each: a replica takes 4"
    assert "replicas                                  2 to 4                  4" in lines
    assert "GPUs a month                             $18,945            $29,200" in lines
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("load", ["0.0001", "4_000"])
def test_lines_are_short_for_any_load(capsys: pytest.CaptureFixture[str], load: str) -> None:
    against = ("--against", "acme/m", "--book", "book.yaml", "--growth", "3%", "--week", "azure-code-2024")
    assert max(map(len, printed(capsys, *size("--rps", load, *against)))) <= 80
    assert max(map(len, printed(capsys, "gpus", "curve", "curve.csv"))) <= 80


def test_at_least_where_no_load_breaks_a_bound(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "gpus", "size", "curve.csv", "--slo", "ttft_p95=2s", *PRICE, "--rps", "4")
    assert "takes at least 6" in " ".join(lines)
    assert "no measured load breaks a bound: it may take more, which was not measured" in lines


def test_the_curve(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    with (folder / "curve.csv").open("a", encoding="utf-8") as file:
        file.write("6,6.5,300,1200,60,1500,300,4,example/chat-70b\n")
    lines = printed(capsys, "gpus", "curve", "curve.csv")
    assert lines[0] == "example/chat-70b: 4 runs in the order of requests sent a second"
    assert lines[2].split() == ["run", "sent/s", "requests/s", "ttft", "p95", "itl", "p99", "out", "tok/s"]
    assert lines[5].split() == ["3", "4", "4", "480", "ms", "35", "ms", "1,200"]
    assert "not used: curve.csv:6: the same figures as curve.csv:5" in lines
    found = answer(capsys, "gpus", "curve", "curve.csv")
    assert (found["kind"], found["schema_version"], found["formats"]) == ("gpus.curve", 1, ["csv"])
    assert found["points"][2]["latencies_s"] == {"itl_p99": 0.035, "ttft_p50": 0.15, "ttft_p95": 0.48}
    assert found["skipped"] == [{"place": "curve.csv:6", "why": "the same figures as curve.csv:5"}]
    assert any("`kplan gpus curve` lists them" in line for line in printed(capsys, *size("--rps", "4")))


def test_all_that_is_wrong_with_the_question(capsys: pytest.CaptureFixture[str]) -> None:
    lines = complaint(
        capsys,
        *("gpus", "size", "curve.csv", "--slo", "ttft=1s", "--slo", "itl_p99=50,e2e_p95=0s", "--rps", "-1"),
        *("--queries", "3M", "--spare", "1.5", "--headroom", "-1%", "--growth", "300%", "--input", "5%"),
        *("--gpus-per-replica", "0", "--cached", "2", "--months", "0"),
    )
    assert [line.partition(":")[0] for line in lines] == [
        "say either --rps or --queries",
        "--usd-per-gpu-hour missing",
        *("--months", "--rps", "--queries", "--slo", "--slo", "--slo", "--gpus-per-replica", "--input"),
        *("--cached", "--headroom", "--spare", "--growth"),
    ]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--rps", "4", "--gpus-per-replica", "2"), "2, but the runs were made on 4 GPUs a replica"),
        (("--rps", "4", "--against", "acme/n", "--book", "book.yaml"), "--against: no model"),
        (("--rps", "4", "--model", "b"), 'no run of "b"; known are example/chat-70b'),
        (("--rps", "4", "--slo", "itl_p99=1ms"), "no measured load keeps itl_p99 <= 1 ms"),
        (("--rps", "4", "--week", "offic-hours"), "did you mean office-hours"),
        (
            ("--rps", "4", "--input", "200_000", "--against", "acme/m", "--book", "book.yaml"),
            "context window",
        ),
        (("--rps", "4", "--usd-per-gpu-hour", "0"), "what does an hour cost?"),
        (("--rps", "4", "--input", "0", "--output", "0"), "requests without any token"),
    ],
)
def test_what_is_wrong(capsys: pytest.CaptureFixture[str], more: tuple[str, ...], told: str) -> None:
    assert told in "\n".join(complaint(capsys, *size(*more)))


def test_what_the_runs_do_not_say_has_to_be_said(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "bare.csv").write_text("rps_per_replica,ttft_p95_ms\n4,100\n", encoding="utf-8")
    bare = ("gpus", "size", "bare.csv", *SLO, *PRICE, "--rps", "4")
    assert "say it: --gpus-per-replica 4" in complaint(capsys, *bare)[0]
    assert complaint(capsys, *bare, "--gpus-per-replica", "1") == [
        "--input: the runs do not count input tokens",
        "--output: the runs do not count output tokens",
    ]
    found = answer(capsys, *bare, "--gpus-per-replica", "1", "--input", "10", "--output", "5")
    assert "the runs do not say with how many input tokens they were made" in found["notes"]


def test_the_same_bytes_again(capsys: pytest.CaptureFixture[str]) -> None:
    first, again = (printed(capsys, *size("--rps", "12", "--json")) for _ in range(2))
    assert first == again


def test_it_stands_in_the_long_help_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert not any(line.strip().startswith("gpus ") for line in printed(capsys, "--help"))
    assert any(line.strip().startswith("gpus ") for line in printed(capsys, "--help", "--all"))
