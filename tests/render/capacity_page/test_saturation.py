"""The curves of growth: they go through the study's figures, and mark the month in which a limit is full."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from kplan.render.capacity_page.fitting import fittings
from kplan.render.capacity_page.saturation import by_month, by_plan, chart, curves, n_months

from .conftest import SCENARIO, Studied

EVEN = SCENARIO.replace("office-hours", "even")
"""0.2 x 1.5 = 0.3 of the limit in the first month, 10% more each month; `short` 0.4 of that."""


def test_growth_goes_on_after_the_plan_until_the_limit_is_full(studied: Studied) -> None:
    """0.3 x 1.1^13 = 1.036: full in month 13, 2028-02, and 0.12 x 1.1^23 = 1.07 in month 23."""
    found = curves(fittings(studied(EVEN).results))
    assert [(each.fitting.name, each.full_at) for each in found] == [("short", 23), ("plain", 13)]
    plain = found[1]
    assert plain.use.full_month == "2028-02"
    assert plain.use.ahead[:24].tolist() == pytest.approx([0.3 * 1.1**n for n in range(24)])
    assert plain.use.ahead[:6].tolist() == plain.use.peak.tolist()
    assert n_months(found) == 25
    drawn = str(chart(found))
    assert drawn.count("plain: claude-haiku-4-5 input full in 2028-02</title>") == 4
    assert re.findall(r">(20\d\d-\d\d)<", drawn) == ["2028-02", "2028-12"] * 2


def test_a_limit_that_never_fills_is_drawn_over_the_plan_alone(studied: Studied) -> None:
    found = curves(fittings(studied(EVEN.replace(", growth_per_month: 10%", "")).results))
    assert {each.full_at for each in found} == {None}
    assert n_months(found) == 6
    assert "full in &gt; 20 years" in str(chart(found))
    assert 'class="event"' not in str(chart(found))


def test_far_dates_do_not_flatten_the_plan(studied: Studied) -> None:
    found = curves(fittings(studied(EVEN.replace("10%", "1%")).results))
    assert min(each.full_at or 0 for each in found) > 60
    assert n_months(found) == 6


def test_a_line_is_cut_where_it_leaves_the_chart(studied: Studied) -> None:
    drawn = str(chart(curves(fittings(studied(EVEN.replace("144_000", "2_880_000")).results))))
    heights = [
        float(y)
        for points in re.findall(r'<polyline class="ln [^>]*points="([^"]*)"', drawn)
        for y in re.findall(r",([\d.]+)", points)
    ]
    assert all(26 <= y <= 256 for y in heights)


def test_months_of_the_plan_as_numbers(studied: Studied) -> None:
    study = studied(EVEN.replace("144_000", "432_000"))
    [alike] = by_plan(fittings(study.results))
    months = by_month(alike)
    assert [row.month for row in months] == list(study.shown.months)
    at = [each.name for each in alike].index("plain")
    plain = [row.cells[at] for row in months]
    assert [is_full for _, is_full in plain] == [False, False, True, True, True, True]
    assert [cell.text for cell, _ in plain][:3] == ["90%", "99%", "✗ 109%"]
    use = next(each.binding for each in alike if each.name == "plain")
    assert use is not None
    assert [float(cell.value or 0) for cell, _ in plain] == use.peak.tolist()


def test_variants_with_months_of_their_own_stand_apart(studied: Studied) -> None:
    short, plain = fittings(studied(EVEN).results)
    other = replace(plain, months=plain.months[:3])
    assert by_plan([short, plain]) == [(short, plain)]
    assert by_plan([short, other]) == [(short,), (other,)]
    assert [row.month for row in by_month((other,))] == ["2027-01", "2027-02", "2027-03"]
    assert [each.fitting.name for each in curves([short, other])] == ["short"]


def test_a_month_is_drawn_in_its_middle(studied: Studied) -> None:
    found = curves(fittings(studied(EVEN.replace(", growth_per_month: 10%", "")).results))
    drawn = str(chart(found))
    left, right = map(float, re.findall(r'class="grid" x1="([\d.]+)" x2="([\d.]+)"', drawn)[0])
    [points, *_] = re.findall(r'<polyline class="ln main" points="([^"]*)"', drawn)
    places = [float(x) for x in re.findall(r"([\d.]+),", points)]
    assert places == pytest.approx([left + (right - left) * (n + 0.5) / 6 for n in range(6)], abs=0.06)
