"""Cost against quality and latency: dots where the figures are, and none where nothing is stated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kplan.engine.results import Results
from kplan.render.html import render
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
