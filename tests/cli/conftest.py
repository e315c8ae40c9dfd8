"""Commands run in this process, in an empty folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kplan.cli.main import exit_code

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Kplan = Callable[..., Ran]


@pytest.fixture
def kplan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Kplan:
    """`kplan("simulate", "rag.kplan.yaml")` in a folder that holds rag.kplan.yaml and support.kplan.yaml."""
    for name in ("rag", "support"):
        shutil.copy(SCENARIOS / f"{name}.kplan.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "KPLAN_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run(*args: str) -> Ran:
        capfdbinary.readouterr()
        code = exit_code(args)
        found = capfdbinary.readouterr()
        return Ran(code, found.out.decode(errors="replace"), found.err.decode())

    return run
