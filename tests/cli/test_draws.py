"""`--draws` and `--seed` of `kplan simulate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kplan.cli.main import main

SCENARIO = """\
volume: 1_000/month
params: {tokens: {value: 1_000, between: [700, 1_600]}}
stages: {a: {input: tokens, output: 100}}
designs: {x: claude-haiku-5-5}
"""


def ran(folder: Path, *words: str) -> dict[str, object]:
    (folder / "s.kplan.yaml").write_text(SCENARIO)
    done = CliRunner().invoke(
        main, ["simulate", str(folder / "s.kplan.yaml"), "--format", "json", *words], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_defaults_are_recorded(tmp_path: Path) -> None:
    assert ran(tmp_path)["draws"] == {"n": 10_000, "seed": 1}


def test_both_are_taken(tmp_path: Path) -> None:
    assert ran(tmp_path, "--draws", "200", "--seed", "9")["draws"] == {"n": 200, "seed": 9}
    assert (
        ran(tmp_path, "--draws", "200")["designs"]
        != ran(tmp_path, "--draws", "200", "--seed", "9")["designs"]
    )


@pytest.mark.parametrize("n", ["99", "1000001"])
def test_neither_too_few_nor_too_many(tmp_path: Path, n: str) -> None:
    (tmp_path / "s.kplan.yaml").write_text(SCENARIO)
    done = CliRunner().invoke(main, ["simulate", str(tmp_path / "s.kplan.yaml"), "--draws", n])
    assert done.exit_code == 2
    assert "100<=x<=1000000" in done.output
