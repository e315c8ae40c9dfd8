"""What a lock takes the fingerprint of: also the files that a scenario names, by what stands in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kplan.scenario.load import load_scenario

SCENARIO = """
volume: 1_000/month
traffic: {week: week.csv}
stages: {answer: {input: {file: tokens.csv, column: tokens}, output: 100}}
designs:
  api: claude-haiku-4-5
  own: {models: {answer: claude-haiku-4-5}, buys: {claude-haiku-4-5: %s}}
"""
GPUS = "{curve: [runs], slo: {ttft_p95: 500ms}, usd_per_gpu_hour: 2}"
FILES = {"week.csv": "hour,factor", "tokens.csv": "tokens\n100\n", "runs/a.csv": "rps_per_replica\n1"}


def fingerprint(folder: Path, **changed: str) -> str:
    for name, text in (FILES | changed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    path = folder / "a.kplan.yaml"
    path.write_text(SCENARIO % GPUS)
    return load_scenario(path).sha256(["api", "own"])


@pytest.mark.parametrize("name", FILES)
def test_what_stands_in_a_file_is_part_of_it_and_where_it_lies_is_not(name: str, tmp_path: Path) -> None:
    here = fingerprint(tmp_path / "here")
    assert fingerprint(tmp_path / "there") == here
    assert fingerprint(tmp_path / "here", **{name: FILES[name] + "2\n"}) != here
    assert fingerprint(tmp_path / "here") == here


def test_a_file_more_in_a_folder_is_another_curve(tmp_path: Path) -> None:
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path, **{"runs/b.csv": "rps_per_replica"}) != before
