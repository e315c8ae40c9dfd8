"""Latency under load in sentences, tables and JSON: percentiles with intervals, and what made them."""

from __future__ import annotations

import json
from math import inf
from pathlib import Path

import pytest
from msgspec.structs import replace

from kplan.capacity.loaded.points import UNSTABLE, Estimate, Loaded, LoadPoint, Slo
from kplan.capacity.study import DesignStudy, Study
from kplan.regress.run import run
from kplan.render import CAPACITY_WRITERS, render
from kplan.render.capacity.loaded import estimate, in_flight, under_load
from kplan.render.capacity.tables import LISTINGS

SCENARIOS = Path(__file__).parents[3] / "scenarios"


@pytest.fixture(scope="module")
def study() -> Study:
    found = run(SCENARIOS / "agent-limits.kplan.yaml").study
    assert isinstance(found, Study)
    return found


def of(study: Study, name: str) -> DesignStudy:
    return next(each for each in study.designs if each.design.id == name)


def told(each: DesignStudy, **changes: object) -> list[str]:
    assert each.loaded is not None
    values = {name: getattr(each.loaded, name) for name in Loaded.__annotations__}
    return list(under_load(replace(each, loaded=Loaded(**(values | changes))), is_traced=False))


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Estimate(14.05, 14.05, 14.05), "14.1 s"),
        (Estimate(60.46, 45.9, 71.91), "60.5 s (45.9 s to 71.9 s)"),
        (Estimate(0.2, 0.2, 0.2001), "200 ms"),
        (UNSTABLE, "unstable"),
    ],
)
def test_a_time_has_its_interval_where_it_shows(found: Estimate, text: str) -> None:
    assert estimate(found) == text


def test_percentiles_engine_and_the_load_that_is_too_much(study: Study) -> None:
    """A hard task is ten turns of 4.55 s behind 0.4 s, 45.9 s; an easy one three: no limit is in the way."""
    each = of(study, "cached")
    assert each.loaded is not None
    lines = list(under_load(each, is_traced=False))
    assert lines[0] == (
        "p50 14.1 s, p95 45.9 s, p99 45.9 s in the busiest minute of 2027-12, 0.952 queries/s."
    )
    assert (
        lines[1]
        == "Unstable from 2.87 queries/s on, where anthropic claude-sonnet-5-5 input (Start) is full."
    )
    assert lines[-1].startswith("Discrete events: ")
    [line] = in_flight(each.loaded)
    assert line.startswith("Call by call in the busiest minute of 2027-12: mean 22.7, p99 34, ")


def test_an_unstable_month_is_told_with_the_first_one_beside_it(study: Study) -> None:
    each = of(study, "sonnet")
    lines = list(under_load(each, is_traced=True))
    assert lines[0] == "Unstable in the busiest hour from 2027-07 on."
    assert lines[1].endswith("in that of 2027-01, 0.501 queries/s.")
    assert each.loaded is not None
    assert list(in_flight(each.loaded)) == []


@pytest.mark.parametrize(
    ("largest", "text"),
    [
        (0.0, "p95 <= 30.0 s is kept at no load."),
        (2.5, "p95 <= 30.0 s is kept up to 2.5 queries/s."),
        (inf, "p95 <= 30.0 s is kept at every load that was looked at."),
    ],
)
def test_the_largest_load_at_a_promise(study: Study, largest: float, text: str) -> None:
    assert text in told(of(study, "cached"), slo=Slo(0.95, 30.0), largest_per_s=largest)


def test_a_promise_that_the_highest_load_keeps_may_hold_beyond_it(study: Study) -> None:
    each = of(study, "cached")
    assert each.loaded is not None
    highest = each.loaded.points[-1].queries_per_s
    text = f"p95 <= 60.0 s is kept up to at least {highest:.3g} queries/s."
    assert text in told(each, slo=Slo(0.95, 60.0), largest_per_s=highest)


def test_queries_that_a_limit_holds_up_and_runs_that_are_too_short_are_said(study: Study) -> None:
    exact = Estimate(1, 1, 1)
    point = LoadPoint(2.0, exact, exact, exact, "discrete events", 0.1, 0.0535, is_short=True)
    assert told(of(study, "cached"), busiest=point)[0] == (
        "p50 at least 1.00 s, p95 at least 1.00 s, p99 at least 1.00 s, 5.35% held up by a limit, in the"
        " busiest minute of 2027-12, 2 queries/s; so near to unstable it takes more queries to tell"
        " (--queries)."
    )


def test_the_table_tells_bounds_and_unstable_loads_in_words(study: Study) -> None:
    each = of(study, "cached")
    assert each.loaded is not None
    far = LoadPoint(9.0, UNSTABLE, UNSTABLE, UNSTABLE, "discrete events")
    short = replace(each.loaded.points[0], is_short=True)
    changed = replace(each, loaded=replace(each.loaded, points=(each.loaded.points[0], short, far)))
    table = LISTINGS["load"].table("load", replace(study, designs=(changed,)))
    words = [str(cell) for row in table.rows for cell in row if str(cell).startswith("curve")]
    assert words[1::2] == ["curve", "curve, at least: too few queries to tell", "curve, unstable"]


def test_without_latency_the_reason_is_said_once(tmp_path: Path) -> None:
    text = (SCENARIOS / "agent-limits.kplan.yaml").read_text()
    (tmp_path / "s.kplan.yaml").write_text(text[: text.index("latency:")] + text[text.index("stages:") :])
    found = run(tmp_path / "s.kplan.yaml").study
    assert isinstance(found, Study)
    assert found.shown.loaded is None
    assert list(under_load(found.shown, is_traced=False)) == []
    assert found.shown.flight.unknown
    [design, *_] = json.loads(render("json", found, CAPACITY_WRITERS))["designs"]
    assert design["under_load"] is None
    assert design["under_load_unknown"]


def test_the_table_has_every_load_and_json_the_same(study: Study) -> None:
    each = of(study, "sonnet")
    assert each.loaded is not None
    table = LISTINGS["load"].table("load", study, only=each)
    names = [field.name for field in table.fields]
    rows = [dict(zip(names, row, strict=True)) for row in table.rows]
    points = [each.loaded.first, each.loaded.busiest, *each.loaded.points]
    assert [float(str(row["queries_per_s"])) for row in rows] == [point.queries_per_s for point in points]
    assert [row["stable"] for row in rows] == [point.is_stable for point in points]
    assert [row["too_short"] for row in rows] == [point.is_short for point in points]
    assert (rows[1]["p99_s"], rows[1]["load"]) == (None, "busiest of 2027-12")
    last = points[-1]
    assert [float(str(rows[-1][f"p99{end}_s"])) for end in ("", "_low", "_high")] == [
        last.p99_s.value,
        last.p99_s.low,
        last.p99_s.high,
    ]
    said = json.loads(render("json", study, CAPACITY_WRITERS))["designs"][0]["under_load"]
    assert [point["stable"] for point in said["points"]] == [True] * len(each.loaded.points)
    assert said["busiest"]["p99_s"] == {"value": None, "low": None, "high": None}
    assert said["unstable_month"] == "2027-07"
    assert {point["engine"] for point in said["points"]} == {"discrete events"}
