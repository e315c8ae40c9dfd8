"""`kplan import`: what was edited, the scenario that says so, and what is said where there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from edited import written
from kplan.render.readback.opened import opened
from kplan.render.workbook.mapped import SHEET
from workbooks import opened as opened_bytes

from .conftest import Kplan

SMALL = """
name: Small
volume: {queries_per_month: 10_000, start: 2026-12, months: 2}
params: {chunks: 8, redo: 8%}
stages: {answer: {input: chunks * 100, output: 300}, again: {input: 900, output: 100, chance: redo}}
designs: {sonnet: claude-sonnet-5-5, haiku: claude-haiku-5-5}
budget: $40/month
singles: false
variants: {many: {params: {chunks: 16}}, few: {}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.kplan.yaml").write_text(SMALL, encoding="utf-8")
    return tmp_path


def edit(path: Path, numbers: Mapping[str, Any], variant: str = "") -> None:
    """Other values in the cells of these names."""
    cells = {
        (sheet, cell): numbers[mapped.name]
        for sheet, cell, mapped in opened(path).cells
        if mapped.name in numbers and variant in ("", *mapped.variants)
    }
    assert cells
    written(path.read_bytes(), cells, path)


def without_mark(text: str) -> str:
    return text[: text.index("# kplan sha256:")]


PRICE = "anthropic/claude-haiku-5-5 output"


def test_edits_become_a_scenario_and_a_book(kplan: Kplan, folder: Path) -> None:
    kplan("simulate", "small.kplan.yaml")
    book = folder / "reports" / "small.xlsx"
    edit(book, {"params.chunks": 12, "budget": 55.5, "baseline": "haiku", PRICE: 6})
    ran = kplan("import", "reports/small.xlsx", "-o", "whatif.yaml")
    assert ran.code == 0
    table = [line.split() for line in ran.out.splitlines()]
    assert table[0] == ["edited", "cell", "from", "to"]
    assert [(line[0], *line[-2:]) for line in table[1:5]] == [
        ("baseline", "sonnet", "haiku"),
        ("budget", "40", "55.5"),
        ("params.chunks", "8", "12"),
        ("anthropic/claude-haiku-5-5", "0.5", "6"),
    ]
    assert table[6] == ["total", "exported", "now", "change"]
    assert "Wrote whatif.yaml whatif.prices.yaml     see it: kplan simulate whatif.yaml" in ran.err
    text = without_mark((folder / "whatif.yaml").read_text())
    assert re.sub("![A-Z]+[0-9]+", "!…", text) == (
        "# edited in small.xlsx, over small.kplan.yaml; written by kplan import\n"
        "include: small.kplan.yaml\n"
        "baseline: haiku  # was sonnet, Summary!…\n"
        "budget: 55.5  # was 40, Inputs!…\n"
        "params:\n"
        "  chunks: 12  # was 8, Inputs!…\n"
        "prices:\n"
        "  book: [whatif.prices.yaml]\n"
    )
    again = kplan("simulate", "whatif.yaml", "--format", "table").out
    by_hand = kplan(
        *("simulate", "small.kplan.yaml", "--set", "params.chunks=12", "--set", "baseline=haiku"),
        *("--set", "budget=$55.5/month", "--book", "whatif.prices.yaml", "--format", "table"),
    ).out
    assert again == by_hand
    assert 'usd: "6"' in (folder / "whatif.prices.yaml").read_text()


def test_to_stdout_the_talk_goes_to_stderr(kplan: Kplan, folder: Path) -> None:
    kplan("simulate", "small.kplan.yaml", "-o", "budget.xlsx")
    edit(folder / "budget.xlsx", {"params.redo": 0.1})
    ran = kplan("import", "budget.xlsx")
    assert ran.out.startswith("# edited in budget.xlsx")
    assert "  redo: 0.1  # was 0.08" in ran.out
    assert ran.err.startswith("edited")
    edit(folder / "budget.xlsx", {PRICE: 6})
    refused = kplan("import", "budget.xlsx")
    assert (refused.code, refused.out) == (2, "")
    assert "name the scenario, -o whatif.yaml" in refused.err


def test_variants_become_changes_to_these_variants(kplan: Kplan, folder: Path) -> None:
    """The second variant's other inputs follow the first one's cells."""
    kplan("simulate", "small.kplan.yaml", "--variant", "all", "-o", "budget.xlsx")
    edit(folder / "budget.xlsx", {"params.chunks": 20}, "many")
    edit(folder / "budget.xlsx", {"params.redo": 0.2}, "many")
    ran = kplan("import", "budget.xlsx", "-o", "whatif.yaml")
    text = (folder / "whatif.yaml").read_text()
    assert "chunks: 20" in text
    assert text.count("redo: 0.2") == 2
    assert text.index("many:") < text.index("chunks: 20") < text.index("few:")
    assert "see it: kplan simulate whatif.yaml --variant all" in ran.err
    assert kplan("simulate", "whatif.yaml", "--variant", "all", "--format", "json").code == 0


def test_what_was_set_on_the_command_line_is_kept(kplan: Kplan, folder: Path) -> None:
    kplan("simulate", "small.kplan.yaml", "--set", "params.redo=50%", "--no-singles", "-o", "budget.xlsx")
    edit(folder / "budget.xlsx", {"params.chunks": 9})
    assert "warning" not in kplan("import", "budget.xlsx", "-o", "whatif.yaml").err
    text = (folder / "whatif.yaml").read_text()
    assert "redo: 50%" in text
    assert "singles: false" in text


def test_nothing_edited(kplan: Kplan, folder: Path) -> None:
    kplan("simulate", "small.kplan.yaml", "-o", "budget.xlsx")
    ran = kplan("import", "budget.xlsx")
    assert (ran.code, ran.err) == (0, "nothing was edited\n")
    assert "include: small.kplan.yaml" in ran.out


def test_a_scenario_that_changed_since_is_told(kplan: Kplan, folder: Path) -> None:
    kplan("simulate", "small.kplan.yaml", "-o", "budget.xlsx")
    (folder / "small.kplan.yaml").write_text(SMALL.replace("300", "301"), encoding="utf-8")
    assert "warning: small.kplan.yaml was changed since" in kplan("import", "budget.xlsx").err


def test_a_scenario_elsewhere_is_named(kplan: Kplan, folder: Path) -> None:
    kplan("simulate", "small.kplan.yaml", "-o", "budget.xlsx")
    (folder / "scenarios").mkdir()
    (folder / "small.kplan.yaml").rename(folder / "scenarios" / "small.kplan.yaml")
    refused = kplan("import", "budget.xlsx")
    assert refused.code == 2
    assert "made from small.kplan.yaml, which is neither beside it" in refused.err
    ran = kplan("import", "budget.xlsx", "--scenario", "scenarios/small.kplan.yaml")
    assert "include: scenarios/small.kplan.yaml" in ran.out


def test_what_the_engine_refuses_is_told_and_nothing_is_written(kplan: Kplan, folder: Path) -> None:
    kplan("simulate", "small.kplan.yaml", "-o", "budget.xlsx")
    edit(folder / "budget.xlsx", {"params.chunks": -1})
    refused = kplan("import", "budget.xlsx", "-o", "whatif.yaml")
    assert refused.code == 2
    assert "stages.answer.input" in refused.err
    assert not (folder / "whatif.yaml").exists()


@pytest.mark.parametrize(("value", "is_outside"), [(2, False), (1.99, True), (20, False), (20.01, True)])
def test_a_value_outside_of_its_range_is_told(
    kplan: Kplan, folder: Path, value: float, is_outside: bool
) -> None:
    ranged = SMALL.replace("chunks: 8,", "chunks: {value: 8, range: [2, 20]},")
    (folder / "small.kplan.yaml").write_text(ranged, encoding="utf-8")
    kplan("simulate", "small.kplan.yaml", "-o", "small.xlsx")
    edit(folder / "small.xlsx", {"params.chunks": value})
    said = kplan("import", "small.xlsx").err
    assert (f"params.chunks: {value} is outside of its range, 2 to 20" in said) == is_outside


def test_a_file_of_others_is_not_overwritten(kplan: Kplan, folder: Path) -> None:
    kplan("simulate", "small.kplan.yaml", "-o", "budget.xlsx")
    (folder / "mine.yaml").write_text("mine: 1\n", encoding="utf-8")
    assert kplan("import", "budget.xlsx", "-o", "mine.yaml").code == 2
    assert kplan("import", "budget.xlsx", "-o", "mine.yaml", "--force").code == 0
    assert kplan("import", "budget.xlsx", "-o", "mine.yaml").code == 0


def test_totals_that_the_engine_does_not_come_to_are_told(kplan: Kplan, folder: Path) -> None:
    """A workbook that was worked out with a formula changed, which no count of formulas shows."""
    kplan("simulate", "small.kplan.yaml", "-o", "budget.xlsx")
    book, saved = opened_bytes((folder / "budget.xlsx").read_bytes()), BytesIO()
    sheet, cell = next(
        (s, c) for s, c, mapped in opened(folder / "budget.xlsx").cells if mapped.kind == "total"
    )
    book[sheet][cell].value = "=1000000*1"
    book.save(saved)
    (folder / "budget.xlsx").write_bytes(saved.getvalue())
    formualizer = pytest.importorskip("formualizer", reason="pip install formualizer (Linux only)")
    again = formualizer.recalculate_xlsx_bytes((folder / "budget.xlsx").read_bytes())
    (folder / "budget.xlsx").write_bytes(again["bytes"])
    ran = kplan("import", "budget.xlsx")
    assert SHEET not in ran.err
    assert "warning: sonnet: the workbook shows $1,000,000, the scenario comes to" in ran.err
