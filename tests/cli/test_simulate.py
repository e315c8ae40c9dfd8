"""`kplan simulate`: what goes to stdout, stderr and files, and that wrong input writes nothing."""

from __future__ import annotations

import html
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Kplan = Callable[..., Any]
RAG = "rag.kplan.yaml"


def written(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix != ".yaml")


def test_table_and_default_reports(kplan: Kplan, tmp_path: Path) -> None:
    ran = kplan("simulate", RAG)
    assert ran.code == 0
    assert ran.out.startswith("stratified costs $8,721 a month, 58% less than all-sonnet ($20,740).\n")
    assert "Wrote" not in ran.out
    assert ran.err == (
        "Wrote reports/rag.html reports/rag.xlsx"
        "     why a figure: kplan explain rag.kplan.yaml stratified.synthesize\n"
    )
    assert written(tmp_path) == ["reports", "reports/rag.html", "reports/rag.xlsx"]


def test_the_hint_is_a_command_that_works(kplan: Kplan, tmp_path: Path) -> None:
    hostile = "volume: 9/month\nstages: {'a b': {input: 1, output: 2}}\ndesigns: {-x: claude-haiku-5-5}\n"
    (tmp_path / "s.yaml").write_text(f"{hostile}variants: {{'=v': {{volume: 8/month}}}}\n")
    ran = kplan("simulate", "s.yaml", "--set", "stages.'a b'.input=3", "--variant", "=v")
    assert ran.code == 0, ran.err
    program, *args = shlex.split(ran.err.partition("why a figure: ")[2])
    again = kplan(*args)
    assert (program, again.code) == ("kplan", 0), again.err
    assert "-x@=v.a b costs" in again.out


def test_again_overwrites_its_own_reports_with_the_same_bytes(kplan: Kplan, tmp_path: Path) -> None:
    first = kplan("simulate", RAG)
    reports = {path: path.read_bytes() for path in (tmp_path / "reports").iterdir()}
    second = kplan("simulate", RAG)
    assert second == first
    assert {path: path.read_bytes() for path in (tmp_path / "reports").iterdir()} == reports
    assert kplan("simulate", RAG, "--set", "stages.cite.output=10").code == 0


@pytest.mark.parametrize("name", ["rag.html", "rag.xlsx"])
def test_edited_report_is_not_overwritten(kplan: Kplan, tmp_path: Path, name: str) -> None:
    kplan("simulate", RAG)
    path = tmp_path / "reports" / name
    path.write_bytes(path.read_bytes().replace(b"e", b"f", 1))
    edited = path.read_bytes()
    other = {found: found.read_bytes() for found in path.parent.iterdir()}
    ran = kplan("simulate", RAG, "--set", "stages.cite.output=10")
    assert (ran.code, ran.out) == (2, "")
    assert f"reports/{name}: was not written by kplan, or was edited since; --force" in ran.err
    assert {found: found.read_bytes() for found in path.parent.iterdir()} == other
    assert kplan("simulate", RAG, "--force").code == 0
    assert path.read_bytes() != edited


@pytest.mark.parametrize("name", ["json", "csv", "markdown", "html"])
def test_format_rules_stdout_and_writes_nothing(kplan: Kplan, tmp_path: Path, name: str) -> None:
    ran = kplan("simulate", RAG, "--format", name)
    assert (ran.code, ran.err) == (0, "")
    assert written(tmp_path) == []
    assert ran.out == kplan("simulate", RAG, "--format", name).out
    suffix = {"markdown": "md"}.get(name, name)
    assert kplan("simulate", RAG, "-o", f"a.{suffix}").out == ""
    assert (tmp_path / f"a.{suffix}").read_text() == ran.out


def test_any_number_of_outputs(kplan: Kplan, tmp_path: Path) -> None:
    ran = kplan("simulate", RAG, "-o", "a.json", "-o", "b.CSV", "-o", "c.txt", "-o", "-", "--format", "json")
    assert ran.code == 0
    assert written(tmp_path) == ["a.json", "b.CSV", "c.txt"]
    assert ran.err.startswith("Wrote a.json b.CSV c.txt ")
    assert (tmp_path / "a.json").read_text() == ran.out
    assert kplan("simulate", RAG, "-o", "-").out.startswith("stratified costs")


