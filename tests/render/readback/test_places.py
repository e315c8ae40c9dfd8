"""Numbers that a scenario says in other forms: lists of seasons, shares of models, steps of contracts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from edited import Exported, edited, exported_results, written
from kplan.engine.uncertainty.found import Draws
from kplan.regress.run import run
from kplan.render.readback.imported import Imported, imported
from kplan.render.readback.prices import book_text
from workbooks import CONTRACTS, moving_book

STEP = "contracts.tokens.steps.output.20_000_000"
EDITS = {
    "volume.seasonality.3": "2",
    "volume.growth_per_month": "-0.01",
    "budget": "9999.5",
    "models.share of sonnet: 70%": "0.6",
    "models.share of opus: 30%": "0.4",
    f"{STEP} from": "25000000",
    "contracts.tokens.included.input": "11000000",
    "fixed.vector store": "60",
    "mix.lookup.params.chunks": "3",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contracts")
    rows = [
        row
        for layer in moving_book().layers
        for model in layer.models()
        for row in layer.rows("test", model.id)
    ]
    (folder / "book.yaml").write_text(book_text(rows, folder / "book.yaml"), encoding="utf-8")
    (folder / "test.kplan.yaml").write_text(CONTRACTS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def given(folder: Path) -> Exported:
    options = ("--book", "book.yaml")
    path, books = folder / "test.kplan.yaml", [folder / "book.yaml"]
    return exported_results(run(path, book_paths=books, draws=Draws(n=0), options=options), folder)


@pytest.fixture(scope="module")
def found(folder: Path, given: Exported) -> Imported:
    cells = {
        cell: Decimal(EDITS[mapped.name]) for cell, mapped in given.mapped.items() if mapped.name in EDITS
    }
    assert len(cells) == len(EDITS)
    path = written(given.content, cells, folder / "budget.xlsx")
    made = imported(path, None, [folder / "book.yaml"], folder / "whatif.yaml")
    for file, content in made.files.items():
        file.write_bytes(content)
    return made


def test_each_is_said_in_the_languages_own_form(folder: Path, found: Imported) -> None:
    text = (folder / "whatif.yaml").read_text(encoding="utf-8")
    assert "seasonality: [1, 0.97, 2, 1, 0.98, 0.95, 0.88, 0.84, 1.05, 1.12, 1.1, 0.92]  # 3 was 1.08" in text
    assert "20_000_000: null" in text
    assert "25000000: 0.9  # was 20000000" in text
    assert "sonnet: 0.6  # was 0.7" in text
    assert found.warnings == ()
    assert found.options == ("--book", str(folder / "book.yaml"))


def test_and_gives_what_the_graph_gives(folder: Path, given: Exported, found: Imported) -> None:
    (plan,) = given.results.plans
    under = edited(plan, [(m, Decimal(EDITS[m.name])) for m in given.mapped.values() if m.name in EDITS])
    results = run(folder / "whatif.yaml", book_paths=[folder / "book.yaml"], draws=Draws(n=0))
    assert results.budget_usd_per_month == Decimal("9999.5")
    for design in plan.designs:
        total = results.design(design.id).total_usd
        assert abs(total - under.values[design.total]) <= Decimal("1e-40") * total
        assert total != given.results.design(design.id).total_usd
