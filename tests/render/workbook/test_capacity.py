"""Sheet Capacity: the study's own figures as numbers, in the budget workbook and alone; nothing runs."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from kplan.capacity.purchases import break_even_curve
from kplan.capacity.study import Study
from kplan.engine.results import Results
from kplan.regress.run import run
from kplan.render import CAPACITY_WRITERS, WRITERS, render
from kplan.render.marks import is_ours
from workbooks import cells, formulas, found, opened

SCENARIOS = Path(__file__).parents[3] / "scenarios"
OWN = """\
provider: anthropic
checked_on: 2026-10-01
limits:
  - {models: [claude-haiku-4-5], tier: Small, input: 500_000, requests: 4_000}
"""
SCENARIO = """\
name: Small
volume: {queries_per_day: 144_000}
months: 2027-01..2027-02
traffic: {week: office-hours, peak_factor: 2}
limits: {accounts: {anthropic: Small}, book: own.yaml}
stages:
  draft: {input: 1_000, output: 200}
designs: {plain: claude-haiku-4-5}
singles: false
"""


def study_of(folder: Path, text: str = SCENARIO, sets: tuple[str, ...] = ()) -> Study:
    (folder / "own.yaml").write_text(OWN)
    (folder / "s.kplan.yaml").write_text(text)
    found = run(folder / "s.kplan.yaml", sets=sets).study
    assert isinstance(found, Study)
    return found


def sheet_of(study: Study) -> Worksheet:
    return opened(render("xlsx", study, CAPACITY_WRITERS))["Capacity"]


@pytest.fixture(scope="module")
def example() -> Study:
    found = run(SCENARIOS / "agent-limits.kplan.yaml").study
    assert isinstance(found, Study)
    return found


@pytest.fixture(scope="module")
def content(example: Study) -> bytes:
    return render("xlsx", example, CAPACITY_WRITERS)


@pytest.fixture(scope="module")
def book(content: bytes) -> Workbook:
    return opened(content)


@pytest.fixture(scope="module")
def sheet(book: Workbook) -> Worksheet:
    return book["Capacity"]


def same(value: Any) -> Any:
    """As a workbook holds it: to 16 digits."""
    return pytest.approx(value, rel=1e-15)


class Picture(NamedTuple):
    """A chart: what it says to those who cannot see it, and where its values stand."""

    about: str
    values: list[str]


def pictures(content: bytes) -> list[Picture]:
    """The charts of a workbook's one sheet, in order."""
    with zipfile.ZipFile(BytesIO(content)) as parts:
        names = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
        drawing = parts.read("xl/drawings/drawing1.xml").decode() if names else ""
        about = [html.unescape(text) for text in re.findall(r'descr="([^"]*)"', drawing)]
        drawn = [parts.read(f"xl/charts/chart{n}.xml").decode() for n in range(1, len(names) + 1)]
    values = [re.findall(r"<c:yVal><c:numRef><c:f>([^<]*)</c:f>", chart) for chart in drawn]
    return [Picture(*each) for each in zip(about, values, strict=True)]


def told_of(study: Study, design: str) -> Results:
    """The results with a verdict on another design."""
    verdict = replace(study.results.verdict, design=design)
    return replace(study.results, verdict=verdict)


def day(year: int, month: int, number: int) -> datetime:
    """As a workbook holds it: without a zone."""
    return datetime(year, month, number)  # noqa: DTZ001 - a spreadsheet's dates have none


def column(sheet: Worksheet, band: str, head: str) -> tuple[int, int]:
    """The row of a table's head, and the column of this title in it."""
    row = found(sheet, 1, band) + 1
    titles = [cell.value for cell in sheet[row]]
    return row, titles.index(head) + 1


def test_it_says_that_kplan_worked_it_out(book: Workbook, sheet: Worksheet, example: Study) -> None:
    assert book.sheetnames == ["Capacity"]
    assert sheet["A1"].value == "Capacity"
    assert str(sheet["A2"].value).startswith("Worked out by kplan when it exported")
    assert sheet["A4"].value == example.headline[0]
    assert formulas(book) == {}


