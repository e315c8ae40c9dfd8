"""Each format of runs, in the shape in which its program writes it, and what is no such file."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.capacity.fleet.content import Content
from kplan.capacity.fleet.curve import curve_of
from kplan.capacity.fleet.files import Measured, read_measured
from kplan.capacity.fleet.points import ALL_AT_ONCE
from kplan.capacity.fleet.readers import READERS
from kplan.errors import KplanError
from kplan.money import quotient

from .runs import (
    AIPERF_CSV,
    aiperf,
    by_status,
    guidellm,
    guidellm_benchmark,
    vllm,
    written,
)

D = Decimal


def wrong(*paths: Path) -> list[str]:
    with pytest.raises(KplanError) as caught:
        read_measured(paths)
    return [str(problem) for problem in caught.value.problems]


def test_a_run_of_vllm(tmp_path: Path) -> None:
    """4 requests/s of 1,000 + 200 tokens, 300 of 310 came through; two GPUs by tensor, two by pipeline."""
    run = vllm(4.0, 5, failed=10, tensor_parallel_size=2, **{"pipeline-parallel-size": "2"})
    read = read_measured([written(tmp_path / "a.json", run)])
    [found] = read.points
    assert (found.requests_per_s, found.offered_per_s, found.concurrency) == (4, 5, None)
    assert (found.input_tokens_per_s, found.output_tokens_per_s) == (4000, 800)
    assert (found.tokens("input"), found.tokens("output")) == (1000, 200)
    assert (found.gpus, found.model, found.place) == (4, "example/chat-8b", str(tmp_path / "a.json"))
    assert found.failed_share == quotient(D(10), D(310))
    assert found.latencies_s["ttft_p50"] == D("0.08025")
    assert found.latencies_s["e2e_p99"] == D("4.1")
    assert {name.partition("_")[0] for name in found.latencies_s} == {"ttft", "tpot", "itl", "e2e"}
    assert read.formats == ("vllm",)


def test_older_runs_of_vllm_count_failures_as_what_did_not_come_through(tmp_path: Path) -> None:
    run = {**vllm(4.0), "completed": 297}
    del run["failed"]
    [found] = read_measured([written(tmp_path / "a.json", run)]).points
    assert (found.failed, found.offered_per_s) == (3, ALL_AT_ONCE)


def test_a_set_number_in_flight_is_no_rate(tmp_path: Path) -> None:
    [found] = read_measured([written(tmp_path / "a.json", vllm(4.0, max_concurrency=16))]).points
    assert (found.offered_per_s, found.concurrency) == (None, 16)


def test_results_appended_one_a_line_and_a_list(tmp_path: Path) -> None:
    lines = written(tmp_path / "lines.json", vllm(2.0, 2), vllm(4.0, 5))
    assert [each.place for each in read_measured([lines]).points] == [f"{lines}:1", f"{lines}:2"]
    listed = written(tmp_path / "summary.json", [vllm(2.0, 2), vllm(4.0, 5)])
    assert [each.place for each in read_measured([listed]).points] == [f"{listed}: [0]", f"{listed}: [1]"]


def test_a_folder_of_a_sweep_counts_each_run_once(tmp_path: Path) -> None:
    """Two loads with two runs each, their summaries, a warm-up, a failure and a picture."""
    rows = []
    for sent in (2, 4):
        folder = tmp_path / f"BENCH--request_rate={sent}"
        runs = [vllm(sent - 0.1 * n, sent, run_number=n) for n in (0, 1)]
        for n, run in enumerate(runs):
            written(folder / f"run={n}.json", run)
        written(folder / "summary.json", runs)
        rows += runs
    written(folder / "warmup.json", vllm(1.0, 4, run_number=-1))
    written(folder / "run=2.failure.json", {"run_number": 2, "error_type": "OSError", "error": "gone"})
    (tmp_path / "pareto.png").write_bytes(b"\x89PNG")
    head = list(rows[0])
    table = [
        ",".join(["", *head]),
        *(",".join([str(n), *map(cell, run.values())]) for n, run in enumerate(rows)),
    ]
    (tmp_path / "summary.csv").write_text("\n".join(table), encoding="utf-8")
    read = read_measured([tmp_path])
    assert sorted(each.requests_per_s for each in read.points) == [D("1.9"), 2, D("3.9"), 4]
    whys = {Path(each.place).name: each.why for each in read.skipped}
    assert whys == {
        "summary.json": "the runs beside it once more",
        "summary.csv": "the runs below it once more",
        "warmup.json": "a warm-up",
        "run=2.failure.json": "no measured curve that kplan knows",
        "pareto.png": "neither JSON nor CSV",
    }
    assert len(read.skipped) == 6  # two of them are called summary.json
    by_table = read_measured([tmp_path / "summary.csv"]).points
    assert [each.measured() for each in by_table] == [
        each.measured()
        for each in sorted(read.points, key=lambda each: (each.offered_per_s, -each.requests_per_s))
    ]


def cell(value: object) -> str:
    return "" if value is None else str(value)


def test_a_report_of_guidellm(tmp_path: Path) -> None:
    """The rate that came through, not the one that was sent; odd names of percentiles; seconds and ms."""
    report = guidellm(2.0, 4.0)
    report["benchmarks"] += [
        guidellm_benchmark(0.5, {"type_": "synchronous"}),
        guidellm_benchmark(5.0, {"type_": "throughput"}, request_totals={"successful": 90, "errored": 10}),
    ]
    path = written(tmp_path / "benchmarks.json", report)
    slow, fast, one, flood = read_measured([path]).points
    assert (slow.requests_per_s, slow.offered_per_s, fast.offered_per_s) == (2, D("2.5"), D("4.5"))
    assert (one.offered_per_s, one.concurrency) == (None, D("1.5"))
    assert (flood.offered_per_s, flood.failed_share) == (ALL_AT_ONCE, D("0.1"))
    assert (slow.input_tokens_per_s, slow.output_tokens_per_s) == (1600, 200)
    assert slow.latencies_s["ttft_p95"] == D("0.180")
    assert slow.latencies_s["ttft_p99.9"] == D("0.360")
    assert slow.latencies_s["ttft_p0.1"] == D("0.0240")
    assert slow.latencies_s["e2e_p99"] == 6
    assert fast.place == f"{path}: benchmarks[1]"
    curve = curve_of([slow, fast, one, flood])
    assert [each.requests_per_s for each in curve.points] == [D("0.5"), 2, 4, 5]


def test_a_summary_of_nothing_in_guidellm_is_no_latency_of_zero(tmp_path: Path) -> None:
    """Without streaming there is no first token: all zeros, of 0 requests."""
    report = guidellm(2.0, time_to_first_token_ms=by_status(0.0, 0))
    [found] = read_measured([written(tmp_path / "b.json", report)]).points
    assert not any(name.startswith("ttft") for name in found.latencies_s)
    assert found.latencies_s["itl_mean"] == D("0.02")


def test_a_benchmark_where_nothing_came_through_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "b.json", guidellm(2.0, 0.0))
    read = read_measured([path])
    assert [(each.place, each.why) for each in read.skipped] == [
        (f"{path}: benchmarks[1]", "no request came through")
    ]


def test_an_export_of_aiperf(tmp_path: Path) -> None:
    [found] = read_measured([written(tmp_path / "profile_export_aiperf.json", aiperf(4.0))]).points
    assert (found.requests_per_s, found.concurrency, found.model) == (4, 8, "example/chat-8b")
    assert (found.input_tokens_per_s, found.output_tokens_per_s) == (2000, 1000)
    assert (found.latencies_s["ttft_p99"], found.latencies_s["e2e_p95"]) == (D("0.3"), 3)


def test_adjusted_percentiles_of_aiperf_come_first(tmp_path: Path) -> None:
    """With failures counted as without end, p95 is 900 ms, not the 225 ms of those that came through."""
    ttft = {"unit": "ms", "avg": 150.0, "p95": 225.0, "adj_p95": 900.0, "p99": 300.0}
    [found] = read_measured([written(tmp_path / "a.json", aiperf(4.0, time_to_first_token=ttft))]).points
    assert (found.latencies_s["ttft_p95"], found.latencies_s["ttft_p99"]) == (D("0.9"), D("0.3"))


def test_an_export_of_genai_perf_names_its_model_and_load_elsewhere(tmp_path: Path) -> None:
    config = {"model_names": ["old"], "perf_analyzer": {"stimulus": {"concurrency": 4}}}
    [found] = read_measured([written(tmp_path / "a.json", aiperf(4.0, input_config=config))]).points
    assert (found.model, found.concurrency) == ("old", 4)


def test_the_csv_export_of_aiperf(tmp_path: Path) -> None:
    """Thousands are set apart, and GPUs follow under a head of their own."""
    (tmp_path / "a.csv").write_text(AIPERF_CSV, encoding="utf-8")
    read = read_measured([tmp_path / "a.csv"])
    [found] = read.points
    assert (found.requests_per_s, found.input_tokens_per_s, found.output_tokens_per_s) == (4, 2000, 1000)
    assert found.latencies_s["ttft_p99"] == D("1.30025")
    assert (found.latencies_s["e2e_p95"], found.failed_share) == (3, D("0.01"))
    assert "rounds to hundredths" in read.remarks[0]


def test_of_both_exports_in_a_folder_the_exact_one_is_read(tmp_path: Path) -> None:
    written(tmp_path / "run.json", aiperf(4.0))
    (tmp_path / "run.csv").write_text(AIPERF_CSV, encoding="utf-8")
    read = read_measured([tmp_path])
    assert len(read.points) == 1
    assert [each.why for each in read.skipped] == ["run.json beside it says the same"]


def table(folder: Path, *lines: str) -> Path:
    path = folder / "own.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "rps_per_replica,ttft_p95_ms,e2e_p99_s,input_tokens,output_tokens_per_s,gpus_per_replica,model",
        "2.5,200,4,1_000,500,4,llama",
        "",
        "5,,8,1_000,1000,4,llama",
    )
    first, second = read_measured([path]).points
    assert (first.requests_per_s, first.input_tokens_per_s, first.output_tokens_per_s) == (
        D("2.5"),
        2500,
        500,
    )
    assert first.latencies_s == {"ttft_p95": D("0.2"), "e2e_p99": 4}
    assert (second.latencies_s, second.place) == ({"e2e_p99": 8}, f"{path}:4")
    assert (first.gpus, first.model) == (4, "llama")


def test_rows_alike_are_counted_once(tmp_path: Path) -> None:
    path = table(tmp_path, "rps_per_replica,ttft_p95_ms", "2,200", "2,200", "2,210")
    read = read_measured([path])
    assert [each.place for each in read.points] == [f"{path}:2", f"{path}:4"]
    assert [(each.place, each.why) for each in read.skipped] == [
        (f"{path}:3", f"the same figures as {path}:2")
    ]


def test_all_that_is_wrong_in_a_table_at_once(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "rps_per_replica,ttft_p95,itl_p99_ms,itl_p99_ms,gpus_per_replica",
        "-1,1,2,2,1",
        "nan,1,2,2,1",
        "inf,1,2,2,1",
        "0,1,2,2,1",
        "fast,1,2,2,1",
        ",1,2,2,1",
        "2,1,0,2,1.5",
        "2,1,2,2,1,9",
    )
    assert wrong(path) == [
        f"{path}:1:2: unknown column `ttft_p95`; did you mean ttft_p95_ms?",
        f"{path}:1:4: column `itl_p99_ms` stands twice",
        f"{path}:2:1: `-1` is below 0",
        f"{path}:3:1: `NaN` is no measurement",
        f"{path}:4:1: `Infinity` is no measurement",
        f"{path}:5:1: rps_per_replica is 0; leave the cell empty where it was not measured",
        f"{path}:6:1: `fast` is not a number",
        f"{path}:7:1: rps_per_replica missing",
        f"{path}:8:5: `1.5` GPUs; a whole number is expected",
        f"{path}:8:3: itl_p99_ms is 0; leave the cell empty where it was not measured",
        f"{path}:9:6: more cells than the head has",
    ]


def test_a_table_without_rows(tmp_path: Path) -> None:
    path = table(tmp_path, "rps_per_replica,ttft_p95_ms")
    assert wrong(path) == [f"{path}:1:1: no row below the head"]


def test_failed_requests_out_of_how_many(tmp_path: Path) -> None:
    path = table(tmp_path, "rps_per_replica,failed", "2,3")
    assert wrong(path) == [f"{path}:2:2: failed without completed: of how many?"]


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (vllm(4.0, p99_ttft_ms=float("nan")), "p99_ttft_ms: `NaN` is no measurement"),
        (vllm(4.0, p99_ttft_ms=-5), "p99_ttft_ms: `-5` is below 0"),
        (vllm(4.0, p99_ttft_ms=1e40), "p99_ttft_ms: `1E+40` is out of bounds: 1E-12 to 1E+15"),
        (vllm(4.0, p99_ttft_ms=[1]), "p99_ttft_ms: `[1]` is not a number"),
        (vllm(4.0, request_throughput=True), "request_throughput: `True` is not a number"),
        (vllm(4.0, tensor_parallel_size=1.5), "tensor_parallel_size: `1.5` GPUs; a whole number is expected"),
        (
            guidellm(2.0, request_latency=by_status(float("inf"))),
            "benchmarks[0].metrics.request_latency.successful.mean: `Infinity` is no measurement",
        ),
        (
            guidellm(2.0, requests_per_second=by_status(-1.0)),
            "benchmarks[0].metrics.requests_per_second.successful.mean: `-1.0` is below 0",
        ),
        (
            aiperf(4.0, time_to_first_token={"unit": "fortnight", "avg": 1}),
            "time_to_first_token: unit `fortnight`; known are ns, us, ms, s, sec",
        ),
        (aiperf(4.0, request_throughput={"avg": "many"}), "request_throughput.avg: `many` is not a number"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_in_the_json(tmp_path: Path, run: Any, told: str) -> None:
    path = written(tmp_path / "a.json", run)
    assert f"{path}: {told}" in wrong(path)


def test_problems_of_all_files_at_once(tmp_path: Path) -> None:
    written(tmp_path / "a.json", vllm(4.0, p99_ttft_ms=-5))
    written(tmp_path / "b.json", vllm(4.0, p99_itl_ms=-6))
    (tmp_path / "c.json").write_text('{"completed": 3,\n "x": }', encoding="utf-8")
    assert [line.removeprefix(f"{tmp_path}/") for line in wrong(tmp_path)] == [
        "a.json: p99_ttft_ms: `-5` is below 0",
        "b.json: p99_itl_ms: `-6` is below 0",
        "c.json:2:7: not JSON: Expecting value",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no measured curve that kplan knows"),
        ("{}", "no measured curve that kplan knows"),
        ("[]", "no measured curve that kplan knows"),
        ('{"benchmarks": []}', "no measured curve that kplan knows"),
        ('{"benchmarks": 3}', "no measured curve that kplan knows"),
        ("a,b\n1,2\n", "no measured curve that kplan knows"),
        ("[" * 100_000, "nested too deeply"),
        ("{", "not JSON"),
        (json.dumps(vllm(0.001) | {"completed": 0, "request_throughput": 0.0}), "no request came through"),
        (AIPERF_CSV.replace("(requests/sec),4.00", "(requests/sec),0"), "no request came through"),
        (AIPERF_CSV.replace("(requests/sec),4.00", "(requests/sec),-4"), "`-4` is below 0"),
    ],
)
def test_files_without_a_run(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    assert told in "\n".join(wrong(path))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    assert wrong(tmp_path / "none.json", tmp_path / "bytes.json") == [
        f"{tmp_path}/none.json:1:1: cannot be read: No such file or directory",
        f"{tmp_path}/bytes.json:1:1: cannot be read: not a text file in UTF-8",
    ]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert wrong(empty) == [f"{empty}: no run that could be read"]


def test_each_format_is_told_by_its_content_alone(tmp_path: Path) -> None:
    texts = {
        "vllm": json.dumps(vllm(4.0)),
        "guidellm": json.dumps(guidellm(4.0)),
        "aiperf": json.dumps(aiperf(4.0)),
        "aiperf-csv": AIPERF_CSV,
        "csv": "rps_per_replica\n4\n",
    }
    assert [each.name for each in READERS] == list(texts)
    for name, text in texts.items():
        assert [each.name for each in READERS if each.fits(Content("x", text))] == [name]


KEYS = (
    "benchmarks metrics requests_per_second successful mean request_throughput avg completed config strategy "
    "unit time_to_first_token percentiles input_config"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_or_refused(document: Any) -> None:
    """Never a fault of ours, and no point without a rate above 0."""
    content = Content("x.json", json.dumps(document))
    for reader in READERS:
        if reader.fits(content):
            found = reader.read(content)
            assert all(0 < each.requests_per_s < D("1e16") for each in found.points)
            assert found.points or found.skipped or content.problems


def test_nothing_is_lost(tmp_path: Path) -> None:
    """Every row of a table is a point or told."""
    path = table(tmp_path, "rps_per_replica,ttft_p95_ms", *(f"{n % 7 + 1},{n % 3 + 1}" for n in range(50)))
    read: Measured = read_measured([path])
    assert len(read.points) + len(read.skipped) == 50
