"""Exports of AIPerf and of GenAI-Perf before it: profile_export_aiperf.json, one run a file.

Fields: src/aiperf/common/models/export_models.py of AIPerf (`JsonExportData`, made to be like
GenAI-Perf's): a metric is `{unit, avg, p1 ... p99, adj_p50 ... adj_p99}` under its tag:
`request_throughput`, `request_latency`, `time_to_first_token`, `inter_token_latency`,
`output_token_throughput`, `input_sequence_length`, `request_count`, `error_request_count`. Where requests
failed, `adj_` percentiles count those as without end; they are taken before the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from kplan.capacity.fleet.content import Content, Node
from kplan.capacity.fleet.points import Found, Point, SkippedRun
from kplan.capacity.fleet.readers.reader import Reader
from kplan.capacity.fleet.readers.vllm import NOTHING_CAME
from kplan.money import ONE, exact

LATENCIES: Mapping[str, str] = MappingProxyType(
    {
        "time_to_first_token": "ttft",
        "inter_token_latency": "itl",
        "request_latency": "e2e",
    }
)
"""Tag -> ours."""
SECONDS: Mapping[str, Decimal] = MappingProxyType(
    {"ns": Decimal("1e-9"), "us": Decimal("1e-6"), "ms": Decimal("0.001"), "s": ONE, "sec": ONE}
)
"""What their units are [s]."""
PERCENTILES = ("p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99")
_MODELS = (("endpoint", "model_names"), ("model_names",), ("models", "items"), ("model",))
_CONCURRENCY = (("loadgen", "concurrency"), ("perf_analyzer", "stimulus", "concurrency"))
_RATE = (("loadgen", "request_rate"), ("perf_analyzer", "stimulus", "request_rate"))


def _fits(content: Content) -> bool:
    return any(node.get("request_throughput", "avg") for node in content.documents)


def _read(content: Content) -> Found:
    points: list[Point] = []
    skipped: list[SkippedRun] = []
    remarks: list[str] = []
    for node in content.documents:
        place = node.place.removesuffix(": ")
        rate = node.amount("request_throughput", "avg")
        if node.get("request_throughput", "avg") is None or rate == 0:
            skipped.append(SkippedRun(place, NOTHING_CAME))
        elif rate is not None:
            points.append(_point(node, rate))
        if (cancelled := node.get("was_cancelled")) and cancelled.value is True:
            remarks.append(f"{place}: the run was cancelled; its figures are of what came before")
    return Found(tuple(points), tuple(skipped), tuple(remarks))


def _point(node: Node, rate: Decimal) -> Point:
    config = node.get("input_config")
    tokens = node.amount("input_sequence_length", "avg")
    with exact():
        fresh = None if tokens is None else tokens * rate
    return Point(
        requests_per_s=rate,
        latencies_s=_latencies_s(node),
        place=node.place.removesuffix(": "),
        model=_model(config) if config else "",
        input_tokens_per_s=fresh,
        output_tokens_per_s=node.amount("output_token_throughput", "avg"),
        offered_per_s=_first(config, _RATE),
        concurrency=_first(config, _CONCURRENCY),
        completed=node.amount("request_count", "avg"),
        failed=node.amount("error_request_count", "avg"),
    )


def _first(config: Node | None, places: tuple[tuple[str, ...], ...]) -> Decimal | None:
    held = (config.get(*keys) for keys in places) if config else ()
    found = next((each for each in held if each and not isinstance(each.value, (list, dict))), None)
    return found.amount() if found else None


def _model(config: Node) -> str:
    """The first of the names; a run has one."""
    for keys in _MODELS:
        held = config.get(*keys)
        value = held.value if held else None
        first = value[0] if isinstance(value, list) and value else value
        name = first.get("name") if isinstance(first, dict) else first
        if isinstance(name, str):
            return name
    return ""


def _latencies_s(node: Node) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for tag, ours in LATENCIES.items():
        held = node.get(tag)
        if held is None:
            continue
        unit = SECONDS.get(held.text("unit") or "ms")
        if unit is None:
            held.wrong(f"unit `{held.text('unit')}`; known are {', '.join(SECONDS)}")
            continue
        figures = {"mean": held.amount("avg")}
        for name in PERCENTILES:
            adjusted = held.amount(f"adj_{name}")
            figures[name] = held.amount(name) if adjusted is None else adjusted
        with exact():
            found |= {f"{ours}_{name}": value * unit for name, value in figures.items() if value}
    return found


AIPERF = Reader("aiperf", "AIPerf's or GenAI-Perf's JSON export", _fits, _read)
