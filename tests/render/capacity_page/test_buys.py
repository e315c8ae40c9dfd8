"""What is on offer and what is bought: the study's figures, and curves that cross where they should."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pytest

from kplan.capacity.offers import HOURS
from kplan.capacity.purchases import PAYG
from kplan.capacity.study import Study
from kplan.engine.montecarlo.numbers import decimal
from kplan.render import CAPACITY_WRITERS, render
from kplan.render.capacity_page import buys, unit_charts
from kplan.render.html import render as costs
from pages import Page

from .conftest import Studied

UNITS = """\
name: Units
volume: {queries_per_month: 3_000_000, growth_per_month: 2%}
months: 2027-01..2027-03
traffic: {week: azure-conversation-2024, peak_factor: 1.16}
limits: {accounts: {openai: Tier 5}}
stages: {answer: {input: 2_000, output: 250}}
designs:
  payg: openai/gpt-5.5
  base: {extends: payg, buys: {azure/gpt-5.5: {deployment: global, term: 1 year, units: best}}}
  few: {extends: payg, buys: {azure/gpt-5.5: {deployment: global, term: 1 month, units: 40}}}
singles: false
"""


@pytest.fixture
def study(studied: Studied) -> Study:
    return studied(UNITS)


def test_offers_are_those_of_the_study_the_cheapest_first(study: Study) -> None:
    found = buys.quoted(study)
    assert found is not None
    lines = buys.lines(found)
    terms = [term for quote in found.quotes for term in quote.quote.terms]
    assert len(lines) == len(terms) > 3
    months = [line.usd.value for line in lines]
    assert months == sorted(months, key=lambda usd: usd or 0)
    wanted = {decimal((term.base or term.peak).usd) * HOURS["month"] for term in terms}
    assert set(months) == wanted
    for line in lines:
        assert line.saves == (line.base.value != 0 and (line.saved.value or 0) < 0)
        assert (line.pays_from.text == "never") == ((line.pays_from.value or 0) > 1)


def test_the_answer_names_units_share_and_saving(study: Study) -> None:
    found = buys.quoted(study)
    assert found is not None
    best = buys.best(found)
    assert best is not None
    bought = best.quote.cheapest.base
    assert bought is not None
    said = buys.answer(best)
    assert f"Best are {bought.units:,} PTU for 1 year of azure gpt-5.5 global" in said
    assert "a month against $" in said


def test_crossings_lie_between_the_points_that_they_part() -> None:
    """Call by call 2 a query: 15 and 1 a query is dearer below 15 queries, a flat 30 as well."""
    volumes = np.array([0.0, 10.0, 20.0, 30.0, 40.0])
    curves = {
        PAYG: 2 * volumes,
        "a": np.minimum(2 * volumes, 15 + volumes),
        "never": 2 * volumes,
        "dear": 100 + volumes,
        "fixed": np.full(5, 30.0),
    }
    found = {name: (volume, usd) for name, volume, usd in unit_charts.crossings(volumes, curves)}
    assert found.keys() == {"a", "fixed"}
    assert found["a"] == (10.0, 20.0)  # never dearer: it departs after the last point that is the same
    assert found["fixed"] == (15.0, 30.0)


def test_the_load_duration_curve_falls_from_the_peak(study: Study) -> None:
    found = buys.quoted(study)
    assert found is not None
    best = buys.best(found)
    assert best is not None
    drawn = str(unit_charts.duration_chart(best))
    curves = re.findall(r'<polyline class="ln base" points="([^"]*)"><title>Load of each hour', drawn)
    heights = [[float(y) for y in re.findall(r",([\d.]+)", points)] for points in curves]
    assert [len(each) for each in heights] == [336, 336]
    assert all(each == sorted(each) for each in heights)
    base, peak = best.quote.cheapest.base, best.quote.cheapest.peak
    assert base is not None
    bands = re.findall(r'<polygon class="band main" points="([^"]*)"', drawn)
    served = [[float(y) for y in re.findall(r",([\d.]+)", points)] for points in bands]
    [top] = {float(y) for y in re.findall(r'class="main level" x1="[\d.]+" x2="[\d.]+" y1="([\d.]+)"', drawn)}
    assert [min(band) for band in served] == pytest.approx([top, top], abs=0.06)
    assert f">base {base.units:,}</text>" in drawn
    assert f">peak {peak.units:,}</text>" in drawn


def test_what_designs_buy_by_month(study: Study) -> None:
    found = {each.design: each for each in buys.purchased(study)}
    assert set(found) == {"base", "few"}
    for design in study.designs:
        for bought in design.bought:
            mine = found[design.design.id]
            assert mine.units.value == bought.units
            assert [usd.value for _, usd, _, _ in mine.months] == list(bought.usd_per_month)
            assert [spilled.value for _, _, _, spilled in mine.months] == list(bought.spilled_share)
            assert mine.total.value == sum(bought.usd_per_month, Decimal(0))


def test_the_page_has_the_section_where_something_is_on_offer(study: Study, studied: Studied) -> None:
    page = Page(render("html", study, CAPACITY_WRITERS).decode())
    text = " ".join(page.texts("section", id="buys"))
    assert "Does it pay to buy units?" in text
    assert "40 × azure/gpt-5.5 global PTU" in text
    assert page.all("a", href="#buys")
    plain = Page(render("html", studied(), CAPACITY_WRITERS).decode())
    assert plain.all("section", id="buys") == []
    assert "Will it fit?" in costs(study.results).decode()
