"""The table of quality in every format, and that nothing changes where nothing is said."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from kplan.engine.results import Results
from kplan.render import html, markdown, terminal, xlsx
from kplan.render import json as json_writer
from kplan.render.quality import quality_columns
from kplan.render.tiles import tiles
from support import book_of, simulated

TEXT = """\
volume: 100/month
singles: false
quality:
  measured: {write: {haiku: 412/500, sonnet: 465/500}}
  floor: 90%
  wrong_answer: $0.25
stages: {write: {input: 1_000, output: 1_000}}
designs: {cheap: haiku, good: sonnet, other: opus}
"""


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return simulated(tmp_path, TEXT, book_of())


def test_the_columns(results: Results) -> None:
    """Haiku $.006, sonnet $.018 a query: / .824 and / .93; + .25 x .176 and .25 x .07."""
    found = {column.head: column.cells for column in quality_columns(results)}
    assert found == {
        "floors": ("fails", "clears", "unknown"),
        "right": ("82.4%", "93%", "–"),
        "between": ("78.7% to 85.7%", "90.3% to 95.1%", "0% to 100%"),
        "per 1,000 right": ("$7.28", "$19.35", "–"),
        "with wrong ones": ("$50.00", "$35.50", "–"),
        "rests on": ("write alone",) * 3,
    }


def test_every_format_shows_them(results: Results) -> None:
    table = [text for column in quality_columns(results) for text in (column.head, *column.cells)]
    sheet = openpyxl.load_workbook(BytesIO(xlsx.render(results)))["Summary"]
    cells = {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row}
    shown = markdown.render(results).decode().replace("\\", "")
    page = html.render(results).decode()
    screen = terminal.render(results, 200, color=False)
    for text in table:
        assert text in cells
        assert text in shown
        assert text in screen
        assert text.lower() in page.lower()


def test_json_has_exact_figures(results: Results) -> None:
    cheap, good, other = json.loads(json_writer.render(results))["designs"]
    assert cheap["quality"]["right"] == "0.824"
    assert cheap["quality"]["standing"] == "fails"
    assert cheap["quality"]["reasons"] == ["78.7% to 85.7% right as a whole"]
    assert cheap["quality"]["cost_with_errors"] == "0.05"
    assert good["quality"]["between"][0].startswith("0.90398")
    assert other["quality"]["right"] is None


def test_a_scenario_without_quality_shows_none_of_it(tmp_path: Path) -> None:
    start, end = TEXT.index("quality:"), TEXT.index("stages:")
    results = simulated(tmp_path, TEXT[:start] + TEXT[end:], book_of())
    assert quality_columns(results) == ()
    assert b"quality" not in json_writer.render(results).replace(b"No quality is stated", b"")
    assert "## Quality" not in markdown.render(results).decode()
    assert 'class="quality"' not in html.render(results).decode()


@pytest.mark.parametrize(("floor", "named"), [("floor: 90%", "good"), ("floor: 99%", "")])
def test_a_page_with_floors_says_that_the_single_model_clears_them(
    tmp_path: Path, floor: str, named: str
) -> None:
    """Haiku is cheaper and fails the floor; where no model clears it no column compares with one."""
    found = simulated(tmp_path, TEXT.replace("floor: 90%", floor), book_of())
    page = html.render(found).decode()
    assert found.verdict.cheapest_single == named
    assert ("Against cheapest single model that clears<" in page) == bool(named)
    assert ('<small class="tag">cheapest single model that clears</small>' in page) == bool(named)
    assert ("Cheapest single model that clears" in [tile.term for tile in tiles(found)]) == bool(named)


def test_a_page_without_floors_says_that_the_single_model_is_cheapest(tmp_path: Path) -> None:
    found = simulated(tmp_path, TEXT.replace("  floor: 90%\n", ""), book_of())
    page = html.render(found).decode()
    assert "single model that clears" not in page
    assert '<small class="tag">cheapest single model</small>' in page
