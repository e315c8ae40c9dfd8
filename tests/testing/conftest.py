"""pytest run on scenarios, with the plugin installed as users install it."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from kplan.testing import Kplan

ROOT = Path(__file__).parents[2]
SUPPORT = (ROOT / "scenarios" / "support.kplan.yaml").read_text(encoding="utf-8")
N_LINES = len(SUPPORT.splitlines())
Run = Callable[..., pytest.RunResult]


@pytest.fixture(scope="session", autouse=True)
def _imported() -> None:
    """All that kplan imports on its way, first: what a test of pytester's imports is forgotten after it, and
    the parts of numpy and PyYAML that are in C cannot be imported twice."""
    Kplan(ROOT).simulate("scenarios/support.kplan.yaml")
    for name in ("kplan.testing.files", "kplan.regress.lock.scan", "numpy", "yaml"):
        import_module(name)


@pytest.fixture
def run(pytester: pytest.Pytester, site: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """pytest in a folder that is empty but for s.kplan.yaml with these checks, kplan installed beside it.

    In this process, and without pytester, which would forget what is imported, and import it again.
    """

    def start(*args: str) -> pytest.RunResult:
        capsys.readouterr()
        with warnings.catch_warnings():
            warnings.resetwarnings()  # our own suite makes errors of them
            code = pytest.main([*args])
        out, err = capsys.readouterr()
        return pytest.RunResult(code, out.splitlines(), err.splitlines(), 0)

    return _started(pytester, start)


@pytest.fixture
def run_apart(pytester: pytest.Pytester, site: Path) -> Run:
    """The same in a process of its own, which has imported nothing yet."""
    return _started(pytester, pytester.runpytest_subprocess)


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages with kplan's entry point, where this process and those it starts look."""
    site = tmp_path_factory.mktemp("site")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [f"{name} = {target}" for name, target in declared["entry-points"]["pytest11"].items()]
    (site / "kplan-0.dist-info").mkdir(parents=True)
    (site / "kplan-0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: kplan\nVersion: 0\n")
    (site / "kplan-0.dist-info" / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines, ""]))
    monkeypatch.setenv("PYTHONPATH", f"{site}:{ROOT / 'simulator'}")
    monkeypatch.syspath_prepend(site)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return site


def _started(pytester: pytest.Pytester, start: Run) -> Run:
    def started(checks: str = "", *args: str) -> pytest.RunResult:
        if checks:
            (pytester.path / "s.kplan.yaml").write_text(SUPPORT + checks, encoding="utf-8")
        return start("-p", "no:cacheprovider", *args)

    return started
