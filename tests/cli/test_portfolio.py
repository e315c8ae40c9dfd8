"""`kplan simulate` and `kplan diff` on folders: formats, exit codes, and what is refused."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from kplan.render import PORTFOLIO_DIFF_WRITERS, PORTFOLIO_WRITERS
from kplan.render.marks import is_ours

Kplan = Callable[..., Any]
ROOT = Path(__file__).parents[2]
SUPPORT = (ROOT / "scenarios" / "support.kplan.yaml").read_text(encoding="utf-8")
DEAR = """\
rows:
  - {provider: openai, model: gpt-5.4-mini, meter: output, usd: 4.5, valid_to: 2027-02-01}
  - {provider: openai, model: gpt-5.4-mini, meter: output, usd: 45, valid_from: 2027-02-01}
"""
HOSTILE = "\x1b[31m=a|b`<i>\n@you #1 \u202e"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three scenarios: stay (the first design), switch in use, and one of another team."""
    top = tmp_path / "s"
    (top / "sub").mkdir(parents=True)
    (top / "a.kplan.yaml").write_text(f"{SUPPORT}tags: {{team: x}}\n")
    (top / "b.kplan.yaml").write_text(f"{SUPPORT}in_use: switch\ntags: {{team: x}}\n")
    (top / "sub" / "c.kplan.yaml").write_text(f"{SUPPORT}baseline: switch\n")
    (tmp_path / "dear.yaml").write_text(DEAR)
    return top


def test_table_of_a_folder(kplan: Kplan, folder: Path) -> None:
    ran = kplan("simulate", "s", "--by", "team")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "3 scenarios cost $30,306 from 2026-11 to 2027-04.",
        "",
        "Scenario   design in use   first month     total   cheapest",
        "s/a        stay (1)             $1,317   $13,170   switch -34.9%",
        "s/b        switch               $1,428    $8,568",
        "s/sub/c    switch (b)           $1,428    $8,568",
        "What counts is the design that a scenario names `in_use`, else its baseline (b),",
        "else its first (1).",
        "",
        "team        scenarios     total",
        "x                   2   $21,738",
        "(no team)           1    $8,568",
        "",
        "Month     scenarios    total        x   (no team)",
        "2026-11           3   $4,173   $2,745      $1,428",
        "2026-12           3   $4,173   $2,745      $1,428",
        "2027-01           3   $5,490   $4,062      $1,428",
        "2027-02           3   $5,490   $4,062      $1,428",
        "2027-03           3   $5,490   $4,062      $1,428",
        "2027-04           3   $5,490   $4,062      $1,428",
    ]
    assert not Path("reports").exists()


def test_several_files_are_a_portfolio_and_by_makes_one_of_one(kplan: Kplan, folder: Path) -> None:
    assert kplan("simulate", "s/a.kplan.yaml", "s/b.kplan.yaml").out.startswith("2 scenarios cost $21,738")
    assert kplan("simulate", "s", "s/a.kplan.yaml").out.startswith("3 scenarios")
    assert kplan("simulate", "s/a.kplan.yaml", "--by", "team").out.startswith("1 scenario costs $13,170")


def test_json_and_csv_add_up(kplan: Kplan, folder: Path) -> None:
    found = json.loads(kplan("simulate", "s", "--by", "team", "--format", "json").out)
    assert (found["kind"], found["schema_version"], found["by"]) == ("kplan/portfolio", 1, "team")
    total = Decimal(found["total"])
    assert total == Decimal("30306")
    for parts in ("months", "groups", "scenarios"):
        key = "cost" if parts == "months" else "total"
        assert sum(Decimal(part[key]) for part in found[parts]) == total
    assert [each["chosen_by"] for each in found["scenarios"]] == ["first", "in_use", "baseline"]
    rows = list(csv.DictReader(StringIO(kplan("simulate", "s", "--format", "csv").out)))
    assert sum(Decimal(row["cost_usd"]) for row in rows) == total
    assert len(rows) == 3 * 6
    assert {(row["scenario"], row["tag.team"]) for row in rows} == {
        ("s/a.kplan.yaml", "x"),
        ("s/b.kplan.yaml", "x"),
        ("s/sub/c.kplan.yaml", ""),
    }


def test_one_broken_scenario_ends_it_with_all_places(kplan: Kplan, folder: Path) -> None:
    (folder / "d.kplan.yaml").write_text(f"{SUPPORT}in_use: sty\nbudegt: 3\n")
    (folder / "e.kplan.yaml").write_text("volume: x\n")
    for words in (["simulate", "s"], ["diff", "s", "s"], ["check", "s"]):
        ran = kplan(*words)
        assert (ran.code, ran.out) == (2, "")
        assert "s/d.kplan.yaml:10:9: in_use: no design `sty`; did you mean stay?" in ran.err
        assert "s/d.kplan.yaml:11:1: budegt: unknown key `budegt`; did you mean budget?" in ran.err
        assert "s/e.kplan.yaml:1:9: volume: " in ran.err


