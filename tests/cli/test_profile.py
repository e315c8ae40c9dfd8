"""`kplan profile`: from a log to a scenario that runs."""

from __future__ import annotations

import gzip
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from .conftest import Kplan

LOG = """\
trace,stage,model,input,cached,output
q1,answer,claude-haiku-5-5,10000,4000,500
q2,answer,claude-haiku-5-5,10000,4000,500
q2,redo,claude-sonnet-5-5,12000,0,600
"""
BAD = LOG + "q3,answer,claude-haiku-5-5,1,2,3\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "calls.csv"
    path.write_text(LOG, encoding="utf-8")
    return path


def test_the_scenario_runs_and_costs_what_the_calls_cost(kplan: Kplan, log: Path) -> None:
    """Two calls to Haiku and one to Sonnet in two queries, each priced by `kplan price`."""
    ran = kplan("profile", "calls.csv", "-o", "as-is.kplan.yaml")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines()[-1] == (
        "Wrote as-is.kplan.yaml     what it costs: kplan simulate as-is.kplan.yaml"
    )
    simulated = json.loads(kplan("simulate", "as-is.kplan.yaml", "--format", "json").out)
    haiku = {"model": "claude-haiku-5-5", "usage": {"input": 10_000, "cache_read": 4000, "output": 500}}
    sonnet = {"model": "claude-sonnet-5-5", "usage": {"input": 12_000, "output": 600}}
    calls = [{**call, "at": "2026-12-01"} for call in (haiku, haiku, sonnet)]
    Path("priced.jsonl").write_text("\n".join(map(json.dumps, calls)), encoding="utf-8")
    answers = [json.loads(line) for line in kplan("price", "--calls", "priced.jsonl").out.splitlines()]
    design = next(each for each in simulated["designs"] if each["id"] == "as-logged")
    assert 2 * Decimal(design["cost_per_query"]) == sum(Decimal(each["cost_usd"]) for each in answers)


def test_stdout_holds_the_scenario_alone(kplan: Kplan, log: Path) -> None:
    ran = kplan("profile", "calls.csv")
    assert ran.out.startswith("# Made by kplan profile from calls.csv: 3 rows = 3 calls, in 2 queries.\n")
    assert ran.err == "calls.csv: 3 rows = 3 calls, in 2 queries\n"
    assert kplan("profile", "calls.csv", "--quiet").err == ""
    Path("piped.yaml").write_text(ran.out, encoding="utf-8")
    assert kplan("validate", "piped.yaml").code == 0


def test_json_and_the_table(kplan: Kplan, log: Path) -> None:
    ran = kplan("profile", "calls.csv", "--json")
    assert json.loads(ran.out)["kind"] == "profile"
    assert ran.out == kplan("profile", "calls.csv", "--format", "json").out
    assert "redo: 1 call in 50% of the queries" in kplan("profile", "calls.csv", "--format", "table").out
    assert kplan("profile", "calls.csv", "--json", "--format", "yaml").code == 2


def test_stdin_packed_or_not(kplan: Kplan, monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (LOG.encode(), gzip.compress(LOG.encode())):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        ran = kplan("profile", "-")
        assert ran.out.startswith("# Made by kplan profile from stdin: 3 rows = 3 calls")


def test_skipped_rows_are_told_and_strict_fails(kplan: Kplan, log: Path) -> None:
    log.write_text(BAD, encoding="utf-8")
    ran = kplan("profile", "calls.csv")
    assert ran.code == 0
    assert "skipped: 1 x cached is more than input, line 5\n" in ran.err
    strict = kplan("profile", "calls.csv", "--strict")
    assert (strict.code, strict.out) == (1, ran.out)
    log.write_text(LOG, encoding="utf-8")
    assert kplan("profile", "calls.csv", "--strict").code == 0


def test_what_was_edited_is_not_overwritten(kplan: Kplan, log: Path) -> None:
    assert kplan("profile", "calls.csv", "-o", "s.yaml").code == 0
    log.write_text(BAD, encoding="utf-8")
    assert kplan("profile", "calls.csv", "-o", "s.yaml").code == 0
    path = Path("s.yaml")
    edited = path.read_text(encoding="utf-8").replace("kplan: 1", "kplan: 1\nbudget: $9/month")
    path.write_text(edited, encoding="utf-8")
    ran = kplan("profile", "calls.csv", "-o", "s.yaml")
    assert ran.code == 2
    assert "was edited since" in ran.err
    assert kplan("profile", "calls.csv", "-o", "s.yaml", "--force").code == 0


def test_names_for_all_rows_and_for_columns(kplan: Kplan, log: Path) -> None:
    log.write_text("TIMESTAMP,ContextTokens,Written\n2026-11-01 10:00:00.1234567,100,5\n", encoding="utf-8")
    words = ("--stage", "answer", "--model", "claude-haiku-5-5", "--column", "output=Written")
    ran = kplan("profile", "calls.csv", *words)
    assert (ran.code, "answer: claude-haiku-5-5\n" in ran.out) == (0, True)
    ran = kplan("profile", "calls.csv", *words[:4])
    assert ran.code == 2
    assert "calls.csv: no column for `output`" in ran.err
    assert "the file has TIMESTAMP, ContextTokens, Written" in ran.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("no.csv",), "no.csv: cannot be read: No such file or directory"),
        (("calls.csv", "--column", "input"), "write --column input=ContextTokens"),
        (("calls.csv", "--column", "input=a", "--column", "input=b"), "--column input= is given twice"),
        (("calls.csv", "-o", "s.html"), "no format ends in .html"),
        (("calls.csv", "--stage", "x"), "this one has the column `stage`"),
    ],
)
def test_wrong_words(kplan: Kplan, log: Path, words: tuple[str, ...], message: str) -> None:
    ran = kplan("profile", *words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
