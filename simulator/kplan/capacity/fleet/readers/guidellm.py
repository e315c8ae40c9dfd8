"""Reports of GuideLLM: benchmarks.json, one benchmark for each load.

Fields: src/guidellm/benchmark/schemas/metrics.py of GuideLLM (`GenerativeMetrics`): each metric by status
(`successful`, `incomplete`, `errored`) with `mean`, `count` and `percentiles` (p001 is 0.1 %, p999 99.9 %);
`requests_per_second`, `request_concurrency`, `request_latency` [s], `time_to_first_token_ms`,
`inter_token_latency_ms`, `time_per_output_token_ms`, `prompt_token_count`, `output_token_count`,
`request_totals`. A summary of nothing is all zeros there; a time of 0 is taken as not measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from kplan.capacity.fleet.content import Content, Node
from kplan.capacity.fleet.points import ALL_AT_ONCE, Found, Point, SkippedRun
from kplan.capacity.fleet.readers.reader import Reader
from kplan.capacity.fleet.readers.vllm import NOTHING_CAME
from kplan.money import ONE, exact

_MILLI = Decimal("0.001")
_LATENCIES: Mapping[str, tuple[str, Decimal]] = MappingProxyType(
    {
        "time_to_first_token_ms": ("ttft", _MILLI),
        "inter_token_latency_ms": ("itl", _MILLI),
        "time_per_output_token_ms": ("tpot", _MILLI),
        "request_latency": ("e2e", ONE),
    }
)
"""Theirs -> ours, and seconds in their unit."""
_PERCENTILES: Mapping[str, str] = MappingProxyType(
    {
        "p001": "p0.1",
        "p01": "p1",
        "p05": "p5",
        **{f"p{n}": f"p{n}" for n in (10, 25, 50, 75, 90, 95, 99)},
        "p999": "p99.9",
    }
)
_BY_RATE = ("constant", "poisson", "async")
"""Strategies that send a set number of requests a second."""
_MODELS = (
    ("config", "backend", "model"),
    ("config", "backend", "default_model"),
    ("worker", "backend_model"),
    ("args", "model"),
)


def _fits(content: Content) -> bool:
    return any(_metrics(each) for node in content.documents for each in node.items("benchmarks"))


def _metrics(benchmark: Node) -> Node | None:
    held = benchmark.get("metrics")
    return held if held and held.get("requests_per_second") else None


def _read(content: Content) -> Found:
    points: list[Point] = []
    skipped: list[SkippedRun] = []
    for report in content.documents:
        model = report.text("args", "model") or report.text("args", "backend", "model")
        for benchmark in report.items("benchmarks"):
            metrics = _metrics(benchmark)
            rate = metrics.amount("requests_per_second", "successful", "mean") if metrics else None
            if metrics is None:
                skipped.append(SkippedRun(benchmark.place, "a benchmark without requests_per_second"))
            elif rate:
                points.append(_point(benchmark, metrics, rate, model))
            elif not any(metrics.place in problem.path for problem in content.problems):
                skipped.append(SkippedRun(benchmark.place, NOTHING_CAME))
    return Found(tuple(points), tuple(skipped))


def _point(benchmark: Node, metrics: Node, rate: Decimal, model: str) -> Point:
    strategy = benchmark.get("config", "strategy") or benchmark.get("args", "strategy")
    named = strategy.text("type_") if strategy else ""
    streams = strategy.amount("streams") if strategy and named == "concurrent" else None
    return Point(
        requests_per_s=rate,
        latencies_s=_latencies_s(metrics),
        place=benchmark.place,
        model=next(filter(None, (benchmark.text(*keys) for keys in _MODELS)), model),
        input_tokens_per_s=_tokens_per_s(metrics, "prompt_token_count", rate),
        output_tokens_per_s=_tokens_per_s(metrics, "output_token_count", rate),
        offered_per_s=_offered(strategy, named),
        concurrency=streams or metrics.amount("request_concurrency", "successful", "mean") or None,
        completed=metrics.amount("request_totals", "successful"),
        failed=metrics.amount("request_totals", "errored"),
    )


def _offered(strategy: Node | None, named: str) -> Decimal | None:
    if named == "throughput":
        return ALL_AT_ONCE
    return strategy.amount("rate") if strategy and named in _BY_RATE else None


def _latencies_s(metrics: Node) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for theirs, (ours, unit) in _LATENCIES.items():
        held = metrics.get(theirs, "successful")
        if held is None:
            continue
        figures = {"mean": held.amount("mean")}
        figures |= {name: held.amount("percentiles", key) for key, name in _PERCENTILES.items()}
        with exact():
            found |= {f"{ours}_{name}": value * unit for name, value in figures.items() if value}
    return found


def _tokens_per_s(metrics: Node, key: str, rate: Decimal) -> Decimal | None:
    """Mean tokens of the requests that came through, times their rate."""
    mean = metrics.amount(key, "successful", "mean")
    with exact():
        return mean * rate if mean else None


GUIDELLM = Reader("guidellm", "GuideLLM's benchmarks.json", _fits, _read)
