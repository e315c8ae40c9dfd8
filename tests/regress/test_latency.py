"""Bounds and claims on the time of a query."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.regress.checks import checked
from kplan.regress.figures import evaluated
from kplan.regress.metrics import readings
from kplan.regress.units import Unit, said, said_in_full, stated
from kplan.scenario.bounds import Bound
from support import simulated

PLAN = """
volume: 1_000/month
latency: {haiku: 0.5s + 100/s}
stages: {ask: {input: 1_000, output: 100}}
designs: {h: haiku, s: sonnet}
"""


def test_a_metric_reads_the_mean_and_percentiles(tmp_path: Path) -> None:
    designs = simulated(tmp_path, PLAN).designs
    for name in ("mean", "p50", "p90", "p95", "p99"):
        (found,) = readings(f"h.latency.{name}", designs)
        assert (found.name, found.value, found.metric.unit) == (
            f"h.latency.{name}",
            Decimal("1.5"),
            Unit.SECONDS,
        )


@pytest.mark.parametrize(
    ("bound", "keeps"), [("max: 1_500ms", True), ("max: 1.499s", False), ("min: 1.5", True)]
)
def test_a_check_keeps_what_it_just_meets(tmp_path: Path, bound: str, keeps: bool) -> None:
    text = f"checks: [{{metric: h.latency.p95, {bound}}}]{PLAN}"
    (found,) = checked(simulated(tmp_path, text))
    assert (found.verdict == "pass") is keeps


def test_an_unknown_latency_is_no_figure_and_says_why(tmp_path: Path) -> None:
    designs = simulated(tmp_path, PLAN).designs
    with pytest.raises(KplanError, match="latency of s is unknown: nobody says how fast sonnet is"):
        readings("s.latency.p95", designs)
    without = simulated(tmp_path, PLAN.replace("latency: {haiku: 0.5s + 100/s}", "")).designs
    with pytest.raises(KplanError, match="say it under `latency`"):
        readings("h.latency.mean", without)


def test_figures_of_claims_may_be_times_in_arithmetic(tmp_path: Path) -> None:
    found = simulated(tmp_path, PLAN.replace("haiku: 0.5s + 100/s", "'*': 1s + 100/s, haiku: 0.5s + 200/s"))
    assert evaluated("h.latency.p95", found) == 1
    assert evaluated("[s.latency.mean] / [h.latency.p99]", found) == 2
    with pytest.raises(KplanError, match="no time `p98` of h; did you mean p9"):
        evaluated("h.latency.p98", found)


@pytest.mark.parametrize(
    ("written", "value"), [("500ms", "0.5"), ("2s", "2"), ("1.5", "1.5"), ("2m", "120"), ("1h", "3600")]
)
def test_bounds_are_times(written: str, value: str) -> None:
    assert stated(Bound.of(written), Unit.SECONDS) == Decimal(value)


@pytest.mark.parametrize("written", ["$3", "5%", "90d", "-1", "$1/month"])
def test_other_units_are_no_bound_of_a_time(written: str) -> None:
    with pytest.raises(KplanError, match=r"a time such as 500ms|is below 0"):
        stated(Bound.of(written), Unit.SECONDS)


def test_a_time_is_no_bound_of_money() -> None:
    with pytest.raises(KplanError, match="an amount such as"):
        stated(Bound.of("500ms"), Unit.USD)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ("0", "0 ms"),
        ("0.0004", "<1 ms"),
        ("0.0005", "1 ms"),
        ("0.9994", "999 ms"),
        ("0.9995", "1.00 s"),
        ("9.994", "9.99 s"),
        ("9.995", "10.0 s"),
        ("119.4", "119.4 s"),
        ("119.5", "2.0 min"),
        ("7199", "120.0 min"),
        ("7200", "2 h"),
    ],
)
def test_times_are_said_in_three_digits_or_so(seconds: str, text: str) -> None:
    assert said(Decimal(seconds), Unit.SECONDS) == text


def test_bounds_are_said_in_full() -> None:
    assert said_in_full(Decimal("0.4505"), Unit.SECONDS) == "450.5 ms"
    assert said_in_full(Decimal("2.25"), Unit.SECONDS) == "2.25 s"
