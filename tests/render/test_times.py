"""How long queries take, in every format; nothing of it without `latency` and `targets`."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from kplan.engine.results import Results
from kplan.render import html, markdown, terminal, times
from kplan.render import json as as_json
from kplan.render.workbook.book import workbook
from support import simulated

PLAN = """
volume: 1_000/month
stages: {ask: {input: 1_000, output: n}}
params: {n: 100}
mix: {short: 90%, long: {share: 10%, params: {n: 1_000}}}
designs: {h: haiku, s: sonnet}
"""
TIMED = """
latency: {haiku: 0.5s + 100/s}
targets: {short: {p95: 1.5s, per_query: $0.001}, long: {mean: 10s}}
"""


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return simulated(tmp_path, TIMED + PLAN)


def test_terminal(results: Results) -> None:
    shown = " ".join(terminal.render(results, 120, color=False).split())
    assert "h $1.95 2.40 s 1.50 s 1.50 s 10.5 s 10.5 s" in shown
    assert "s $5.85 unknown unknown unknown unknown unknown" in shown
    assert "h meets 1 of 3; not short per query $0.001 ($0.00150), long mean 10 s (10.5 s)." in shown
    assert "the latency of s is unknown: nobody says how fast sonnet is, which runs ask" in shown


def test_markdown(results: Results) -> None:
    shown = markdown.render(results).decode()
    line = "| `h` | `short` | $1.50 | 1.50 s | 1.50 s | 1.50 s | 1.50 s | 1.50 s | "
    assert f"{line}p95 1.5 s met, per query $0.001 missed |" in shown
    assert "| `s` | `long` | $18.00 | unknown |" in shown


def test_json(results: Results) -> None:
    designs = json.loads(as_json.render(results))["designs"]
    found = designs[0]["latency"]
    assert found["seconds"] == {"mean": "2.4", "p50": "1.5", "p90": "1.5", "p95": "10.5", "p99": "10.5"}
    assert found["classes"][0]["targets"] == [
        {"figure": "p95", "limit": "1.5", "value": "1.5", "met": True},
        {"figure": "per_query", "limit": "0.001", "value": "0.0015", "met": False},
    ]
    assert designs[1]["latency"]["seconds"] is None
    assert designs[1]["latency"]["classes"][1]["targets"][0]["met"] is None
    assert "sonnet" in designs[1]["latency"]["unknown"][0]


def test_page(results: Results) -> None:
    shown = html.render(results).decode()
    assert '<h2 id="h-latency">Latency beside cost</h2>' in shown
    assert '<span class="ok">p95 1.5 s met</span>, <span class="fail">per query $0.001 missed</span>' in shown
    assert '<span class="part">p95 1.5 s unknown</span>' in shown


def test_workbook(results: Results) -> None:
    sheet = openpyxl.load_workbook(BytesIO(workbook(results)))["Latency"]
    assert "do not recalculate" in sheet["A2"].value
    rows = {(row[0], row[1]): row[2:] for row in sheet.iter_rows(min_row=5, values_only=True) if row[1]}
    assert rows["h", "all queries"][:6] == (0.00195, 2.4, 1.5, 1.5, 10.5, 10.5)
    assert rows["s", "long"][1] == "unknown"


def test_targets_of_cost_alone_need_no_times(tmp_path: Path) -> None:
    found = simulated(tmp_path, f"targets: {{all: {{per_query: $0.01}}}}\n{PLAN}")
    columns = times.time_columns(times.whole_rows(found))
    assert [column.head for column in columns] == ["per 1,000", "targets"]
    assert not any("latency" in note for note in found.notes)


def test_without_either_nothing_is_said_of_times(tmp_path: Path) -> None:
    found = simulated(tmp_path, PLAN)
    assert "Latency" not in terminal.render(found, 120, color=False)
    assert "Latency" not in markdown.render(found).decode()
    assert "h-latency" not in html.render(found).decode()
    assert '"latency"' not in as_json.render(found).decode()
    assert "Latency" not in openpyxl.load_workbook(BytesIO(workbook(found))).sheetnames