@pytest.mark.parametrize(
    ("head", "figure"),
    [
        ("Allows", lambda use: float(use.limit.amount)),
        ("A query", lambda use: float(use.demand.per_query)),
        ("Mean", lambda use: use.mean[0]),
        ("Peak", lambda use: use.peak[0]),
        ("At most", lambda use: use.peak[11]),
        ("Headroom", lambda use: use.headroom[11]),
        ("Months left", lambda use: use.months_left),
        ("Busiest", lambda use: use.binding_hour),
        ("Full", lambda use: datetime.fromisoformat(f"{use.full_month}-01")),
    ],
)
def test_headroom_is_the_studys(sheet: Worksheet, example: Study, head: str, figure: Any) -> None:
    row, at = column(sheet, "Headroom", head)
    uses = [(each, use) for each in example.designs for use in each.headroom.uses]
    assert len(uses) == 18
    for n, (each, use) in enumerate(uses, row + 1):
        assert sheet.cell(n, 1).value == each.design.id
        assert sheet.cell(n, 2).value == use.limit.title
        value = figure(use)
        assert sheet.cell(n, at).value == (same(value) if isinstance(value, float) else value)


def test_months_by_limits(sheet: Worksheet, example: Study) -> None:
    row = found(sheet, 1, "Use in the busiest minute (of what is counted by the day: on the busiest day)")
    assert sheet.cell(row + 1, 3).value == day(2027, 1, 1)
    assert sheet.cell(row + 1, 14).value == day(2027, 12, 1)
    for n, use in enumerate([use for each in example.designs for use in each.headroom.uses], row + 2):
        assert [sheet.cell(n, at).value for at in range(3, 15)] == same(use.peak.tolist())
    row = found(sheet, 1, "Calls in flight")
    mean, peak = ([sheet.cell(row + n, at).value for at in range(3, 15)] for n in (2, 3))
    flights = [example.designs[0].in_flight(n) for n in range(12)]
    assert [mean, peak] == [same(list(figures)) for figures in zip(*filter(None, flights), strict=True)]


def test_the_week_is_seven_by_twenty_four_in_the_fullest_month(sheet: Worksheet, example: Study) -> None:
    for each in example.designs:
        use = each.binding
        assert use is not None
        [row] = [c.row for c in cells(sheet) if str(c.value).startswith(f"{each.design.id} in 2027-12: ")]
        assert [sheet.cell(row + 1, at).value for at in (1, 2, 3, 26)] == ["Design", "Day", "00:00", "23:00"]
        week = [[sheet.cell(row + 2 + day, 3 + hour).value for hour in range(24)] for day in range(7)]
        assert np.array(week).ravel() == same(use.hours[11] * 1.5)
        assert sheet.cell(row + 7, 2).value == "Sat"
        assert np.array(week).max() == week[5][19] == same(use.peak[11])


def test_designs_that_use_their_limit_alike_share_a_map(buying: Study) -> None:
    """What is bought changes no call; the design whose units take all calls meets no limit, and has none."""
    titles = [str(c.value) for c in cells(sheet_of(buying)) if "of each hour" in str(c.value)]
    [title] = titles
    assert title.startswith("payg, base, base-by-month in 2027-11: openai gpt-5.5 requests (Tier 5), use in")


def test_uses_are_coloured_from_70_85_and_100_percent_on(sheet: Worksheet) -> None:
    [row] = [c.row for c in cells(sheet) if str(c.value).startswith("sonnet in 2027-12: ")]
    rules = {str(found.sqref): found.rules for found in sheet.conditional_formatting}
    steps = rules[f"C{row + 2}:Z{row + 8}"]
    assert [(rule.operator, float(rule.formula[0])) for rule in steps[:3]] == [
        ("greaterThanOrEqual", 1),
        ("greaterThanOrEqual", 0.85),
        ("greaterThanOrEqual", 0.7),
    ]
    assert [rule.priority for rule in steps] == sorted(rule.priority for rule in steps)
    assert all(rule.stopIfTrue for rule in steps)
    assert len({rule.dxf.fill.bgColor.rgb for rule in steps}) == len(steps)
    headroom, at = column(sheet, "Headroom", "At most")
    letter = sheet.cell(headroom, at).column_letter
    assert f"{letter}{headroom + 1}:{letter}{headroom + 18}" in rules


def test_sources_say_who_and_when(sheet: Worksheet) -> None:
    row, at = column(sheet, "Limits and who says so", "Checked on")
    assert sheet.cell(row + 1, at).value == day(2026, 10, 17)
    assert sheet.cell(row + 1, at).number_format == "yyyy-mm-dd"
    assert sheet.cell(row + 1, at - 1).value == "estimated"


def test_pandas_sees_numbers(content: bytes, sheet: Worksheet, example: Study) -> None:
    row = found(sheet, 1, "Headroom")
    frame = pd.read_excel(BytesIO(content), sheet_name="Capacity", header=row, nrows=18)
    assert frame["At most"].dtype == float
    assert frame["At most"].iloc[0] == same(example.designs[0].headroom.uses[0].peak[11])