def test_diff_of_prices_names_who_moves(kplan: Kplan, folder: Path) -> None:
    ran = kplan("diff", "s", "s", "--prices-head", "dear.yaml", "--by", "team")
    assert (ran.code, ran.err) == (0, "")
    out = ran.out
    assert out.startswith("s -> s, 3 scenarios\n3 of 3 scenarios changed.\n")
    assert "~ b.kplan.yaml  switch\n" in out
    assert ", from 2027-02\n" in out
    assert "Ranking flips in 3 scenarios: b.kplan.yaml, sub/c.kplan.yaml, a.kplan.yaml.\n" in out
    assert "~ a.kplan.yaml  stay\n  $0 ($13,170 -> $13,170), 0.0%\n" in out
    assert "  Ranking flips: stay is now cheaper than switch.\n  1 design not in use changed.\n" in out
    assert max(map(len, out.splitlines())) <= 80
    found = json.loads(kplan("diff", "s", "s", "--prices-head", "dear.yaml", "--format", "json").out)
    assert found["kind"] == "kplan/portfolio-diff"
    assert found["effects"]["price"] == found["delta"] != "0"
    assert sum(Decimal(each["delta"]) for each in found["scenarios"]) == Decimal(found["delta"])
    github = kplan("diff", "s", "s", "--prices-head", "dear.yaml", "--format", "github").out.splitlines()
    assert [line.partition(" ")[0] for line in github] == ["::warning", "::warning", "::warning", "::notice"]


def test_equal_folders_say_so(kplan: Kplan, folder: Path) -> None:
    out = kplan("diff", "s", "s").out
    assert out == "s -> s, 3 scenarios\nNothing changed.\nAll together: $30,306.\n\n3 scenarios unchanged.\n"


@pytest.mark.slow
def test_markdown_of_many_scenarios_stays_short_enough_for_a_comment(kplan: Kplan, tmp_path: Path) -> None:
    long = "long" * 50
    for side, volume in (("base", "400_000"), ("head", "430_000")):
        (tmp_path / side).mkdir()
        text = (
            f"volume: {volume}/month\nstages: {{s: {{input: 1, output: 1}}}}\ndesigns: {{d: gpt-5.4-mini}}\n"
        )
        for n in range(250):
            (tmp_path / side / f"{long}{n}.kplan.yaml").write_text(text)
    page = kplan("diff", "base", "head", "--format", "markdown").out
    assert len(page) < 60_000
    rows = page.count("| `~` |")
    assert 0 < rows < 250
    assert f"Left out for length: {250 - rows} lines." in page
    assert "**250 of 250 scenarios changed.**" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["simulate", "s", "--format", "html"],
            "--format html shows one scenario; of folders there is table,",
        ),
        (["simulate", "s", "-o", "x.html"], "no format ends in .html"),
        (["simulate", "s", "--by", "taem"], "no scenario has the tag `taem`; did you mean team?"),
        (["simulate", "empty"], "no *.kplan.yaml below empty; name a scenario, or make one with kplan init"),
        (["diff", "s", "rag.kplan.yaml"], "rag.kplan.yaml is no folder, the other side is one"),
        (["diff", "rag.kplan.yaml", "s"], "rag.kplan.yaml is no folder, the other side is one"),
        (["diff", "s", "-"], "- is no folder, the other side is one"),
        (["diff", "s", "empty"], "no *.kplan.yaml below empty"),
        (
            ["diff", "rag.kplan.yaml", "rag.kplan.yaml", "--by", "team"],
            "--by adds up the scenarios of folders",
        ),
        (["simulate"], "Missing argument 'SCENARIO...'"),
    ],
)
def test_refused(kplan: Kplan, folder: Path, tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "empty").mkdir()
    ran = kplan(*words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize("command", [["simulate", "s", "--by", "team"], ["diff", "s", "t", "--by", "team"]])
def test_files_hold_what_stdout_shows(kplan: Kplan, folder: Path, command: list[str], tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.kplan.yaml").write_text(SUPPORT.replace("400_000", "430_000"))
    writers = PORTFOLIO_WRITERS if command[0] == "simulate" else PORTFOLIO_DIFF_WRITERS
    for name, writer in writers.items():
        file = Path(f"out{writer.suffix}")
        ran = kplan(*command, "-o", str(file))
        assert (ran.code, ran.out) == (0, "")
        if name != "table":
            assert kplan(*command, "--format", name).out == file.read_text()
        if writer.suffix in (".json", ".md"):
            assert is_ours(file.read_bytes(), writer.suffix)


@pytest.mark.parametrize("format_name", list({**PORTFOLIO_WRITERS, **PORTFOLIO_DIFF_WRITERS}))
def test_hostile_names_break_no_format(kplan: Kplan, tmp_path: Path, format_name: str) -> None:
    for side, volume in (("p", 10), ("q", 20)):
        (tmp_path / side).mkdir()
        (tmp_path / side / "=x|`@you\x1b[31m.kplan.yaml").write_text(
            f"volume: {volume}/month\nmonths: 2026-11..2026-12\nstages: {{a: {{input: 1000, output: 10}}}}\n"
            f"designs: {{{json.dumps(HOSTILE)}: openai/gpt-5.4-mini}}\n"
            f"tags: {{{json.dumps(HOSTILE)}: {json.dumps(HOSTILE)}}}\n"
        )
    for words in (["simulate", "p"], ["diff", "p", "q"]):
        if format_name not in (PORTFOLIO_WRITERS if words[0] == "simulate" else PORTFOLIO_DIFF_WRITERS):
            continue
        ran = kplan(*words, "--by", HOSTILE, "--format", format_name)
        assert ran.code == 0
        assert not set("\x1b\u202e") & set(ran.out)
        if format_name == "markdown":
            outside_code = re.sub(r"``.*?[^`]``(?!`)", "", ran.out)
            assert "=a\\|b" in outside_code
            assert not re.search(r"@you|<i>|#1", outside_code)
        if format_name == "csv":
            assert all(not line.startswith("=") for line in ran.out.splitlines())
