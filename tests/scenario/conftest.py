"""Scenarios written as text in a test, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.scenario.load import load_scenario
from kplan.scenario.model import Scenario

SMALL = """\
volume: 1_000/month
stages:
  draft:  {input: 1_000, output: 100}
  review: {input: 2_000, output: 50}
designs:
  plain: sonnet
"""


class Written:
    """Writes `s.yaml` and others into a folder of the test, and loads it from there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def load(self, text: str | bytes, *sets: str, variant: str | None = None) -> Scenario:
        return load_scenario(self.file("s.yaml", text), sets=sets, variant=variant)

    def problems(self, text: str | bytes, *sets: str, variant: str | None = None) -> list[str]:
        """What is wrong, one line each, without the folder's name."""
        with pytest.raises(KplanError) as error:
            self.load(text, *sets, variant=variant)
        return [str(problem).replace(f"{self.folder}/", "") for problem in error.value.problems]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


@pytest.fixture
def load(written: Written) -> Callable[..., Scenario]:
    return written.load


@pytest.fixture
def problems(written: Written) -> Callable[..., list[str]]:
    return written.problems
