"""Cost against quality and latency: dots where the figures are, and none where nothing is stated."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from kplan.engine.results import Results
from kplan.regress.run import run
from kplan.render.html import render
from kplan.render.page import full_name
from kplan.render.tradeoffs import is_shown, said, tradeoff_charts
from pages import TRADEOFFS, Page
from support import book_of, simulated


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return simulated(tmp_path, TRADEOFFS, book_of())


def dots(page: Page, chart: str) -> dict[str, dict[str, float | bool]]:
    """Name -> where its dot stands in a chart, and whether it is pale."""
    [svg] = re.findall(rf'<svg [^>]*aria-labelledby="{chart}-t [^>]*>.*?</svg>', page.html, re.DOTALL)
    return {
        name: {"x": float(x), "y": float(y), "pale": "pale" in style}
        for style, x, y, name in re.findall(
            r'<circle class="dot ([^"]*)" cx="([\d.]+)" cy="([\d.]+)"[^>]*><title>([^:]*):', svg
        )
    }


def test_dots_stand_where_the_figures_are(results: Results) -> None:
    """Costs 6, 18, 90 a thousand and 12 for the dull; right in 412, 465, 480 and 400 of 500."""
    found = dots(Page(render(results).decode()), "quality-wide")
    assert found.keys() == {"haiku", "sonnet", "opus", "dull"}
    x = {name: dot["x"] for name, dot in found.items()}
    assert (x["opus"] - x["sonnet"]) / (x["sonnet"] - x["haiku"]) == pytest.approx(72 / 12, rel=0.01)
    y = {name: dot["y"] for name, dot in found.items()}
    assert (y["haiku"] - y["opus"]) / (y["haiku"] - y["sonnet"]) == pytest.approx(68 / 53, rel=0.01)
    assert y["opus"] < y["sonnet"] < y["haiku"] < y["dull"]


def test_beaten_designs_are_paler(results: Results) -> None:
    page = Page(render(results).decode())
    assert [name for name, dot in dots(page, "quality-wide").items() if dot["pale"]] == ["dull"]
    assert {name for name, dot in dots(page, "latency-wide").items() if dot["pale"]} == {
        "dull",
        "opus",
        "sonnet",
    }


def test_intervals_are_bars_from_end_to_end(results: Results) -> None:
    chart = str(tradeoff_charts(results))
    [(top, bottom)] = set(
        re.findall(r'<path class="err e-other" d="M[\d.]+ ([\d.]+)V([\d.]+)[^>]*><title>opus', chart)
    )
    [middle] = set(re.findall(r'cy="([\d.]+)"[^>]*><title>opus[^<]*right', chart))
    assert float(bottom) < float(middle) < float(top)
    assert "A bar is the interval" in said(results)


def test_the_front_passes_through_its_designs(results: Results) -> None:
    page = Page(render(results).decode())
    [points] = set(re.findall(r'class="front" points="([^"]*)"', page.html)[0:1])
    corners = {tuple(map(float, point.split(","))) for point in points.split()}
    for name, dot in dots(page, "quality-wide").items():
        assert ((dot["x"], dot["y"]) in corners) == (name != "dull")


def test_without_quality_and_latency_there_is_no_scatter(tmp_path: Path) -> None:
    text = TRADEOFFS.partition("quality:")[0]
    results = simulated(tmp_path, text, book_of())
    assert not is_shown(results)
    assert not Page(render(results).decode()).all("section", id="tradeoffs")


def test_a_design_of_which_nothing_is_known_is_left_out(tmp_path: Path) -> None:
    text = TRADEOFFS.replace("opus: 480/500, ", "")
    chart = str(tradeoff_charts(simulated(tmp_path, text, book_of())))
    assert "right" not in "".join(re.findall(r"<title>opus:[^<]*</title>", chart))
    assert re.search(r"<title>opus:[^<]*p95", chart)


def test_designs_that_come_to_the_same_share_a_dot(tmp_path: Path) -> None:
    text = TRADEOFFS.replace("  opus: opus\n", "  opus: opus\n  twin: sonnet\n").replace(
        "dull: 400/500", "dull: 400/500, twin: 465/500"
    )
    page = Page(render(simulated(tmp_path, text, book_of())).decode())
    assert "sonnet, twin" in dots(page, "quality-wide")


FAR_APART = """\
volume: 100/month
singles: false
quality: {measured: {write: {haiku: 412/500, sonnet: 465/500}}}
stages: {write: {input: 0, output: 1_000}}
designs:
  tiny: {models: {default: haiku}, stages: {write: {output: %s}}}
  good: sonnet
"""


@pytest.mark.parametrize(("size", "is_log"), [("151", False), ("150", True)])
def test_costs_twenty_times_apart_are_on_a_logarithmic_scale(tmp_path: Path, size: str, is_log: bool) -> None:
    """Haiku writes for $5 a million, sonnet 1,000 tokens for $15: 150 for $0.00075 are a twentieth."""
    results = simulated(tmp_path, FAR_APART % size, book_of())
    assert ("logarithmic" in said(results)) == is_log
    assert (">$0.10<" in str(tradeoff_charts(results))) == is_log


def test_a_logarithmic_scale_is_as_wide_for_each_factor(tmp_path: Path) -> None:
    """Scales from $0.10 to $100 a thousand: $0.75 and $15 stand log(7.5) / 3 and log(150) / 3 along them."""
    page = Page(render(simulated(tmp_path, FAR_APART % 150, book_of())).decode())
    found = dots(page, "quality-wide")
    chart = page.html.partition('aria-labelledby="quality-wide')[2].partition("</svg>")[0]
    lines = [float(x) for x in re.findall(r'<line class="grid" x1="([\d.]+)" x2="\1"', chart)]
    assert len(lines) == 4
    left, right = min(lines), max(lines)
    for name, cost in (("tiny", 0.75), ("good", 15)):
        part = (float(found[name]["x"]) - left) / (right - left)
        assert part == pytest.approx(math.log10(cost / 0.1) / 3, abs=0.002)


def test_a_long_logarithmic_scale_has_few_ticks(tmp_path: Path) -> None:
    """From $0.005 to $15 a thousand: of $0.001 to $1,000 every second power of ten."""
    chart = str(tradeoff_charts(simulated(tmp_path, FAR_APART % 1, book_of())))
    assert re.findall(r">\$([\d.]+k?)<", chart)[:4] == ["0.001", "0.10", "10.00", "1k"]


def test_every_design_is_named_where_bars_crowd() -> None:
    """The bars of by-task, cascade and llama-3-70b leave their dots no room: names go past the ends."""
    results = run(Path(__file__).parents[2] / "scenarios" / "good-enough.kplan.yaml")
    chart = str(tradeoff_charts(results)).partition("</svg>")[0]
    named = re.findall(r'class="name [^>]*>([^<]*)', chart)
    assert sorted(named) == sorted(full_name(results, design.id) for design in results.designs)
