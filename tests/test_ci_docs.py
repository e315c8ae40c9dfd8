"""docs/ci.md and the pre-commit hooks: what they show runs as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
WORKFLOW, PRE_COMMIT = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with our scenarios, `origin/main` and a change that makes one dearer; kplan on the PATH."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    program = tmp_path / "bin" / "kplan"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kplan "$@"\n')
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "simulator"))
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    git = ["git", "-c", "user.name=me", "-c", "user.email=me@example.com"]
    for words in (["init", "-q"], ["add", "scenarios"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True)
    subprocess.run([*git, "update-ref", "refs/remotes/origin/main", "HEAD"], check=True)
    rag = tmp_path / "scenarios" / "rag.kplan.yaml"
    rag.write_text(rag.read_text().replace("250_000", "300_000"))
    return tmp_path


def sh(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)


def steps() -> list[dict[str, Any]]:
    (job,) = yaml.safe_load(WORKFLOW)["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


def test_the_workflow_is_short_and_runs_on_pull_requests() -> None:
    assert len(WORKFLOW.splitlines()) < 15
    workflow = yaml.safe_load(WORKFLOW)
    assert workflow[True] == "pull_request", "YAML 1.1 reads the key `on` as true; GitHub does not"
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "${{" not in "".join(step.get("run", "") for step in steps()), "no expression inside a script"


def test_its_commands_run(checkout: Path) -> None:
    rag = checkout / "scenarios" / "rag.kplan.yaml"
    changed = rag.read_text()
    rag.write_text(changed.replace("300_000", "250_000"))
    assert sh("CI= kplan lock scenarios").returncode == 0
    rag.write_text(changed)
    runs = [step["run"] for step in steps() if step.get("run", "").startswith("kplan ")]
    diff, check, lock = (sh(run) for run in runs)
    assert (diff.returncode, diff.stdout, diff.stderr) == (0, "", "")
    page = (checkout / "kplan.md").read_text()
    assert "| `~` | `rag.kplan.yaml` |" in page
    assert "volume +" in page
    comment = next(step["run"] for step in steps() if step.get("run", "").startswith("gh "))
    assert "--body-file kplan.md" in comment
    assert (check.returncode, check.stderr) == (1, "")
    assert "::error file=scenarios/support-checks.kplan.yaml,line=6,col=14," in check.stdout
    assert (lock.returncode, lock.stderr) == (1, "")
    assert (
        "rag.kplan.yaml#stratified drifts by scenario: total $104,655 -> $125,586 (+20.0%25)" in lock.stdout
    )


def test_the_hooks_are_those_that_the_page_names(checkout: Path) -> None:
    hooks = {hook["id"]: hook for hook in yaml.safe_load(HOOKS)}
    (repo,) = yaml.safe_load(PRE_COMMIT)["repos"]
    assert [hook["id"] for hook in repo["hooks"]] == list(hooks) == ["kplan-validate", "kplan-check"]
    assert all(hook["language"] == "python" for hook in hooks.values())
    files = {name: re.compile(hook["files"]) for name, hook in hooks.items()}
    assert [bool(files["kplan-validate"].search(name)) for name in ("a/s.kplan.yaml", "a/s.yaml")] == [
        True,
        False,
    ]
    assert all(
        files["kplan-check"].search(name) for name in ("s.kplan.yaml", "base.yml", "own.csv", "own.xlsx")
    )


@pytest.mark.parametrize("broken", [False, True])
def test_the_hooks_run_as_pre_commit_runs_them(checkout: Path, broken: bool) -> None:
    hooks = {hook["id"]: hook["entry"] for hook in yaml.safe_load(HOOKS)}
    if broken:
        rag = checkout / "scenarios" / "rag.kplan.yaml"
        rag.write_text(rag.read_text() + "budegt: 3\n")
    names = "scenarios/rag.kplan.yaml scenarios/support.kplan.yaml"
    validated, checked = sh(f"{hooks['kplan-validate']} {names}"), sh(f"{hooks['kplan-check']} scenarios")
    assert (validated.returncode, checked.returncode) == ((2, 2) if broken else (0, 1))
    assert ("unknown key `budegt`" in validated.stderr) is broken


def test_the_pytest_session_is_what_pytest_prints(checkout: Path) -> None:
    (session,) = re.findall(r"```console\n\$ pytest (\S+)\n(.*?)```", PAGE, re.DOTALL)
    plugins = "-p no:cacheprovider -p kplan.pytest_plugin"
    ran = sh(f"PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 '{sys.executable}' -m pytest {plugins} {session[0]}")
    assert ran.returncode == 1
    assert f"\n{session[1]}" in ran.stdout


def test_the_python_tests_pass(checkout: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (checkout / "test_shown.py").write_text(code)
    shutil.copy(ROOT / "scenarios" / "rag.kplan.yaml", checkout / "scenarios")
    plugins = "-p no:cacheprovider -p kplan.pytest_plugin"
    ran = sh(f"PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 '{sys.executable}' -m pytest -q {plugins} test_shown.py")
    assert (ran.returncode, "3 passed" in ran.stdout) == (0, True), ran.stdout
