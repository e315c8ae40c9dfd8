"""Figures of traces: published ones on the Azure traces, and by hand on small ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from kplan.capacity.admission import mean_per_s, smallest_rate
from kplan.capacity.arrivals import arrivals
from kplan.capacity.bursts import bursts, hour_factors
from kplan.capacity.trace import Trace, read_trace
from kplan.capacity.week import WEEKS, even
from kplan.errors import KplanError

from .azure import azure


def trace_of(at_s: np.ndarray, starts_at: datetime | None = None, **tokens: np.ndarray) -> Trace:
    lines = np.arange(2, len(at_s) + 2)
    return Trace("made.csv", at_s, starts_at, tokens, lines, len(at_s), (), ())


@pytest.mark.parametrize(
    ("name", "peaks", "cv", "dispersion", "mean_itpm", "peak_itpm"),
    [
        ("conv", (1.52, 1.77, 2.89), 1.09, 16, 385_000, 732_000),
        ("code", (4.18, 12.8, 26.1), 13.2, 167, 310_000, 1_330_000),
    ],
)
def test_the_azure_traces(
    name: str,
    peaks: tuple[float, ...],
    cv: float,
    dispersion: float,
    mean_itpm: float,
    peak_itpm: float,
) -> None:
    found = bursts(azure(name))
    assert list(found.peak_to_mean.values()) == pytest.approx(peaks, rel=0.03)
    assert found.interval_cv == pytest.approx(cv, rel=0.03)
    assert found.dispersion == pytest.approx(dispersion, rel=0.03)
    assert found.tokens["input"].mean_per_minute == pytest.approx(mean_itpm, rel=0.03)
    assert found.tokens["input"].peak_per_minute == pytest.approx(peak_itpm, rel=0.03)


@pytest.mark.parametrize(
    ("name", "what", "multiples"),
    [
        ("conv", "input", (1.51, 1.71, 2.07)),
        ("conv", "requests", (1.24, 1.38, 1.57)),
        ("code", "input", (2.49, 7.57, 15.2)),
        ("code", "requests", (2.42, 7.16, 14.3)),
    ],
)
def test_limits_that_the_azure_traces_need(name: str, what: str, multiples: tuple[float, ...]) -> None:
    """The smallest limit over the mean at which 99% of the calls wait at most 1 s, at 60, 10 and 1 s."""
    trace = azure(name)
    charges = trace.tokens["input"] if what == "input" else np.ones(len(trace))
    found = [smallest_rate(trace.at_s, charges, window_s) for window_s in (60, 10, 1)]
    assert np.array(found) / mean_per_s(trace.at_s, charges) == pytest.approx(multiples, rel=0.03)


def test_a_small_trace_by_hand() -> None:
    """Calls at 0, 0, 30, 61 and 130 s: minutes of 3, 1 and a last one that is cut short."""
    tokens = np.array([100.0, 200, 300, 50, 10])
    found = bursts(trace_of(np.array([0.0, 0, 30, 61, 130]), input=tokens))
    assert found.peak_to_mean[60.0] == pytest.approx(3 / 2)
    assert found.dispersion == pytest.approx(((3 - 2) ** 2 + (1 - 2) ** 2) / 1 / 2)
    assert found.mean_per_s == pytest.approx(5 / 130)
    intervals = np.array([0, 30, 31, 69])
    assert found.interval_cv == pytest.approx(intervals.std() / intervals.mean())
    figures = found.tokens["input"]
    assert (figures.mean, figures.p50, figures.peak_per_minute) == (132, 100, 600)
    assert figures.mean_per_minute == pytest.approx(660 / 130 * 60)


@pytest.mark.parametrize("window_s", [60.0, 10.0, 1.0])
def test_limits_that_a_made_trace_needs_are_known(window_s: float) -> None:
    """Two calls of 300 tokens at once, every 100 s: the second waits 600 / r - w, 1 s at r = 600 / (w + 1).

    Most minutes hold a pair and some none, since 100 s are five thirds of a minute: 600 over a mean of 360.
    """
    at = np.repeat(np.arange(301) * 100.0, 2)
    trace = trace_of(at, input=np.full(602, 300.0))
    least = smallest_rate(at, trace.tokens["input"], window_s)
    assert least == pytest.approx(600 / (1 + window_s), rel=1e-4)
    figures = bursts(trace)
    assert figures.tokens["input"].peak_per_minute == 600
    assert figures.peak_to_mean[60.0] == pytest.approx(5 / 3)
    assert figures.peak_to_mean[10.0] == pytest.approx(10)


def test_poisson_arrivals_are_not_bursty_and_gamma_ones_as_much_as_said() -> None:
    """Bands of four standard errors: that of a variance over 10 080 minutes is 1.4%, more where it bursts."""
    rng = np.random.default_rng(7)
    poisson = bursts(trace_of(arrivals(rng, 2.0, even())))
    assert poisson.dispersion == pytest.approx(1, abs=0.06)
    assert poisson.interval_cv == pytest.approx(1, abs=0.01)
    bursty = bursts(trace_of(arrivals(rng, 2.0, even(), iat_scv=9)))
    assert bursty.interval_cv == pytest.approx(3, rel=0.02)
    assert bursty.dispersion == pytest.approx(9, rel=0.12)
    many = bursts(trace_of(arrivals(rng, 2.0, even(), iat_scv=9, clients=400)))
    assert 1 < many.interval_cv < 2


def test_made_arrivals_follow_the_week_and_a_trace_shows_it_again() -> None:
    week = WEEKS["azure-code-2024"]()
    monday = datetime(2026, 11, 2, tzinfo=UTC)
    at = arrivals(np.random.default_rng(3), 1.0, week, weeks=2)
    assert len(at) == pytest.approx(2 * 7 * 86_400, rel=0.005)
    found = hour_factors(trace_of(at, monday))
    assert found == pytest.approx(week, abs=0.12)
    shifted = hour_factors(trace_of(at, monday), "Asia/Kolkata")
    assert np.roll(found, 5)[50] != pytest.approx(shifted[50], abs=1e-9)
    assert shifted.argmax() in (found.argmax() + 5, found.argmax() + 6)


def test_hours_are_weighed_by_how_long_they_were_seen() -> None:
    """A call a minute for 8 days: Monday was seen twice and is no busier than the others."""
    at = np.arange(0, 8 * 86_400.0, 60)
    found = hour_factors(trace_of(at, datetime(2026, 11, 2, tzinfo=UTC)))
    assert found == pytest.approx(np.ones(168), abs=0.02)


def test_a_trace_without_all_hours_or_dates_has_no_week() -> None:
    at = np.arange(0, 6 * 86_400.0, 60)
    with pytest.raises(KplanError, match="24 of 168 hours of the week lie outside"):
        hour_factors(trace_of(at, datetime(2026, 11, 2, tzinfo=UTC) + timedelta(minutes=1)))
    with pytest.raises(KplanError, match="no date"):
        hour_factors(trace_of(at))
    with pytest.raises(KplanError, match="same stamp"):
        bursts(read_trace(b"timestamp,input\n5,1\n5,2\n", "t.csv", time_unit="s"))
