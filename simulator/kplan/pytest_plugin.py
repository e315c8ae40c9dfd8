"""What pytest loads where kplan is installed: it collects `*.kplan.yaml`, their lock, and no other YAML.

Nothing but this module is imported until there is such a file, or a test that asks for the fixture.
`-p no:kplan` switches it off.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ENDING, LOCK = ".kplan.yaml", "kplan.lock.yaml"


def pytest_configure(config: pytest.Config) -> None:
    """Make `-m kplan` and `-m "not kplan"` known."""
    config.addinivalue_line("markers", "kplan: a check of a *.kplan.yaml, or a design that is locked")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """What a scenario promises and what is locked of it, an item each; nothing of any other file."""
    if file_path.name != LOCK and not file_path.name.endswith(ENDING):
        return None
    from kplan.testing.files import LockedFile, ScenarioFile

    kind = LockedFile if file_path.name == LOCK else ScenarioFile
    return kind.from_parent(parent, path=file_path)


@pytest.fixture(scope="session", name="kplan")
def _kplan(pytestconfig: pytest.Config) -> Any:
    """Simulate, check and compare scenarios in Python tests (`kplan.testing.Kplan`).

    Paths count from pytest's rootdir:

        def test_budget(kplan):
            assert kplan.simulate("scenarios/rag.kplan.yaml")["stratified"].per_month < 9000
    """
    from kplan.testing import Kplan

    return Kplan(pytestconfig.rootpath)
