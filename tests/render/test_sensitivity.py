"""Ranges and tornado in every format; and nothing of them where nothing is uncertain."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from kplan.engine.results import Results
from kplan.engine.uncertainty.found import Draws
from kplan.render import html, terminal, xlsx
from kplan.render import json as json_writer
from kplan.render import markdown as markdown_writer
from kplan.render.page import command
from kplan.render.tiles import tiles
from support import simulated

SCENARIO = """\
months: 2027-01..2027-01
volume: 1_000_000/month
baseline: rich
budget: $4_000/month
params:
  tokens: {value: 1_000, between: [700, 1_600], unit: tokens}
  rate: {value: 10%, between: [5%, 20%]}
stages:
  a: {input: tokens, output: 100}
  b: {after: a, chance: rate, like: a, kind: second_pass}
designs: {rich: sonnet, poor: haiku}
"""
CERTAIN = re.sub(r", between: \[.*?\]", "", SCENARIO)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return simulated(tmp_path_factory.mktemp("s"), SCENARIO, draws=Draws(4_000, 7))


@pytest.fixture(scope="module")
def certain(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return simulated(tmp_path_factory.mktemp("c"), CERTAIN)


def test_the_headline_has_the_digits_that_its_range_allows(results: Results, certain: Results) -> None:
    """$1 x 1 100 + $5 x 110 = $1 650 for a million queries; 70 to 160 percent of the input moves it."""
    (said, *_) = results.verdict.headline
    assert said == "poor costs $1.7k ($1.3k–$2.4k) a month, 67% less than rich ($5.0k)."
    assert certain.verdict.headline[0] == "poor costs $1,650 a month, 67% less than rich ($4,950)."


def test_tables_that_add_up_stay_exact(results: Results, certain: Results) -> None:
    """The designs' and the stages' lines of the screen are the same with and without ranges."""
    exact = [line for line in terminal.render(certain, 120, False).splitlines() if "$" in line][1:]
    shown = terminal.render(results, 120, False).splitlines()
    assert [line for line in exact if "costs" not in line and "would" not in line and line not in shown] == []


def test_the_screen_shows_ranges_and_what_moves_them(results: Results) -> None:
    text = terminal.render(results, 120, False)
    assert "P10–P90 of 4,000 draws, seed 7 of what is uncertain:" in text
    assert re.search(r"What moves poor +value +P10–P90 +total at both +rank corr\.", text)
    assert re.search(r"tokens +1,000 +700–1,600 +\$1\.3k–\$2\.3k +\+0\.9\d", text)
    assert re.search(r"rate +10% +5%–20% +\$1\.58k–\$1\.80k +\+0\.\d\d", text)
    assert all(len(line) <= 80 for line in terminal.render(results, 80, False).splitlines())


def test_markdown_shows_them(results: Results) -> None:
    text = markdown_writer.render(results).decode()
    assert "## Ranges" in text
    assert "## Sensitivity" in text
    assert "| `tokens` | 1,000 | 700–1,600 |" in text


def test_json_has_every_percentile(results: Results) -> None:
    document = json.loads(json_writer.render(results))
    assert document["draws"] == {"n": 4000, "seed": 7}
    rich, poor = document["designs"][:2]
    assert float(poor["ranges"]["total"]["p10"]) < 1650 < float(poor["ranges"]["total"]["p90"])
    assert poor["ranges"]["cheapest"] == "1"
    assert float(poor["ranges"]["over_budget"]) < 0.01 < 0.5 < float(rich["ranges"]["over_budget"]) < 1
    assert [driver["parameter"] for driver in poor["ranges"]["drivers"]] == ["tokens", "rate"]
    assert poor["ranges"]["drivers"][0]["total_at_p10"] == "1320"
    assert poor["ranges"]["drivers"][0]["total_at_p90"] == "2310"


def test_the_page_draws_a_tornado_whose_bars_are_in_proportion(results: Results) -> None:
    """tokens: 1 320 to 2 310, rate: 1 575 to 1 800: the bars are as 990 to 225."""
    text = html.render(results).decode()
    assert 'id="sensitivity"' in text
    drawing = re.search(r'<svg viewBox[^>]*aria-labelledby="tornado-wide-t.*?</svg>', text, re.DOTALL)
    assert drawing
    picture = ElementTree.fromstring(drawing[0])
    widths = [float(rect.attrib["width"]) for rect in picture.iter("rect")]
    assert len(widths) == 2
    assert widths[0] / widths[1] == pytest.approx(990 / 225, rel=0.01)
    described = picture.findtext("desc") or ""
    assert described == "tokens, 700–1,600: $1.3k to $2.3k; rate, 5%–20%: $1.58k to $1.80k"


def test_tiles_name_their_ranges(results: Results, certain: Results) -> None:
    first = tiles(results)[1]
    assert first.note.startswith("P10–P90 $1.")
    assert "(" not in first.figure
    assert "P10" not in "".join(tile.note for tile in tiles(certain))


def test_the_workbook_has_a_sheet_of_values(results: Results, certain: Results) -> None:
    book = load_workbook(BytesIO(xlsx.render(results)))
    sheet = book["Sensitivity"]
    cells = {(row[0].value, row[1].value): row for row in sheet.iter_rows()}
    tokens = cells["poor", "tokens"]
    assert [cell.value for cell in tokens[3:9]] == [1000, 700, 1600, 1320, 2310, 990]
    drawn = [row[0].row for row in sheet.iter_rows() if "Drawn by kplan" in str(row[0].value)]
    assert "do not recalculate" in str(sheet.cell(drawn[0], 1).value)
    assert not [cell for row in sheet.iter_rows(min_row=drawn[0]) for cell in row if cell.data_type == "f"]
    texts = {
        str(cell.value) for row in load_workbook(BytesIO(xlsx.render(certain)))["Sensitivity"] for cell in row
    }
    assert not any("P10" in text or "Drawn by kplan" in text for text in texts)


def test_nothing_of_it_where_nothing_is_uncertain(certain: Results) -> None:
    shown = [
        terminal.render(certain, 120, False),
        *(writer.render(certain).decode() for writer in (html, json_writer, markdown_writer)),
    ]
    for text in shown:
        assert not re.search("P10|ensitivity|draws|tornado", text)


def test_the_command_that_gives_the_figures_again(results: Results, certain: Results) -> None:
    assert command(results) == "kplan simulate --draws 4000 --seed 7 test.kplan.yaml"
    assert command(certain) == "kplan simulate test.kplan.yaml"


def test_a_scenario_without_uncertainty_imports_nothing_for_it(tmp_path: Path) -> None:
    (tmp_path / "s.kplan.yaml").write_text(
        CERTAIN.replace("sonnet", "claude-sonnet-5-5").replace("haiku", "claude-haiku-5-5")
    )
    code = (
        "import sys; from kplan.regress.run import run; run('s.kplan.yaml');"
        "print([name for name in ('numpy', 'scipy', 'kplan.form.arrays') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    assert run.stdout == "[]\n"
