"""`kplan check`: files and folders, exit codes, and each format read back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from kplan.render import CHECK_WRITERS
from kplan.render.marks import is_ours

Kplan = Callable[..., Any]
ROOT = Path(__file__).parents[2]

PASSES = "checks: [{metric: switch.per_month, max: $1_500}]\n"
WARNS = "checks: [{metric: stay.dearest_month, max: $2_000, severity: warn}]\n"
FAILS = "checks: [{metric: stay.months_over_budget, max: 0, id: budget, message: Ask finance.}]\n"
MIXED = """\
checks:
  - {metric: switch.per_month, max: $1_500}
  - {metric: stay.dearest_month, max: $2_000, severity: warn, message: Ask finance.}
  - {metric: stay.months_over_budget, max: 0, id: budget}
"""
HOSTILE = "\x1b[31m::error::a,b:c%\n<b>&\"'|`]]>\u202e\uffff @you #1"


@pytest.fixture
def add(tmp_path: Path) -> Callable[..., Path]:
    """`add("a/b", checks)`: a/b.kplan.yaml, which is support.kplan.yaml with checks."""

    def write(name: str, checks: str) -> Path:
        path = tmp_path / f"{name}.kplan.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((ROOT / "scenarios" / "support.kplan.yaml").read_text() + checks, encoding="utf-8")
        return path

    return write


def quoted(text: str) -> str:
    """A YAML text in double quotes that stands for any characters at all."""
    return json.dumps(text)


@pytest.mark.parametrize(("checks", "code"), [(PASSES, 0), (WARNS, 0), (FAILS, 1), (MIXED, 1)])
def test_only_a_check_that_fails_fails(kplan: Kplan, add: Any, checks: str, code: int) -> None:
    add("s", checks)
    for format_name in ("table", *CHECK_WRITERS):
        ran = kplan("check", "s.kplan.yaml", "--format", format_name)
        assert (ran.code, ran.err) == (code, "")


def test_table(kplan: Kplan, add: Any) -> None:
    add("s", MIXED)
    assert kplan("check", "s.kplan.yaml").out == (
        "s.kplan.yaml\n"
        "  pass  switch.per_month is $1,428 in 2026-11: $72 under the $1,500 allowed\n"
        "  warn  stay.dearest_month is $2,634 in 2027-01: $634 over the $2,000 allowed\n"
        "        Ask finance.  s.kplan.yaml:12:14\n"
        "  fail  stay.months_over_budget is 4 months, first 2027-01: 4 months over the 0\n"
        "        months allowed\n"
        "        s.kplan.yaml:13:14\n"
        "\n"
        "1 passes, 1 warns, 1 fails.\n"
    )


def test_github_annotations(kplan: Kplan, add: Any) -> None:
    add("a,b", MIXED)
    assert kplan("check", "a,b.kplan.yaml", "rag.kplan.yaml", "--format", "github").out == (
        "::warning file=a%2Cb.kplan.yaml,line=12,col=14,title=kplan check::"
        "stay.dearest_month is $2,634 in 2027-01: $634 over the $2,000 allowed: Ask finance.\n"
        "::error file=a%2Cb.kplan.yaml,line=13,col=14,title=kplan check budget::"
        "stay.months_over_budget is 4 months, first 2027-01: 4 months over the 0 months allowed\n"
        "::notice file=rag.kplan.yaml::no checks\n"
        "kplan check: 1 passes, 1 warns, 1 fails.\n"
    )


def test_junit(kplan: Kplan, add: Any) -> None:
    add("s", MIXED)
    root = ET.fromstring(kplan("check", ".", "--format", "junit").out)
    assert (root.get("tests"), root.get("failures")) == ("3", "1")
    suites = {suite.get("name"): suite for suite in root}
    assert [(name, suite.get("tests")) for name, suite in suites.items()] == [
        ("rag.kplan.yaml", "0"),
        ("s.kplan.yaml", "3"),
        ("support.kplan.yaml", "0"),
    ]
    kept, warned, failed = suites["s.kplan.yaml"]
    assert (kept.get("name"), len(kept)) == ("switch.per_month at most $1,500", 0)
    assert warned.findtext("system-out", "").startswith("warning: stay.dearest_month is $2,634")
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message", "").startswith("stay.months_over_budget is 4 months")
    assert (failed.get("name"), failed.get("file"), failed.get("line")) == (
        "budget: stay.months_over_budget at most 0 months",
        "s.kplan.yaml",
        "13",
    )


def test_json(kplan: Kplan, add: Any) -> None:
    add("s", MIXED)
    found = json.loads(kplan("check", "s.kplan.yaml", "rag.kplan.yaml", "--format", "json").out)
    assert (found["kind"], found["schema_version"]) == ("kplan/checks", 1)
    assert found["counts"] == {"pass": 1, "warn": 1, "fail": 1}
    assert [(file["file"], len(file["checks"])) for file in found["files"]] == [
        ("s.kplan.yaml", 3),
        ("rag.kplan.yaml", 0),
    ]
    assert {len(file["scenario_sha256"]) for file in found["files"]} == {64}
    assert found["files"][0]["checks"][2] == {
        "id": "budget",
        "metric": "stay.months_over_budget",
        "design": "stay",
        "variant": "",
        "verdict": "fail",
        "severity": "fail",
        "unit": "months",
        "value": "4",
        "max": "0",
        "min": None,
        "locked": None,
        "off": "4",
        "text": "stay.months_over_budget is 4 months, first 2027-01: 4 months over the 0 months allowed",
        "message": "",
        "file": "s.kplan.yaml",
        "line": 13,
        "column": 14,
    }


def test_markdown_tells_what_is_broken_first_and_folds_the_rest(kplan: Kplan, add: Any) -> None:
    add("s", MIXED)
    page = kplan("check", "s.kplan.yaml", "rag.kplan.yaml", "--format", "markdown").out
    rows = [line for line in page.splitlines() if line.startswith("| **")]
    assert [row.split("**")[1] for row in rows] == ["fail", "warn"]
    assert "<br>Ask finance. | `s.kplan.yaml:12:14` |" in rows[1]
    assert page.index("<details>") < page.index("`switch.per_month` is $1,428") < page.index("</details>")
    assert "- `rag.kplan.yaml`: no checks" in page
    assert "**1 passes, 1 warns, 1 fails.**" in page


def test_markdown_stays_short_enough_for_a_comment(kplan: Kplan, add: Any) -> None:
    check = f"  - {{metric: stay.total, max: 1, message: {'long ' * 70}}}\n"
    add("s", "checks:\n" + check * 150 + check.replace("max: 1,", "max: $1e9,") * 50)
    page = kplan("check", "s.kplan.yaml", "--format", "markdown").out
    assert len(page) < 60_000
    rows = page.count("| **fail**")
    assert 0 < rows < 150
    assert f"Left out for length: {200 - rows} lines." in page


@pytest.mark.parametrize("format_name", CHECK_WRITERS)
def test_hostile_names_break_no_format(kplan: Kplan, tmp_path: Path, format_name: str) -> None:
    name = quoted(HOSTILE)
    (tmp_path / "s.kplan.yaml").write_text(
        f"volume: 9/month\nstages: {{a: {{input: 1_000_000, output: 2}}}}\n"
        f"designs: {{{name}: claude-haiku-5-5}}\n"
        f"checks: [{{metric: {quoted(HOSTILE + '.per_query')}, max: $0, message: {name}, id: {name}}}]\n",
        encoding="utf-8",
    )
    ran = kplan("check", "s.kplan.yaml", "--format", format_name)
    assert ran.code == 1, ran.err
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", ran.out)
    if format_name == "github":
        first, last = ran.out.splitlines()
        assert re.fullmatch(r"::error file=s\.kplan\.yaml,line=4,col=19,title=[^:,]*::.*", first)
        assert ",title=kplan check %3A%3Aerror%3A%3Aa%2Cb%3Ac%25%0A<b>" in first
        assert "%25%0A<b>" in first.partition("::")[2].partition("::")[2]
        assert last == "kplan check: 1 fails."
    if format_name == "junit":
        (case,) = ET.fromstring(ran.out).iter("testcase")
        assert case.get("name", "").startswith("::error::a,b:c% <b>&\"'|`]]> @you #1: ::error::")
    if format_name == "json":
        assert json.loads(ran.out)["files"][0]["checks"][0]["message"] == HOSTILE
    if format_name == "markdown":
        (row,) = (line for line in ran.out.splitlines() if line.startswith("| **"))
        assert len(re.findall(r"(?<!\\)\|", row)) == 4
        assert "<b>" not in row.rpartition("<br>")[2]


def test_folders_are_searched_for_scenarios_in_order(kplan: Kplan, add: Any, tmp_path: Path) -> None:
    for name in ("b/y", "b/x", "a/deep/er/z", ".git/hidden", "venv/lib/theirs"):
        add(name, PASSES)
    (tmp_path / "venv" / "pyvenv.cfg").write_text("")
    (tmp_path / "b" / "other.yaml").write_text("no scenario")
    files = ["a/deep/er/z", "b/x", "b/y", "rag", "support"]
    for args in ([], ["."]):
        found = json.loads(kplan("check", *args, "--format", "json").out)
        assert [file["file"] for file in found["files"]] == [f"{name}.kplan.yaml" for name in files]
    found = json.loads(kplan("check", "b/y.kplan.yaml", "b", "b/../b", "--format", "json").out)
    assert [file["file"] for file in found["files"]] == ["b/y.kplan.yaml", "b/x.kplan.yaml"]


def test_a_scenario_without_checks_is_said(kplan: Kplan) -> None:
    ran = kplan("check")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "rag.kplan.yaml: no checks\nsupport.kplan.yaml: no checks\n"


def test_a_folder_without_scenarios_is_said_and_alone_it_is_wrong(
    kplan: Kplan, add: Any, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    add("s", PASSES)
    ran = kplan("check", "empty", "s.kplan.yaml")
    assert (ran.code, ran.err) == (0, "no *.kplan.yaml below empty\n")
    ran = kplan("check", "empty")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("no *.kplan.yaml below empty; ")


def test_wrong_input_is_told_for_all_files_at_once(kplan: Kplan, add: Any, tmp_path: Path) -> None:
    add("a", "checks: [{metric: stay.per_mnth, max: 1}]\n")
    add("b", "checks: [{metric: sty.per_month, max: 1, mx: 2}]\n")
    add("fails", FAILS)
    ran = kplan("check", ".", "gone.kplan.yaml", "-o", "out.json")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        "a.kplan.yaml:10:19: checks.0.metric: no metric or stage `per_mnth` in stay; did you mean per_month?",
        "b.kplan.yaml:10:42: checks.0.mx: unknown key `mx`; did you mean max?",
        "gone.kplan.yaml:1:1: cannot be read: No such file or directory",
    ]
    assert not (tmp_path / "out.json").exists()


def test_settings_books_and_variants_reach_the_checks(kplan: Kplan, add: Any, tmp_path: Path) -> None:
    add("s", f"{PASSES}variants: {{busy: {{volume: 600_000/month}}, calm: {{volume: 9/month}}}}\n")
    (tmp_path / "dear.csv").write_text(
        "provider,model,meter,usd,per\nopenai,gpt-5.4-mini,output,99,1000000\n"
    )
    (tmp_path / "free.csv").write_text("provider,model,meter,usd,per\nopenai,gpt-5.4-mini,output,0,1000000\n")
    assert kplan("check", "s.kplan.yaml").code == 0
    assert kplan("check", "s.kplan.yaml", "--set", "volume=600_000/month").code == 1
    assert kplan("check", "s.kplan.yaml", "--book", "dear.csv").code == 1
    assert kplan("check", "s.kplan.yaml", "--book", "dear.csv", "--book", "free.csv").code == 0
    assert kplan("check", "s.kplan.yaml", "--variant", "calm").code == 0
    assert kplan("check", "s.kplan.yaml", "--variant", "busy").code == 1
    ran = kplan("check", "s.kplan.yaml", "--variant", "all")
    assert (ran.code, ran.out.splitlines()[-1]) == (1, "2 pass, 1 fails.")
    assert "switch@busy.per_month is $2,142" in ran.out
    assert kplan("check", "s.kplan.yaml", "--variant", "bsy").code == 2


def test_checks_of_a_file_that_is_included_stand_there(kplan: Kplan, add: Any, tmp_path: Path) -> None:
    add("lib/base", FAILS)
    (tmp_path / "s.kplan.yaml").write_text("include: lib/base.kplan.yaml\n")
    out = kplan("check", "s.kplan.yaml", "--format", "github").out
    assert out.startswith("::error file=lib/base.kplan.yaml,line=10,col=19,")


def test_stdin_has_no_place_in_a_file(kplan: Kplan, add: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = add("s", FAILS)
    with path.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        ran = kplan("check", "-", "--format", "github")
    assert ran.code == 1
    assert ran.out.startswith("::error title=kplan check budget::stay.months_over_budget")


@pytest.mark.parametrize("suffix", [writer.suffix for writer in CHECK_WRITERS.values()])
def test_files_hold_what_stdout_shows_and_keep_stdout_quiet(
    kplan: Kplan, add: Any, tmp_path: Path, suffix: str
) -> None:
    add("s", MIXED)
    out = f"out{suffix}"
    assert (
        kplan("check", "s.kplan.yaml", "-o", out).out,
        kplan("check", "s.kplan.yaml", "-o", out).code,
    ) == (
        "",
        1,
    )
    first = (tmp_path / out).read_bytes()
    name = next(name for name, writer in CHECK_WRITERS.items() if writer.suffix == suffix)
    if name != "table":
        assert kplan("check", "s.kplan.yaml", "--format", name).out.encode() == first
    ran = kplan("check", "s.kplan.yaml", "-o", out, "-o", "-")
    assert ran.out == kplan("check", "s.kplan.yaml").out
    assert (tmp_path / out).read_bytes() == first


@pytest.mark.parametrize("suffix", [".json", ".xml", ".md"])
def test_what_kplan_wrote_is_replaced_and_what_was_edited_is_not(
    kplan: Kplan, add: Any, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"out{suffix}"
    add("s", MIXED)
    kplan("check", "s.kplan.yaml", "-o", path.name)
    assert is_ours(path.read_bytes(), suffix)
    add("s", PASSES)
    assert kplan("check", "s.kplan.yaml", "-o", path.name).code == 0
    path.write_bytes(path.read_bytes().replace(b"switch", b"swatch"))
    add("s", WARNS)
    ran = kplan("check", "s.kplan.yaml", "-o", path.name)
    assert ran.code == 2
    assert "--force overwrites it" in ran.err
    assert kplan("check", "s.kplan.yaml", "-o", path.name, "--force").code == 0


def test_an_ending_without_a_format_is_refused(kplan: Kplan, add: Any) -> None:
    add("s", MIXED)
    ran = kplan("check", "s.kplan.yaml", "-o", "out.xlsx")
    assert ran.code == 2
    assert "name the file with one of .txt, .json, .xml, .github, .md" in ran.err


def test_simulate_counts_the_checks_of_a_scenario_that_has_some(kplan: Kplan, add: Any) -> None:
    add("s", MIXED)
    ran = kplan("simulate", "s.kplan.yaml", "--format", "table")
    assert ran.code == 0
    assert "Checks: 1 passes, 1 warns, 1 fails (kplan check s.kplan.yaml)\n" in ran.out
    assert "Checks" not in kplan("simulate", "rag.kplan.yaml", "--format", "table").out


def test_the_readme_shows_the_scenario_that_is_shipped() -> None:
    shipped = (ROOT / "scenarios" / "support-checks.kplan.yaml").read_text(encoding="utf-8")
    assert f"```yaml\n{shipped}```" in (ROOT / "README.md").read_text(encoding="utf-8")
