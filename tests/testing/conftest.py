"""pytest run on scenarios, with the plugin installed as users install it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUPPORT = (ROOT / "scenarios" / "support.kplan.yaml").read_text(encoding="utf-8")
N_LINES = len(SUPPORT.splitlines())
Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(
    pytester: pytest.Pytester, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """pytest in a folder that is empty but for s.kplan.yaml with these checks, kplan installed beside it."""
    site = tmp_path_factory.mktemp("site")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [f"{name} = {target}" for name, target in declared["entry-points"]["pytest11"].items()]
    (site / "kplan-0.dist-info").mkdir(parents=True)
    (site / "kplan-0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: kplan\nVersion: 0\n")
    (site / "kplan-0.dist-info" / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines, ""]))
    monkeypatch.setenv("PYTHONPATH", f"{site}:{ROOT / 'simulator'}")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def started(checks: str = "", *args: str) -> pytest.RunResult:
        if checks:
            (pytester.path / "s.kplan.yaml").write_text(SUPPORT + checks, encoding="utf-8")
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *args)

    return started
