"""The screen: never wider than the terminal, in signs that it has; nothing foreign in it acts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from kplan.capacity.study import Study
from kplan.regress.run import run
from kplan.render.capacity import markdown, table
from kplan.render.format import plain_text

SCENARIOS = Path(__file__).parents[3] / "scenarios"


@pytest.fixture(scope="module", params=["agent-limits", "base-load"])
def study(request: pytest.FixtureRequest) -> Study:
    found = run(SCENARIOS / f"{request.param}.kplan.yaml").study
    assert isinstance(found, Study)
    return found


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(study: Study, width: int) -> None:
    lines = table.render(study, width, color=False).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert not any(line.endswith(" ") for line in lines)


def test_colour_changes_no_letter(study: Study) -> None:
    coloured, plain = (table.render(study, 80, color=color) for color in (True, False))
    assert "\x1b[" in coloured
    assert [plain_text(line).rstrip() for line in coloured.splitlines()] == plain.splitlines()


def test_markdown_has_a_table_for_all_that_stands_in_one(study: Study) -> None:
    page = markdown.render(study).decode()
    has = {"### Latency under load": "loaded", "### On offer": "quotes", "### What is bought": "bought"}
    for title, field in has.items():
        assert (title in page) is any(getattr(each, field) for each in study.designs), title
    assert len(page) < 60_000
    assert "--format markdown" not in page


def test_without_blocks_the_week_is_in_plain_signs() -> None:
    """Where stdout is ASCII: each level keeps a sign of its own."""
    command = [
        "capacity",
        str(SCENARIOS / "agent-limits.kplan.yaml"),
        "--set",
        "volume.queries_per_day=70_000",
    ]
    paths = os.pathsep.join(filter(None, sys.path))
    ran = subprocess.run(
        [sys.executable, "-m", "kplan", *command],
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": paths},
        capture_output=True,
        check=True,
    )
    [line] = [line for line in ran.stdout.decode("ascii").splitlines() if line.startswith("Mon-Fri ")]
    assert line == "Mon-Fri %%**+++++++**%%##!!!!!##  105% at 19:00"


def test_names_that_would_act_on_a_terminal_or_a_page_do_not(tmp_path: Path) -> None:
    own = (
        "provider: anthropic\nlimits: [{models: [claude-haiku-4-5], tier: T, input: 3_000,"
        ' pool: "\\e[31m<b>pool|@me</b>", source: "\\e]0;x\\a# src"}]\n'
    )
    (tmp_path / "own.yaml").write_text(own)
    (tmp_path / "s.kplan.yaml").write_text(
        "volume: 1_440/day\nmonths: 2027-01..2027-02\ntraffic: {week: office-hours, peak_factor: 1.5}\n"
        "limits: {accounts: {anthropic: T}, book: own.yaml}\n"
        "stages: {a: {input: 1_000, output: 5}}\nsingles: false\n"
        'designs: {"\\e[2Jevil|<script>": claude-haiku-4-5}\n'
    )
    found = run(tmp_path / "s.kplan.yaml").study
    assert isinstance(found, Study)
    screen = table.render(found, 80, color=False)
    assert "\x1b" not in screen
    assert "evil|<script>" in screen
    page = markdown.render(found).decode()
    assert "\x1b" not in page
    assert "<b>" not in re.sub("`[^`]*`", "", page)
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert all(line.replace("\\|", "").count("|") >= 3 for line in rows)
