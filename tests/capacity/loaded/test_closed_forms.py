"""The event engine against closed forms: Erlang C, M/M/inf, Jackson's tandem, a bucket by hand."""

from __future__ import annotations

from math import exp, inf, log

import numpy as np
import pytest

from kplan.capacity.arrivals import even_arrivals
from kplan.capacity.limits import LEVEL
from kplan.capacity.loaded.points import Estimate, LoadPoint
from kplan.capacity.loaded.runs import run
from kplan.capacity.queues.mmc import MMc

from .made import gate, limit, network, step, tandem

N = 40_000


def z(found: Estimate, exact: float) -> float:
    """How many standard errors the figure is off; its interval is at least 1.96 of them to each side."""
    return abs(found.value - exact) / max((found.high - found.low) / 2 / 1.96, 1e-12)


def of_servers(servers: int, load: float, seed: int, n: int = N) -> LoadPoint:
    """M/M/c with services of 1 s on average."""
    rng = np.random.default_rng(seed)
    tracks = tandem([rng.standard_exponential(n)])
    at_once = gate(limit(servers, kind=LEVEL), step(tracks, 1))
    return run(network(tracks, [[at_once]]), even_arrivals(rng, n), load * servers).point()


@pytest.mark.parametrize("servers", [1, 3, 40])
@pytest.mark.parametrize("load", [0.5, 0.8, 0.9])
def test_slots_are_erlangs_servers(servers: int, load: float) -> None:
    """Sojourn quantiles of M/M/c, exact to within the simulation's own error at each (c, rho)."""
    exact, found = MMc(load * servers, 1.0, servers), of_servers(servers, load, seed=servers)
    for share in (0.5, 0.95, 0.99):
        assert z(found.at(share), exact.sojourn_quantile_s(share)) < 4
    assert found.delayed_calls == pytest.approx(exact.waiting_probability, abs=0.05)


def test_one_server_more_or_less_is_noticed() -> None:
    """The bands are narrow enough for a planted off-by-one server."""
    found = of_servers(8, 0.8, seed=1)
    assert z(found.p50_s, MMc(6.4, 1.0, 8).sojourn_quantile_s(0.5)) < 4
    for wrong in (7, 9):
        assert z(found.p50_s, MMc(6.4, 1.0, wrong).sojourn_quantile_s(0.5)) > 4


def test_without_limits_a_stay_is_the_service_alone() -> None:
    rng = np.random.default_rng(3)
    found = run(network(tandem([rng.standard_exponential(N)]), []), even_arrivals(rng, N), 50.0).point()
    for share in (0.5, 0.95, 0.99):
        assert z(found.at(share), -log(1 - share)) < 4
    assert (found.delayed_calls, found.delayed_queries) == (0, 0)


def test_a_tandem_is_jacksons() -> None:
    """Two M/M/1 in a row: stays at each are independent and exponential, of rates mu - lambda.

    Source: E. Reich, Waiting times when queues are in tandem, Annals of Mathematical Statistics 28 (1957).
    """
    rng = np.random.default_rng(5)
    tracks = tandem([rng.standard_exponential(N), rng.standard_exponential(N) / 2])
    gates = [[gate(limit(1, kind=LEVEL), step(tracks, number))] for number in (1, 2)]
    found = run(network(tracks, gates), even_arrivals(rng, N), 0.7).point()
    one, two = 1 - 0.7, 2 - 0.7
    for share in (0.5, 0.95, 0.99):
        low, high = 0.0, 100.0
        while high - low > 1e-9:
            at = (low + high) / 2
            beyond = (two * exp(-one * at) - one * exp(-two * at)) / (two - one)
            low, high = (at, high) if 1 - beyond < share else (low, at)
        assert z(found.at(share), low) < 4


def test_a_bucket_of_constant_gaps_by_hand() -> None:
    """1 a second, a burst of 2: of six calls at once two begin, the others a second after one another."""
    tracks = tandem([np.full(6, 0.25)])
    held = limit(1.0, window_s=2.0)
    begun, ends = network(tracks, [[gate(held, step(tracks, 1))]]).run(np.zeros(6))
    assert begun[6:].tolist() == [0, 0, 1, 2, 3, 4]
    assert ends[6:].tolist() == [0.25, 0.25, 1.25, 2.25, 3.25, 4.25]
    found = run(network(tracks, [[gate(held, step(tracks, 1))]]), np.arange(6.0) / 1e9, 1.0, is_whole=True)
    assert found.point().delayed_calls == pytest.approx(4 / 6)


@pytest.mark.parametrize("scv", [1.0, 4.0])
def test_as_many_come_as_are_said(scv: float) -> None:
    """The n-th call comes after (1 + scv) / 2 + n - 1 on average, as of a renewal process that has run long.

    Source: D. R. Cox, Renewal Theory, 1962, section 5.4 (mean forward recurrence time).
    """
    last = [float(even_arrivals(np.random.default_rng(seed), 50, scv)[-1]) for seed in range(2_000)]
    assert float(np.mean(last)) == pytest.approx((1 + scv) / 2 + 49, abs=4 * float(np.std(last)) / 2_000**0.5)


@pytest.mark.parametrize("seed", range(3))
def test_more_load_makes_nobody_faster(seed: int) -> None:
    points = [of_servers(3, load, seed, n=4_000) for load in (0.2, 0.5, 0.7, 0.9, 0.97)]
    for share in (0.5, 0.95, 0.99):
        values = [point.at(share).value for point in points]
        assert values == sorted(values)


def test_intervals_hold_what_they_promise() -> None:
    """Of 40 runs of M/M/1 at rho = 0.7 about 95 % hold the exact p95: not fewer than 34 of them."""
    exact = MMc(0.7, 1.0, 1).sojourn_quantile_s(0.95)
    found = [of_servers(1, 0.7, seed, n=4_000).p95_s for seed in range(100, 140)]
    assert sum(each.low <= exact <= each.high for each in found) >= 34
    assert all(each.high < inf for each in found)
