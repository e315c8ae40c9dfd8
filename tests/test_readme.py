"""The README is true: every command in it runs here and prints what stands there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def sessions() -> list[tuple[str, str]]:
    """(command, output) of every `$ kplan ...` in the console blocks."""
    found = []
    for language, body in FENCE.findall(README):
        if language == "console":
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                found.append((command, output.rstrip("\n")))
    return found


@pytest.mark.parametrize(("command", "output"), [s for s in sessions() if s[0].startswith("kplan ")])
def test_a_command_prints_what_the_readme_says(tmp_path: Path, command: str, output: str) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    words = [sys.executable, "-m", "kplan", *shlex.split(command)[1:]]
    env = {
        "PYTHONPATH": str(ROOT / "simulator"),
        "COLUMNS": "80",
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
    }
    ran = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, encoding="utf-8")
    assert (ran.stdout + ran.stderr).rstrip("\n") == output


def test_the_readme_shows_commands_and_python() -> None:
    assert len(sessions()) >= 4
    assert any(language == "python" for language, _ in FENCE.findall(README))


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    for language, body in FENCE.findall(README):
        if language == "python":
            exec(compile(body, "README.md", "exec"), {})


def test_every_yaml_of_the_readme_is_a_scenario(tmp_path: Path) -> None:
    from kplan.scenario.load import load_scenario

    blocks = [body for language, body in FENCE.findall(README) if language == "yaml"]
    assert blocks
    for body in blocks:
        path = tmp_path / "readme.kplan.yaml"
        path.write_text(body, encoding="utf-8")
        load_scenario(path)