def test_it_prints_on_pages_that_say_where_it_is_from(sheet: Worksheet, example: Study) -> None:
    assert sheet.freeze_panes == "C2"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert example.results.provenance.scenario_sha256[:12] in str(sheet.oddFooter.left.text)
    assert not sheet.merged_cells.ranges


def test_the_budget_workbook_has_the_same_sheet_and_without_limits_none(sheet: Worksheet) -> None:
    results = run(SCENARIOS / "agent-limits.kplan.yaml")
    found = opened(render("xlsx", results, WRITERS))
    assert found.sheetnames[found.sheetnames.index("Latency") :][1:3] == ["Capacity", "Checks"]
    own, other = ({c.coordinate: c.value for c in cells(each)} for each in (found["Capacity"], sheet))
    assert own == other
    without = opened(render("xlsx", run(SCENARIOS / "rag.kplan.yaml"), WRITERS))
    assert "Capacity" not in without.sheetnames


def test_same_study_same_bytes(content: bytes) -> None:
    """In this process and in another one with other hashes; kplan knows it for its own."""
    assert is_ours(content, ".xlsx")
    script = (
        "import sys, pathlib; from kplan.regress.run import run; from kplan.render import *;"
        "found = run(pathlib.Path(sys.argv[1])).study;"
        "sys.stdout.buffer.write(render('xlsx', found, CAPACITY_WRITERS))"
    )
    again = subprocess.run(
        [sys.executable, "-c", script, str(SCENARIOS / "agent-limits.kplan.yaml")],
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(filter(None, sys.path)), "TZ": "Asia/Tokyo"},
        capture_output=True,
        check=True,
    )
    assert again.stdout == content


def test_what_never_fills_up_is_said(tmp_path: Path) -> None:
    """1,000 queries a day, month after month."""
    sheet = sheet_of(study_of(tmp_path, SCENARIO.replace("144_000", "1_000")))
    row, at = column(sheet, "Headroom", "Full")
    assert [sheet.cell(row + n, at).value for n in (0, 1, 2)] == ["Full", "> 20 years", "> 20 years"]
    assert not any(str(cell.value) in ("inf", "nan", "None") for cell in cells(sheet))
    assert not any(cell.value == "What helps, the cheapest first" for cell in cells(sheet))


def test_without_a_known_limit_it_says_why(tmp_path: Path) -> None:
    text = SCENARIO.replace("{anthropic: Small}", "{google: {service: vertex}}")
    sheet = sheet_of(study_of(tmp_path, text.replace("claude-haiku-4-5", "gemini-3.8-flash")))
    texts = [str(cell.value) for cell in cells(sheet)]
    assert any(text.startswith("no limit is known for plain: pay as you go draws on") for text in texts)
    assert "Headroom" not in texts
    row, at = column(sheet, "Held to no limit that is known", "Why")
    assert str(sheet.cell(row + 1, at).value).startswith("pay as you go draws on a pool")
    row, at = column(sheet, "Designs", "Fits")
    assert sheet.cell(row + 1, at).value == "unknown"


def test_months_of_variants_stand_in_their_own_columns(tmp_path: Path) -> None:
    more = "variants: {early: {}, later: {volume: {queries_per_day: 288_000}, months: 2027-02..2027-03}}\n"
    (tmp_path / "own.yaml").write_text(OWN)
    (tmp_path / "s.kplan.yaml").write_text(SCENARIO + more)
    study = run(tmp_path / "s.kplan.yaml", variants="all").study
    sheet = sheet_of(study)
    row = found(sheet, 1, "Queries a second, on average")
    assert [cell.value for cell in sheet[row + 1]][2:5] == [day(2027, n, 1) for n in (1, 2, 3)]
    lines = [[cell.value for cell in sheet[row + n]][:5] for n in (2, 3)]
    rate = 144_000 / 86_400
    assert lines[0] == ["early", "queries a second", pytest.approx(rate), pytest.approx(rate), None]
    twice = pytest.approx(2 * rate)
    assert lines[1] == ["later", "queries a second", None, twice, twice]


HOSTILE: Mapping[str, str] = {
    "=1+1": "formula",
    "@SUM(A1)": "at",
    "+cmd|' /C calc'!A0": "plus",
    "http://x.example": "link",
}


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    """Names of designs, of a limit's pool and of its source."""
    own = OWN.replace("requests: 4_000}", "requests: 4_000, pool: '=HYPERLINK(1)', source: '=2+2'}")
    designs = ", ".join(f'"{name}": claude-haiku-4-5' for name in HOSTILE)
    (tmp_path / "own.yaml").write_text(own)
    (tmp_path / "s.kplan.yaml").write_text(SCENARIO.replace("plain: claude-haiku-4-5", designs))
    study = run(tmp_path / "s.kplan.yaml").study
    book = opened(render("xlsx", study, CAPACITY_WRITERS))
    assert formulas(book) == {}
    kinds = {str(cell.value): cell.data_type for cell in cells(book["Capacity"])}
    assert {kinds[name] for name in HOSTILE} == {"s"}
    assert kinds["=2+2"] == "s"
    assert not any(cell.hyperlink for cell in cells(book["Capacity"]))
    marked = [cell for cell in cells(book["Capacity"]) if str(cell.value).startswith(("=", "+", "@"))]
    assert marked
    assert all(cell.quotePrefix for cell in marked)


