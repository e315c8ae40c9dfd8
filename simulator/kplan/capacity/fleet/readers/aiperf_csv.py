"""The CSV export of AIPerf and GenAI-Perf: one run a file, rounded to hundredths by its writer.

Two sections, `Metric,avg,min,...` and `Metric,Value`, with the unit behind each name: `Time to First Token
(ms)`, `Request Throughput (requests/sec)`. Source: src/aiperf/exporters/metrics_csv_exporter.py of AIPerf,
and genai_perf/export_data/csv_exporter.py (which sets thousands apart with commas).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from kplan.capacity.fleet.content import Content, Node
from kplan.capacity.fleet.points import Found, Point, SkippedRun
from kplan.capacity.fleet.readers.aiperf import LATENCIES, PERCENTILES, SECONDS
from kplan.capacity.fleet.readers.reader import Reader
from kplan.capacity.fleet.readers.vllm import NOTHING_CAME
from kplan.money import exact

_NAME = re.compile(r"(?P<name>[^()]+?)\s*(?:\((?P<unit>[^()]*)\))?")
_TAGS: Mapping[str, str] = MappingProxyType({tag.replace("_", " "): ours for tag, ours in LATENCIES.items()})
_RATE = "request throughput"


def _fits(content: Content) -> bool:
    rows = content.rows
    return (
        bool(rows) and rows[0].cells[0] == "Metric" and any(_named(row.cells[0])[0] == _RATE for row in rows)
    )


def _read(content: Content) -> Found:
    held = dict(_metrics(content))
    values = {name: said.get("avg") or said.get("Value") for name, (_, said) in held.items()}
    numbers = {name: node.amount() for name, node in values.items() if node}
    rate = numbers.get(_RATE)
    if not rate:
        skipped = (SkippedRun(content.file, NOTHING_CAME),)
        return Found(skipped=() if content.problems else skipped)
    tokens = numbers.get("input sequence length")
    with exact():
        fresh = None if tokens is None else tokens * rate
    point = Point(
        requests_per_s=rate,
        latencies_s=_latencies_s(held),
        place=content.file,
        input_tokens_per_s=fresh,
        output_tokens_per_s=numbers.get("output token throughput"),
        completed=numbers.get("request count"),
        failed=numbers.get("error request count"),
    )
    remark = f"{content.file}: its writer rounds to hundredths; the JSON export of the run is exact"
    return Found((point,), (), (remark,))


def _named(cell: str) -> tuple[str, str]:
    """Name in small letters, and unit."""
    match = _NAME.fullmatch(cell)
    return (match["name"].lower(), match["unit"] or "") if match else (cell.lower(), "")


def _metrics(content: Content) -> list[tuple[str, tuple[str, Mapping[str, Node]]]]:
    """Name -> unit, and the cells by the head of their section; GPU telemetry has a head of its own."""
    found: list[tuple[str, tuple[str, Mapping[str, Node]]]] = []
    head: tuple[str, ...] = ()
    for row in content.rows:
        if "Metric" in row.cells:
            head = row.cells
        elif head[0] == "Metric":
            name, unit = _named(row.cells[0])
            cells = {
                key: Node(cell.replace(",", ""), f"{content.file}:{row.line}: {key}", content.problems)
                for key, cell in zip(head[1:], row.cells[1:], strict=False)
                if cell and cell != "N/A"
            }
            found.append((name, (unit, cells)))
    return found


def _latencies_s(held: Mapping[str, tuple[str, Mapping[str, Node]]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for name, ours in _TAGS.items():
        unit, cells = held.get(name, ("", {}))
        if unit not in SECONDS:
            for node in list(cells.values())[:1]:
                node.wrong(f"unit `{unit}` of {name}; known are {', '.join(SECONDS)}")
            continue
        figures = {"mean": cells.get("avg")} | {key: cells.get(key) for key in PERCENTILES}
        values = {key: node.amount() for key, node in figures.items() if node}
        with exact():
            found |= {f"{ours}_{key}": value * SECONDS[unit] for key, value in values.items() if value}
    return found


AIPERF_CSV = Reader("aiperf-csv", "AIPerf's or GenAI-Perf's CSV export", _fits, _read)
