"""The best base load against every number that can be bought, on real weeks, and at its boundaries."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.capacity.base_load import (
    Deal,
    Loads,
    best_base,
    checked,
    critical_load,
    for_the_peak,
    load_duration,
    pay_as_you_go,
    purchase,
)
from kplan.capacity.week import WEEKS
from kplan.errors import KplanError

SERVEGEN = Path(__file__).parents[3] / "shared" / "data" / "traces" / "servegen_rps_10min_2weeks.csv"
needs_servegen = pytest.mark.skipif(not SERVEGEN.exists(), reason="rates of ServeGen are not at hand")
AZURE = ("azure-conversation-2024", "azure-code-2024")


def brute_force(loads: Loads, deal: Deal) -> tuple[int, float]:
    """Every number of units up to the peak, priced time by time in plain Python."""
    top = int(max(loads)) // deal.increment + 2
    allowed = {0, deal.minimum, *(k * deal.increment for k in range(top + 1))}
    costs = {}
    for units in sorted(n for n in allowed if n == 0 or n >= deal.minimum):
        spilled = sum(load - units for load in loads.tolist() if load > units) / len(loads)
        costs[units] = units * deal.unit_usd + spilled * deal.payg_usd
    best = min(costs, key=lambda units: (costs[units], units))
    return best, costs[best]


def servegen() -> dict[str, Loads]:
    columns: dict[str, list[float]] = defaultdict(list)
    with SERVEGEN.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for name, text in row.items():
                if name != "t_s" and text:
                    columns[name].append(float(text))
    return {name: np.array(values) for name, values in columns.items()}


@pytest.mark.parametrize("name", AZURE)
@pytest.mark.parametrize("mean_units", [0.7, 12.3, 61.6, 517.0])
@pytest.mark.parametrize(("minimum", "increment"), [(1, 1), (15, 5), (50, 50), (25, 50)])
@pytest.mark.parametrize("rho", [0.1, 0.5, 0.84, 0.99, 1.0, 1.27])
def test_no_number_of_units_is_cheaper_on_the_azure_weeks(
    name: str, mean_units: float, minimum: int, increment: int, rho: float
) -> None:
    """The issue asks for 1%; the best is found exactly."""
    loads, deal = WEEKS[name]() * mean_units, Deal(rho, 1.0, minimum, increment)
    best = best_base(loads, deal)
    units, usd = brute_force(loads, deal)
    assert best.usd == pytest.approx(usd, rel=1e-12)
    assert best.usd <= pay_as_you_go(loads, deal).usd
    assert best.usd <= for_the_peak(loads, deal).usd * (1 + 1e-12)
    assert purchase(units, loads, deal).usd == pytest.approx(best.usd, rel=1e-12)


@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=40),
    st.integers(1, 12),
    st.integers(1, 30),
    st.integers(1, 140),
)
def test_no_number_of_units_is_cheaper_whatever_the_loads(
    tenths: list[int], increment: int, minimum: int, percent: int
) -> None:
    loads, deal = np.array(tenths) / 10, Deal(percent / 100, 1.0, minimum, increment)
    units, usd = brute_force(loads, deal)
    best = best_base(loads, deal)
    assert best.usd == pytest.approx(usd, rel=1e-9, abs=1e-12)
    assert best.units == 0 or (
        best.units >= minimum and (best.units == minimum or not best.units % increment)
    )
    assert purchase(units, loads, deal).usd == pytest.approx(usd)


@pytest.mark.parametrize("name", AZURE)
def test_base_and_spill_over_beat_both_pure_choices_on_the_azure_weeks(name: str) -> None:
    """As measured: 3.7 to 9.1% saved at rho 0.84, a base of 0.31 to 0.68 of the mean; 19 to 38% at 0.5."""
    loads = WEEKS[name]() * 1000
    for rho, least, most in ((0.84, 0.0365, 0.0915), (0.5, 0.185, 0.385)):
        deal = Deal(rho, 1.0)
        payg, peak, base = pay_as_you_go(loads, deal), for_the_peak(loads, deal), best_base(loads, deal)
        assert least <= 1 - base.usd / payg.usd <= most
        assert base.usd < min(payg.usd, peak.usd)
    deal = Deal(0.84, 1.0)
    assert 0.31 <= best_base(loads, deal).units / 1000 <= 0.68
    assert for_the_peak(loads, deal).usd / pay_as_you_go(loads, deal).usd == pytest.approx(
        0.84 * loads.max() / 1000, rel=2e-3
    )


@needs_servegen
@pytest.mark.parametrize("rho", [0.5, 0.84])
def test_the_same_on_the_rates_of_servegen(rho: float) -> None:
    weeks = servegen()
    assert len(weeks) == 5
    for rates in weeks.values():
        loads, deal = rates / rates.mean() * 200, Deal(rho, 1.0)
        best = best_base(loads, deal)
        _, usd = brute_force(loads, deal)
        assert best.usd == pytest.approx(usd, rel=1e-12)
        assert best.usd < pay_as_you_go(loads, deal).usd
        assert best.usd < for_the_peak(loads, deal).usd


def test_the_critical_load_by_hand() -> None:
    """Ten hours of 1 to 10: at rho 0.3 three hours may exceed it, the three busiest."""
    loads = np.arange(1.0, 11.0)
    assert critical_load(loads, 0.3) == 7
    assert critical_load(loads, 0.29) == 8
    assert critical_load(loads, 0.05) == 10
    assert critical_load(loads, 0.999) == 1
    assert critical_load(loads, 1.0) == 0
    best = best_base(loads, Deal(0.35, 1.0))
    assert (best.units, best.units_usd) == (7, pytest.approx(2.45))
    assert best.spilled_usd == pytest.approx(0.6)
    assert best.spilled_share == pytest.approx(0.6 / 5.5)
    assert best.utilisation == pytest.approx(4.9 / 7)


def test_a_unit_that_pays_exactly_is_not_bought() -> None:
    """Even load of 20 at the price of calls saves nothing, so nothing is bought; a cent less, and all is."""
    loads = np.full(168, 20.0)
    assert best_base(loads, Deal(1.0, 1.0)).units == 0
    assert best_base(loads, Deal(0.99, 1.0)).units == 20


@pytest.mark.parametrize(
    ("load", "units"), [(4.9, 0), (7.4, 0), (7.6, 15), (15.0, 15), (17.4, 15), (17.6, 20)]
)
def test_the_minimum_and_the_next_step_have_to_pay(load: float, units: int) -> None:
    """At half the price of calls 15 units pay from a load of 7.5, and 5 more from one of 17.5."""
    assert best_base(np.full(168, load), Deal(0.5, 1.0, 15, 5)).units == units


def test_sizes_for_the_peak() -> None:
    deal = Deal(1.0, 1.0, 15, 5)
    peaks = [for_the_peak(np.array([1.0, peak]), deal).units for peak in (2.0, 15.0, 15.01, 20.0, 20.1)]
    assert peaks == [15, 15, 20, 20, 25]
    assert for_the_peak(np.zeros(3), deal).units == 0


def test_the_load_duration_curve_is_the_same_work_from_the_largest() -> None:
    week = WEEKS["azure-code-2024"]()
    curve = load_duration(week)
    assert (np.diff(curve) <= 0).all()
    assert curve.sum() == pytest.approx(week.sum())


def test_calls_that_cost_nothing_are_not_bought_for() -> None:
    deal = Deal(1.0, 0.0)
    assert best_base(np.full(4, 9.0), deal).units == 0


@pytest.mark.parametrize("loads", [[], [1.0, -0.1], [float("nan")], [float("inf")]])
def test_loads_that_are_none(loads: list[float]) -> None:
    with pytest.raises(KplanError, match="loads are amounts of 0 or more"):
        checked(np.array(loads))
