"""Every example as a workbook, all variants: stored values are what another engine gives, and are seen."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path

import pandas
import pytest

from kplan.regress.run import run
from kplan.render.xlsx import render
from kplan.scenario.load import variants_of
from workbooks import cells, constants, formulas, opened, told_wrong, uneven_rows

formualizer = pytest.importorskip("formualizer", reason="pip install formualizer (Linux only)")

SCENARIOS = Path(__file__).parents[3] / "scenarios"
NAMES = sorted(path.name for path in SCENARIOS.glob("*.kplan.yaml"))
QUICK = {"rag.kplan.yaml", "support.kplan.yaml", "contextual-retrieval.kplan.yaml"}
CASES = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in NAMES]


def workbook(name: str) -> bytes:
    path = SCENARIOS / name
    return render(run(path, variants="all" if variants_of(path) else ()))


@pytest.mark.parametrize("name", CASES)
def test_stored_values_are_what_the_formulas_give(name: str) -> None:
    content = workbook(name)
    engine = formualizer.load_workbook_bytes(content)
    live, stored = opened(content), opened(content, values=True)
    assert told_wrong(stored, live, engine.evaluate_cells) == []
    assert uneven_rows(live) == []
    assert constants(live) == set()
    assert_seen(content, len(formulas(live)))


def assert_seen(content: bytes, n_formulas: int) -> None:
    """pandas finds every number that openpyxl does, and a value in every formula's cell."""
    stored, live = opened(content, values=True), opened(content)
    assert all(stored[sheet][cell].value is not None for sheet, cell in formulas(live))
    assert n_formulas > 50
    frames = pandas.read_excel(BytesIO(content), sheet_name=None, header=None)
    for sheet in stored:
        held = sum(isinstance(cell.value, int | float | datetime) for cell in cells(sheet))
        seen = frames[sheet.title].map(
            lambda value: isinstance(value, int | float | datetime) and value == value
        )
        assert int(seen.to_numpy().sum()) == held, sheet.title
