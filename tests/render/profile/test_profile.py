"""A profile in each format, read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kplan.checksum import is_as_written
from kplan.logs.calls import read_calls
from kplan.logs.measured import profile
from kplan.logs.profile import Profile
from kplan.render import PROFILE_WRITERS, render
from kplan.render.marks import is_ours
from kplan.render.profile import table
from kplan.scenario.load import load_scenario

LOG = b"""\
trace,stage,model,input,cached,output,timestamp,user
q1,expand,haiku,180,0,120,2026-11-01T10:00:00Z,ann
q1,answer,haiku,9000,4500,600,2026-11-01T10:00:05Z,ann
q2,expand,haiku,200,0,100,2026-11-02T10:00:00Z,bob
q2,answer,sonnet,9000,4500,600,2026-11-02T10:00:05Z,bob
q2,redo,opus,12000,0,800,2026-11-02T10:00:09Z,bob
q2,redo,opus,12000,0,801,2026-11-02T10:00:19Z,bob
q3,expand,haiku,-1,0,100,2026-11-03T10:00:00Z,bob
"""


@pytest.fixture
def found() -> Profile:
    return profile(read_calls(LOG, "calls.csv"))


def test_the_scenario(found: Profile) -> None:
    text = render("yaml", found, PROFILE_WRITERS)
    assert is_ours(text, ".yaml")
    *lines, mark = text.decode().splitlines()
    assert mark.startswith("# kplan sha256:")
    assert (
        "\n".join(lines)
        == """\
# Made by kplan profile from calls.csv: 7 rows = 6 calls + 1 skipped, in 2 queries.
# Skipped: 1 x input is negative, line 8.
# columns that are not used: user.
kplan: 1
name: "Profile of calls.csv"
volume: 30.4/month              # extrapolated from 2 queries in 1 day (2026-11-01 to 2026-11-02)

stages:
  expand:                       # 2 calls
    input: 190                  # tokens: p50 180, p95 200, p99 200, max 200
    output: 110                 # tokens: p50 100, p95 120, p99 120, max 120
  answer:                       # 2 calls
    input: 9_000                # tokens: p50 9,000, p95 9,000, p99 9,000, max 9,000
    cached: 50%                 # tokens: p50 4,500, p95 4,500, p99 4,500, max 4,500
    output: 600                 # tokens: p50 600, p95 600, p99 600, max 600
  redo:                         # 2 calls
    chance: 50%                 # 1 of 2 queries
    calls: 2                    # 2 calls in 1 query
    input: 12_000               # tokens: p50 12,000, p95 12,000, p99 12,000, max 12,000
    output: 800.5               # tokens: p50 800, p95 801, p99 801, max 801

designs:
  as-logged:
    models:
      expand: haiku
      answer: {haiku: 50%, sonnet: 50%}
      redo: opus"""
    )


HOSTILE = [
    "null",
    "1e5",
    "yes",
    "a: b",
    "# no",
    "ev\x1b[31mil",
    "naïve 日本",
    "{x}",
    'quo"te',
    "a.b/c-d",
    "*x",
    "-",
    "q\u2028r",
]


def test_any_name_survives_the_way_through_the_file(tmp_path: Path) -> None:
    rows = [{"stage": name, "model": f"m {name}", "input": 1, "output": 1} for name in HOSTILE]
    found = profile(read_calls("\n".join(map(json.dumps, rows)).encode(), "x\n- y: \x1b[31mz"))
    path = tmp_path / "x.yaml"
    path.write_bytes(render("yaml", found, PROFILE_WRITERS))
    scenario = load_scenario(path)
    assert list(scenario.stages) == HOSTILE
    models = scenario.designs["as-logged"].models
    assert [list(models[name].refs()) for name in HOSTILE] == [[f"m {name}"] for name in HOSTILE]
    assert "\x1b" not in path.read_text(encoding="utf-8")


def test_json(found: Profile) -> None:
    document: Any = json.loads(render("json", found, PROFILE_WRITERS))
    assert is_as_written(document)
    assert (document["kind"], document["schema_version"]) == ("profile", 1)
    assert [document[key] for key in ("n_rows", "n_calls", "n_skipped", "n_queries")] == [7, 6, 1, 2]
    assert document["skipped"] == [{"why": "input is negative", "n_rows": 1, "where": "line 8"}]
    assert document["traffic"] == {
        "queries_per_month": "30.4375",
        "span_days": "1",
        "first": "2026-11-01",
        "last": "2026-11-02",
    }
    _, answer, redo = document["stages"]
    assert (redo["n_calls"], redo["n_traces"], redo["chance"], redo["calls_per_visit"]) == (2, 1, "0.5", "2")
    assert redo["tokens"]["output"] == {
        "mean": "800.5",
        "p50": 800,
        "p95": 801,
        "p99": 801,
        "max": 801,
        "total": 1601,
    }
    assert answer["shares_of_input"] == {"cached": "0.5"}
    assert answer["models"][1] == {
        "model": "sonnet",
        "n_calls": 1,
        "share": "0.5",
        "tokens": {"input": "9000", "cached": "4500", "output": "600"},
    }


def test_the_table_fits_80_columns() -> None:
    big = b"stage,model,input,cached,output\n" + b"\n".join(
        b"a-stage-with-a-very-long-name-that-goes-on-and-on,a-model-with-a-very-long-name-%d,%d,%d,7"
        % (n, 10**7 + n, 10**7)
        for n in range(5)
    )
    text = table.render(profile(read_calls(big, "calls.csv")), 80, color=False)
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("10,000,004") == 3
    assert "\x1b" in table.render(profile(read_calls(LOG, "calls.csv")), 80, color=True)


def test_the_table(found: Profile) -> None:
    text = table.page(found).decode()
    assert text.startswith(
        "calls.csv: 7 rows = 6 calls + 1 skipped, in 2 queries. 2 queries in 1 day (2026-11-01"
    )
    assert "redo: 2 calls in 50% of the queries, 2 each\n  opus 100%\n" in text
    assert "  cached  4,500  4,500  4,500  4,500  4,500       50%\n" in text
    assert text.endswith("Skipped\n  1 x input is negative, line 8\n\ncolumns that are not used: user.\n")