@pytest.fixture(scope="module")
def buying() -> Study:
    found = run(SCENARIOS / "base-load.kplan.yaml").study
    assert isinstance(found, Study)
    return found


def test_latency_against_load_as_values_with_a_chart(
    sheet: Worksheet, content: bytes, example: Study
) -> None:
    loaded = example.shown.loaded
    assert loaded is not None
    title = "cached: latency against load [s], discrete events"
    row = found(sheet, 1, title) + 2
    for n, point in enumerate(loaded.points, row):
        values = [sheet.cell(n, at).value for at in range(1, 7)]
        times = [point.p50_s.value, point.p95_s.value, point.p99_s.value, point.p99_s.low, point.p99_s.high]
        assert values == same([point.queries_per_s, *times])
    [chart] = pictures(content)
    assert "95 % interval" in chart.about
    assert chart.values[0] == f"Capacity!$B${row}:$B${row + len(loaded.points) - 1}"
    assert sheet.print_area is not None
    assert f"${row - 2}" not in str(sheet.print_area)  # its figures stand below what is printed
    assert int(str(sheet.print_area).rpartition("$")[2]) < row


def test_load_duration_and_cost_by_volume_as_values_with_charts(buying: Study) -> None:
    content = render("xlsx", replace(buying, results=told_of(buying, "payg")), CAPACITY_WRITERS)
    sheet = opened(content)["Capacity"]
    quote = buying.designs[0].quotes[0]
    row = found(sheet, 1, "azure/gpt-5.5 global: load in 2027-01, from the fullest hour on") + 2
    loads = [sheet.cell(n, 2).value for n in range(row, row + 168)]
    assert loads == same(sorted(quote.loads.tolist(), reverse=True))
    assert {sheet.cell(n, 3).value for n in range(row, row + 168)} == {280}
    assert {sheet.cell(n, 4).value for n in range(row, row + 168)} == {110}
    row = found(sheet, 1, "azure/gpt-5.5 global: US$ a month by its queries") + 2
    volumes, costs = break_even_curve(quote)
    assert [sheet.cell(n, 1).value for n in range(row, row + 41)] == same(volumes.tolist())
    assert [sheet.cell(n, 2).value for n in range(row, row + 41)] == same(costs["pay as you go"].tolist())
    assert [len(chart.values) for chart in pictures(content)[-2:]] == [3, len(costs)]
    assert all(chart.about for chart in pictures(content))


def test_what_is_bought_stands_under_its_months(buying: Study) -> None:
    sheet = sheet_of(buying)
    row = found(sheet, 1, "What units cost a month")
    names = [sheet.cell(row + n, 1).value for n in (2, 3, 4)]
    assert (
        names
        == [each.design.id for each in buying.designs if each.bought]
        == ["peak", "base", "base-by-month"]
    )
    assert sheet.cell(row + 3, 2).value == "125 x azure/gpt-5.5 global PTU, 1 year"
    assert [sheet.cell(row + 3, at).value for at in range(3, 15)] == [27_625] * 12
    row = found(sheet, 1, "Use of the units")
    [bought] = buying.designs[2].bought
    assert [sheet.cell(row + 3, at).value for at in range(3, 15)] == same(list(bought.utilisation))
    row = found(sheet, 1, "Part of their work that finds no room in the units")
    assert [sheet.cell(row + 3, at).value for at in range(3, 15)] == same(
        list(map(float, bought.spilled_share))
    )


def test_offers_stand_with_their_sources(buying: Study) -> None:
    sheet = sheet_of(buying)
    title = "On offer: units for the best base, what finds no room paid call by call (months of 730 hours)"
    row, at = column(sheet, title, "Best units")
    terms = [term for each in buying.designs for quote in each.quotes for term in quote.quote.terms]
    assert [sheet.cell(n, at).value for n in range(row + 1, row + 1 + len(terms))] == [
        term.base.units for term in terms if term.base is not None
    ]
    at = column(sheet, title, "Checked on")[1]
    assert {sheet.cell(row + n, at).value for n in range(1, 10)} == {day(2026, 11, 22)}
