"""`kplan show`: a saved result from a file or a pipe, and what is none."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kplan.checksum import json_checksum
from kplan.regress.run import run
from kplan.render import render

Kplan = Callable[..., Any]
Document = dict[str, Any]


@cache
def result() -> bytes:
    return render("json", run(Path(__file__).parents[2] / "scenarios" / "rag.kplan.yaml"))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "rag.json"
    path.write_bytes(result())
    return path


def test_by_stage_unless_said(kplan: Kplan, saved: Path) -> None:
    ran = kplan("show", "rag.json")
    assert ran.code == 0
    assert ran.out.startswith("stratified costs $8,721 a month, 58% less than all-sonnet ($20,740).\n")
    assert "stratified, by stage" in ran.out
    assert ran.out == kplan("show", "rag.json", "--by", "stage").out
    assert ran.err == "Every table as CSV: kplan show rag.json -o tables/\n"
    assert kplan("show", "rag.json", "--quiet").err == ""


def test_from_a_pipe(kplan: Kplan, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kplan("simulate", "rag.kplan.yaml", "--format", "json").out == saved.read_text()
    with saved.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        ran = kplan("show", "-", "--by", "month", "--format", "csv")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == kplan("show", "rag.json", "--by", "month", "--format", "csv").out
    lines = ran.out.splitlines()
    assert lines[0] == "design,variant,month,queries,cost_per_query_usd,cost_usd,share,over_budget"
    assert lines[1].startswith("stratified,,2026-12,250000,0.034885,8721.25,0.08333")
    assert len(lines) == 13


def test_the_hint_after_saving_works(kplan: Kplan) -> None:
    ran = kplan("simulate", "rag.kplan.yaml", "-o", "a b.json")
    assert ran.err == "Wrote a b.json     its tables: kplan show 'a b.json'\n"
    assert kplan("show", "a b.json").code == 0


def test_every_table_into_a_folder(kplan: Kplan, saved: Path, tmp_path: Path) -> None:
    ran = kplan("simulate", "rag.kplan.yaml", "-o", "tables/")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("Wrote tables/     why a figure: ")
    names = sorted(path.name for path in (tmp_path / "tables").iterdir())
    assert {"by-month.csv", "by-stage.csv", "ledger.csv", "prices.csv", "stages.csv"} < set(names)
    assert kplan("show", "rag.json", "-o", "others/").code == 0
    for name in names:
        assert (tmp_path / "others" / name).read_bytes() == (tmp_path / "tables" / name).read_bytes()
    ledger = kplan("simulate", "rag.kplan.yaml", "--format", "csv").out
    assert sorted((tmp_path / "tables" / "ledger.csv").read_text().splitlines()) == sorted(
        ledger.splitlines()
    )


def test_a_folder_with_other_figures_is_not_overwritten(kplan: Kplan, tmp_path: Path) -> None:
    assert kplan("simulate", "rag.kplan.yaml", "-o", "t/").code == 0
    before = {path: path.read_bytes() for path in (tmp_path / "t").iterdir()}
    assert kplan("simulate", "rag.kplan.yaml", "-o", "t/").code == 0
    other = ("simulate", "rag.kplan.yaml", "--set", "volume=9/month", "-o", "t/", "-o", "new.json")
    ran = kplan(*other)
    assert ran.code == 2
    assert "t/by-month.csv: is there already" in ran.err
    assert not (tmp_path / "new.json").exists()
    assert {path: path.read_bytes() for path in (tmp_path / "t").iterdir()} == before
    assert kplan(*other, "--force").code == 0


def test_a_folder_that_cannot_be_made(kplan: Kplan, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    ran = kplan("simulate", "rag.kplan.yaml", "-o", "file/")
    assert (ran.code, "file/ cannot be made here" in ran.err) == (2, True)


def test_top_and_designs(kplan: Kplan, saved: Path) -> None:
    ran = kplan("show", "rag.json", "--top", "2", "--design", "all", "--quiet")
    assert ran.out.count(" more ") == 4
    one = kplan("show", "rag.json", "--top", "2", "--design", "all-sonnet", "--format", "json")
    (table,) = json.loads(one.out)["tables"]
    assert [row["stage"] for row in table["rows"]] == ["synthesize", "verify"]
    parts = [Decimal(row["cost_usd"]) for row in (*table["rows"], table["more"])]
    assert sum(parts) == Decimal(table["total"]["cost_usd"]) == 248_880


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--by", "stge"], "there is no table stge; did you mean stage?"),
        (["--table", "month"], "there is no table month; known are"),
        (["--design", "stratifed"], "no design stratifed; did you mean stratified?"),
        (["--top", "0"], "0 is not in the range"),
        (["--by", "stage", "--table", "prices"], "give one of them"),
        (["--table", "claims"], "no table claims; it has designs, stages, prices, flips, ledger"),
        (["-o", "x.html"], "no format ends in .html; name the file with one of .txt, .json, .csv, .md"),
    ],
)
def test_wrong_words(kplan: Kplan, saved: Path, args: list[str], said: str) -> None:
    ran = kplan("show", "rag.json", *args)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def no_ledger(document: Document) -> None:
    del document["ledger"]


def no_cost(document: Document) -> None:
    del document["ledger"][3]["cost_usd"]


def no_number(document: Document) -> None:
    document["ledger"][0]["queries"] = "many"


def number_of_json(document: Document) -> None:
    document["ledger"][0]["cost_usd"] = 12.5


def no_date(document: Document) -> None:
    document["ledger"][1]["starts_on"] = "2026-13-01"


def other_kind(document: Document) -> None:
    document["ledger"][2]["kind"] = "gift"


def other_schema(document: Document) -> None:
    document["schema_version"] = 2


def other_document(document: Document) -> None:
    document["kind"] = "kplan/checks"


def edited(document: Document) -> None:
    document["ledger"][0]["cost_usd"] = "1"
    document["checksum"] = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("mangle", "said"),
    [
        (no_ledger, "`ledger` is no list"),
        (no_cost, "ledger.3: `cost_usd` is no text"),
        (no_number, "ledger.0: `queries`: many is no number"),
        (number_of_json, "ledger.0: `cost_usd` is no text"),
        (no_date, "ledger.1: `starts_on`: 2026-13-01 is no date"),
        (other_kind, "ledger.2: `kind` is none of usage, fixed"),
        (other_schema, "has schema_version 2; this kplan reads 1"),
        (other_document, "is no saved result"),
        (edited, "was edited since kplan wrote it"),
    ],
)
def test_mangled_results(kplan: Kplan, saved: Path, mangle: Callable[[Document], None], said: str) -> None:
    document = json.loads(saved.read_text())
    del document["checksum"]
    mangle(document)
    saved.write_text(json.dumps({"checksum": json_checksum(document), **document}))
    ran = kplan("show", "rag.json")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"rag.json:1:1: {said}")


@pytest.mark.parametrize("part", ["verdict", "prices", "scenario", "events", "designs.0.stages", "flips"])
@pytest.mark.parametrize("value", [None, [], {}, [1], "x", [{"id": {"a": 1}}]])
def test_a_strange_document_is_no_fault_of_ours(kplan: Kplan, saved: Path, part: str, value: object) -> None:
    document = json.loads(saved.read_text())
    del document["checksum"]
    place = document
    *steps, last = part.split(".")
    for step in steps:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    saved.write_text(json.dumps(document | {"checksum": json_checksum(document)}))
    for words in (["--design", "all"], ["--table", "prices"], ["--table", "stages"], ["-o", "t/", "--force"]):
        assert kplan("show", "rag.json", *words).code in (0, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "rag.json:1:1: is no JSON"),
        (
            "kplan: 1\nvolume: 3/month\n",
            "rag.json:1:1: is no JSON: Expecting value; `kplan simulate SCENARIO",
        ),
        ("[]", "rag.json:1:1: is no saved result"),
        ("\xff", "rag.json:1:1: is no JSON"),
    ],
)
def test_what_is_no_result(kplan: Kplan, saved: Path, text: str, said: str) -> None:
    saved.write_text(text, encoding="latin-1")
    ran = kplan("show", "rag.json")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(said)


@pytest.mark.parametrize("part", [0.01, 0.5, 0.999])
def test_a_result_that_was_cut_off(kplan: Kplan, saved: Path, part: float) -> None:
    text = saved.read_text()
    saved.write_text(text[: int(len(text) * part)].rstrip('"').rstrip())
    ran = kplan("show", "rag.json")
    assert ran.code == 2
    assert re.match(r"rag\.json:\d+:\d+: is (cut off|no JSON)", ran.err)


def test_colour_only_where_it_is_asked_for(
    kplan: Kplan, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = kplan("show", "rag.json").out
    assert "\x1b" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = kplan("show", "rag.json").out
    assert "\x1b[36m" in coloured
    stripped = re.sub(r"\x1b\[[\d;]*m", "", coloured)
    assert [line.rstrip() for line in stripped.splitlines()] == plain.splitlines()
    monkeypatch.setenv("NO_COLOR", "1")
    assert kplan("show", "rag.json").out == plain


def test_show_imports_no_pandas(saved: Path) -> None:
    heavy = ("pandas", "openpyxl", "xlsxwriter", "jinja2", "scipy")
    code = (
        "import sys; from kplan.cli.main import exit_code; exit_code(['show', 'rag.json', '--quiet']);"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "simulator")}
    words = [sys.executable, "-c", code]
    ran = subprocess.run(words, env=env, cwd=saved.parent, capture_output=True, check=True)
    assert ran.stdout.decode().splitlines()[-1] == "[]"


def test_help_names_every_table(kplan: Kplan) -> None:
    from kplan.render.tables import NAMES
    from kplan.render.tables.groups import GROUPINGS

    said = set(re.findall(r"[a-z]+", kplan("show", "--help").out))
    assert {*GROUPINGS, *NAMES} <= said


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_bars_in_signs_that_stdout_has(kplan: Kplan, saved: Path, encoding: str) -> None:
    env = {**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "100", "LC_ALL": "C"}
    words = [sys.executable, "-m", "kplan", "show", "rag.json", "--quiet"]
    out = subprocess.run(words, env=env, cwd=saved.parent, capture_output=True, check=True).stdout
    assert ("█".encode() in out) == (encoding == "utf-8")
    assert (b"########" in out) == (encoding != "utf-8")
    assert b"\\u2588" not in out
