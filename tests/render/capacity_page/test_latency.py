"""Times under load: the study's figures with their intervals, the promise, and the load that is unstable."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from msgspec.structs import replace

from kplan.capacity.loaded.points import UNSTABLE, Estimate, Loaded, LoadPoint, Slo
from kplan.capacity.study import Study
from kplan.render import CAPACITY_WRITERS, render
from kplan.render.capacity_page import latency
from pages import Page

from .conftest import SCENARIO, Studied

TIMED = f"{SCENARIO}latency: {{claude-haiku-4-5: {{first_token: 1s, tokens_per_s: 100}}}}\n"
PROMISED = f"{TIMED}targets: {{all: {{p95: 5s}}}}\n"


def loaded(*points: LoadPoint, **others: object) -> Loaded:
    """Four times of a design that is unstable from 2 queries a second on."""
    said: dict[str, object] = {
        "month": "2027-12",
        "busiest": points[-1],
        "points": points,
        "unstable_per_s": 2.0,
        "slo": Slo(0.95, 5.0),
        "largest_per_s": 1.5,
        "in_flight": None,
        "method": "400 queries, Poisson arrivals, seed 1",
        "first_month": "2027-01",
        "first": points[0],
        "unstable_month": "",
        "binding": "a limit",
        "dispersion": None,
    }
    return Loaded(**(said | others))  # type: ignore[arg-type]


def point(load: float, seconds: float, off: float = 0.5, *, is_short: bool = False) -> LoadPoint:
    found = [
        Estimate(seconds * times, (seconds - off) * times, (seconds + off) * times) for times in (1, 2, 3)
    ]
    return LoadPoint(load, *found, "discrete events", is_short=is_short)


def heights(drawn: str, style: str) -> list[float]:
    curves = re.findall(rf'<polyline class="ln {style}" points="([^"]*)"', drawn)
    return [float(y) for y in re.findall(r",([\d.]+)", curves[0])]


def drawn(studied: Studied, found: Loaded) -> str:
    return str(latency.chart(replace(studied(TIMED).shown, loaded=found)))


def test_curves_go_through_the_points_with_a_band(studied: Studied) -> None:
    """The foot of the chart is 260 px below its top, which is at 26."""
    made = drawn(studied, loaded(point(0.5, 1.0), point(1.0, 1.0), point(1.5, 2.0)))
    p50, p99 = heights(made, "o0"), heights(made, "main")
    bottom = 26 + 260
    per_s = (bottom - p50[0]) / 1.0
    assert [(bottom - y) / per_s for y in p50] == pytest.approx([1, 1, 2], abs=0.01)
    assert [(bottom - y) / per_s for y in p99] == pytest.approx([3, 3, 6], abs=0.01)
    assert made.count('class="band') == 6


def test_lines_stop_before_what_is_unstable_or_hardly_known(studied: Studied) -> None:
    calm, busy = point(0.5, 1.0), point(1.0, 1.0)
    far = LoadPoint(2.5, UNSTABLE, UNSTABLE, UNSTABLE, "discrete events", 1.0, 1.0)
    short = point(1.9, 90.0, is_short=True)
    made = drawn(studied, loaded(calm, busy, short, busiest=far))
    assert len(heights(made, "main")) == 2
    assert made.count('class="beyond"') == 2
    assert ">unstable</text>" in made
    assert drawn(studied, loaded(calm, busiest=far, first=far)) == ""


def test_the_promise_and_the_largest_load_that_keeps_it(studied: Studied) -> None:
    made = drawn(studied, loaded(point(0.5, 1.0), point(1.0, 1.0), point(1.5, 2.0)))
    assert ">p95 ≤ 5.00 s</text>" in made
    assert "p95 ≤ 5.00 s up to" not in made, "the curve ends there, below the promise"
    crossed = drawn(studied, loaded(point(0.5, 1.0), point(1.5, 4.0), largest_per_s=1.2))
    assert "p95 ≤ 5.00 s up to 1.2 queries a second</title>" in crossed
    without = drawn(studied, loaded(point(0.5, 1.0), point(1.5, 2.0), slo=None, largest_per_s=None))
    assert "≤" not in without


@pytest.mark.parametrize(
    ("largest", "said"), [(None, "–"), (float("inf"), "any"), (0.0, "0/s"), (1.5, "1.5/s")]
)
def test_the_largest_load_in_words(largest: float | None, said: str) -> None:
    assert latency.largest(loaded(point(0.5, 1.0), largest_per_s=largest)).text == said


def test_the_last_load_of_the_curve_is_the_least_that_keeps_it() -> None:
    assert latency.largest(loaded(point(0.5, 1.0), point(1.5, 2.0))).text == "≥ 1.5/s"


def test_a_figure_with_its_interval() -> None:
    row = latency.row(point(0.5, 1.0))
    p50, _, p99 = row.times
    assert (p50.text, p50.interval, p50.values) == (
        "1.00 s",
        "500 ms to 1.50 s",
        (Decimal("1.0"), Decimal("0.5"), Decimal("1.5")),
    )
    assert p99.text == "3.00 s"
    exact = latency.row(point(0.5, 1.0, 0.0)).times[0]
    assert (exact.interval, len(exact.values)) == ("", 3)
    never = latency.row(LoadPoint(2.5, UNSTABLE, UNSTABLE, UNSTABLE, "discrete events", 1.0, 1.0))
    assert {(time.text, time.values) for time in never.times} == {("unstable", ())}


def page(study: Study) -> Page:
    return Page(render("html", study, CAPACITY_WRITERS).decode())


def test_the_figures_are_those_of_the_study(studied: Studied) -> None:
    study = studied(PROMISED)
    found = page(study)
    text = " ".join(found.texts("section", id="load"))
    cells = {cell.attributes.get("data-v") for cell in found.all("td")}
    for each in study.designs:
        assert each.loaded is not None
        for at in each.loaded.points:
            ends = (at.p95_s.value, at.p95_s.low, at.p95_s.high)
            assert " ".join(format(Decimal(repr(end)).normalize(), "f") for end in ends) in cells
    assert study.shown.loaded is not None
    assert study.shown.loaded.method in text
    assert "simulated (discrete events" in text


def test_without_speeds_it_says_what_to_write(studied: Studied) -> None:
    study = studied()
    text = " ".join(page(study).texts("section", id="load"))
    assert f"Not known: {study.shown.why_no_latency.rstrip('.')}" in text
    assert page(study).all("svg", id="load-wide-t") == []
