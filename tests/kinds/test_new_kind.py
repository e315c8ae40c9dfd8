"""A stage kind of one's own: one file, one line in the registry, and all of kplan knows it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from workbooks import formulas, opened

pytestmark = pytest.mark.slow
"""Five whole processes; that each kind stands in the registry, and what kinds expand into, is quick."""

ROOT = Path(__file__).parent.parent.parent
SCENARIO = """
volume: 1_000/month
months: 2027-01..2027-02
stages:
  ask:
    kind: vote
    agree: 70%
    judge: decide
    stages:
      one: {input: 1_000, output: 100}
      two: {input: 1_000, output: 100, model: claude-opus-5-5}
      decide: {input: 300, output: 20}
designs: {d: claude-sonnet-5-5}
"""


@pytest.fixture
def with_vote(tmp_path: Path) -> Path:
    """A copy of the package with `example/vote.py` among its kinds, and in the registry."""
    folder = tmp_path / "simulator"
    shutil.copytree(ROOT / "simulator", folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pricing", "scenarios", "reports", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    kinds = folder / "kplan" / "kinds"
    shutil.copy(Path(__file__).parent / "example" / "vote.py", kinds)
    registry = kinds / "__init__.py"
    text = registry.read_text(encoding="utf-8")
    last = '        "storage": "kplan.kinds.storage:Storage",\n'
    assert last in text
    text = text.replace(last, f'{last}        "vote": "kplan.kinds.vote:Vote",\n')
    registry.write_text(text, encoding="utf-8")
    (tmp_path / "vote.kplan.yaml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def run(folder: Path, *args: str) -> str:
    program = "from kplan.cli.main import run; run()"
    environment = {**os.environ, "PYTHONPATH": str(folder / "simulator"), "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-c", program, *args],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_new_kind_is_one_file_and_one_line(with_vote: Path) -> None:
    """Both voters on every query, the judge on 30%: in results, explanation, workbook and schema alike."""
    results = json.loads(run(with_vote, "simulate", "vote.kplan.yaml", "--format", "json"))
    design = next(each for each in results["designs"] if each["id"] == "d")
    visits = {stage["id"]: Decimal(stage["visits"]) for stage in design["stages"]}
    assert visits == {"one": 1, "two": 1, "decide": Decimal("0.3")}
    assert "0.3 x 300 = 90" in run(with_vote, "explain", "vote.kplan.yaml", "d.decide")
    run(with_vote, "simulate", "vote.kplan.yaml", "-o", "vote.xlsx")
    book = opened((with_vote / "vote.xlsx").read_bytes())
    labels = {str(cell.value) for cell in book["Inputs"]["A"]}
    assert {"ask.agree", "decide.input"} <= labels
    assert formulas(book)
    schema = json.loads(run(with_vote, "schema"))
    assert "Vote" in schema["$defs"]
    assert schema["$defs"]["Vote"]["properties"]["agree"]["description"].startswith("Share of the queries")


def test_without_the_line_the_kind_is_unknown(with_vote: Path) -> None:
    registry = with_vote / "simulator" / "kplan" / "kinds" / "__init__.py"
    text = registry.read_text(encoding="utf-8")
    line = '        "vote": "kplan.kinds.vote:Vote",\n'
    assert line in text
    registry.write_text(text.replace(line, ""), encoding="utf-8")
    with pytest.raises(AssertionError, match="no kind of stage `vote`"):
        run(with_vote, "simulate", "vote.kplan.yaml")