def test_workbook_on_stdout(kplan: Kplan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert kplan("simulate", RAG, "--format", "xlsx").out.startswith("PK")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    ran = kplan("simulate", RAG, "--format", "xlsx", "-o", "a.json")
    assert (ran.code, ran.out, written(tmp_path)) == (2, "", [])
    assert "binary" in ran.err


def test_quiet(kplan: Kplan) -> None:
    ran = kplan("simulate", RAG, "--quiet")
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--set", "stages.cite.outptu=10"], "did you mean output?"),
        (["--set", "designs.all-sonnet=claude-sonet-5-5"], "did you mean claude-sonnet-5-5?"),
        (["-o", "a.pdf"], "no format ends in .pdf; name the file with one of .txt, .json"),
        (["-o", "a.json", "-o", "./a.json"], "a.json is given twice"),
        (["-o", "no/a.json", "-o", "a.csv"], "there is no folder no; make it first"),
        (["--book", "no.yaml"], "no.yaml"),
        (["--variant", "cheap"], "no variant"),
    ],
)
def test_wrong_input_writes_nothing(kplan: Kplan, tmp_path: Path, args: list[str], said: str) -> None:
    ran = kplan("simulate", RAG, *args)
    assert (ran.code, ran.out, written(tmp_path)) == (2, "", [])
    assert said in ran.err


def test_a_file_that_is_not_there(kplan: Kplan) -> None:
    ran = kplan("simulate", "no.kplan.yaml")
    assert ran.code == 2
    assert ran.err.startswith("no.kplan.yaml:1:1: cannot be read")


def test_no_singles(kplan: Kplan) -> None:
    assert "+ claude-haiku-5-5" in kplan("simulate", RAG, "--format", "table").out
    without = kplan("simulate", RAG, "--format", "table", "--no-singles").out
    assert "+ " not in without
    assert "added by kplan" not in without


def test_book_is_laid_over(kplan: Kplan, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        "provider,model,meter,usd,per\nanthropic,claude-sonnet-5-5,input,4,1000000\n", encoding="utf-8"
    )
    ran = kplan("simulate", RAG, "--format", "json", "--book", "mine.csv")
    assert ran.code == 0, ran.err
    designs = {design["id"]: design for design in json.loads(ran.out)["designs"]}
    assert designs["all-sonnet"]["cost_per_query"] == "0.14772"  # 32 380 tokens at $4 instead of $2


def test_the_page_says_how_to_repeat_it(kplan: Kplan, tmp_path: Path) -> None:
    """Files are called by their names alone, so that a page does not depend on where it was made."""
    (tmp_path / "mine.csv").write_text(
        "provider,model,meter,usd,per\nanthropic,claude-sonnet-5-5,input,4,1000000\n", encoding="utf-8"
    )
    options = ["--set", "volume=9/month", "--book", str(tmp_path / "mine.csv"), "--allow-retired"]
    ran = kplan("simulate", RAG, *options, "--no-singles", "--format", "html")
    repeat = html.unescape(re.search("<code>kplan (.*)</code>", ran.out)[1])
    assert (
        repeat == f"simulate --set volume=9/month --set singles=false --book mine.csv --allow-retired {RAG}"
    )
    assert kplan(*shlex.split(repeat), "--format", "html").out == ran.out


def test_a_csv_is_not_said_to_be_edited(kplan: Kplan) -> None:
    assert kplan("simulate", RAG, "-o", "a.csv").code == 0
    ran = kplan("simulate", RAG, "-o", "a.csv", "--set", "volume=9/month")
    assert (ran.code, ran.err) == (
        2,
        "a.csv: is there already, and a .csv carries no mark of who wrote it: use --force to overwrite it\n",
    )


def test_variants(kplan: Kplan, tmp_path: Path) -> None:
    text = (tmp_path / RAG).read_text()
    more = "variants: {busy: {volume: 500_000/month}, calm: {volume: 1_000/month}}\n"
    (tmp_path / "two.kplan.yaml").write_text(text + more)
    ran = kplan("simulate", "two.kplan.yaml", "--variant", "all", "--format", "json")
    assert ran.code == 0, ran.err
    ids = [design["id"] for design in json.loads(ran.out)["designs"]]
    assert {"stratified@busy", "stratified@calm"} <= set(ids)
    one = kplan("simulate", "two.kplan.yaml", "--variant", "busy", "--format", "json")
    assert json.loads(one.out)["scenario"]["variants"] == ["busy"]


def test_colour_only_on_a_terminal_or_when_forced(kplan: Kplan, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in kplan("simulate", RAG, "--format", "table").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1m" in kplan("simulate", RAG, "--format", "table").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in kplan("simulate", RAG, "--format", "table").out


def test_columns(kplan: Kplan, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = kplan("simulate", RAG, "--format", "table").out
    assert 70 < max(map(len, narrow.splitlines())) <= 80
    monkeypatch.setenv("COLUMNS", "200")
    assert 80 < max(map(len, kplan("simulate", RAG, "--format", "table").out.splitlines())) <= 120
