"""Results of example scenarios, as they were simulated and as they were saved and read again."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kplan.engine.results import Results
from kplan.regress.run import run
from kplan.regress.saved import Saved, saved_result
from kplan.render import render
from kplan.render.tables import saved_of
from kplan.scenario.load import ALL, has_variants

SCENARIOS = Path(__file__).parents[3] / "scenarios"
NAMES = ("knowledge-base", "uncertain-rag", "support-checks", "ca-rag-bundles", "kairo-three-tiers")
HOSTILE = """
kplan: 1
volume: 1_000/month
stages: {"=1+1": {input: 1_000, output: 100}, "@SUM(A1)": {input: 10, output: 1}, "-2": {input: 5, output: 5}}
mix: {"+a": {share: 40%}, "|x": {share: 60%}}
designs: {"=cmd|' /C calc'!A0": claude-haiku-5-5, "\\u001b[31mred": claude-sonnet-5-5}
fixed: {"\\t=late": $5/month}
variants: {"@v": {volume: 2_000/month}}
"""


@cache
def simulated(name: str) -> Results:
    """An example, in all its variants where it has any."""
    path = SCENARIOS / f"{name}.kplan.yaml"
    return run(path, variants=ALL if has_variants(path) else ())


@cache
def written(name: str) -> bytes:
    return render("json", simulated(name))


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@cache
def read(name: str) -> Saved:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        path.write_bytes(written(name))
        return saved_result(path, name)


@pytest.fixture(scope="module")
def example(name: str) -> Saved:
    """One of the examples, saved and read."""
    return read(name)


@pytest.fixture
def made(name: str) -> Saved:
    """The same, as it was simulated."""
    return saved_of(simulated(name))


@pytest.fixture
def hostile(tmp_path: Path) -> Saved:
    """Names that spreadsheets and terminals would act upon."""
    path = tmp_path / "hostile.kplan.yaml"
    path.write_text(HOSTILE, encoding="utf-8")
    return saved_of(run(path, variants=ALL))
