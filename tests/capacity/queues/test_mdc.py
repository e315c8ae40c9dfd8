"""M/D/c against Erlang's series in 60 digits, roots of its equation, and its chain solved state by state."""

from __future__ import annotations

from decimal import Decimal, localcontext
from math import ceil, factorial, floor

import numpy as np
import pytest

from kplan.capacity.queues import mg1
from kplan.capacity.queues.mdc import MDc
from kplan.capacity.queues.stability import UnstableError
from kplan.errors import KplanError

from . import exact


def erlang_1909(rho: str, time: str) -> float:
    """P(W > t) in M/D/1 with D = 1: 1 - (1 - rho) sum of (-rho (t - k))^k / k! exp(rho (t - k)), alternating.

    Erlang, The theory of probabilities and telephone conversations, 1909; it cancels, so 100 digits are kept.
    """
    with localcontext() as context:
        context.prec = 100
        r, t = Decimal(rho), Decimal(time)
        terms = [
            ((-r * (t - k)) ** k if k or t else Decimal(1)) / factorial(k) * (r * (t - k)).exp()
            for k in range(floor(t) + 1)
            if not (k and t == k)
        ]
        return float(1 - (1 - r) * sum(terms))


@pytest.mark.parametrize("rho", ["0.01", "0.3", "0.8", "0.95", "0.99", "0.999"])
@pytest.mark.parametrize("time", ["0", "0.25", "0.999999", "1.000001", "3.7", "20.5", "60.25"])
def test_one_server_is_erlangs_series(rho: str, time: str) -> None:
    queue = MDc(float(rho) / 2, 2.0, 1)
    assert queue.waits_longer(2 * float(time)) == pytest.approx(erlang_1909(rho, time), abs=3e-13)


@pytest.mark.parametrize("rho", [0.05, 0.5, 0.9, 0.999])
def test_the_mean_is_pollaczeks(rho: float) -> None:
    assert MDc(rho * 4, 0.25, 1).mean_wait_s == pytest.approx(mg1.mean_wait_s(rho * 4, 0.25, 0.0), rel=1e-10)


@pytest.mark.parametrize(("servers", "rho"), [(2, 0.5), (3, 0.9), (8, 0.8), (8, 0.95), (40, 0.9)])
def test_the_mean_is_that_of_the_roots(servers: int, rho: float) -> None:
    """E M = sum of 1 / (1 - z) over the roots of z^c = exp(a (z - 1)) inside the circle
    - (c (c - 1) - a^2) / (2 (c - a)) (Crommelin, 1932)."""
    load, total = servers * rho, 0.0
    for k in range(1, servers):
        z = 0j
        for _ in range(2000):
            z = np.exp(2j * np.pi * k / servers + rho * (z - 1))
        assert abs(z**servers - np.exp(load * (z - 1))) < 1e-12
        total += (1 / (1 - z)).real
    waiting = total - (servers * (servers - 1) - load**2) / (2 * (servers - load))
    assert MDc(load, 1.0, servers).mean_wait_s == pytest.approx(waiting / load, rel=1e-9)


@pytest.mark.parametrize(("servers", "rho"), [(1, 0.7), (2, 0.8), (8, 0.8)])
def test_the_chain_itself(servers: int, rho: float) -> None:
    """Numbers waiting from the chain cut at 300, times by Franx's sum with its terms written out."""
    load = servers * rho
    waiting = exact.mdc_waiting(load, servers, 300)
    queue = MDc(load, 1.0, servers)
    assert queue.mean_wait_s == pytest.approx(waiting @ np.arange(300) / load, rel=1e-9)
    up_to = np.cumsum(waiting)
    for time in (0.0, 0.4, 1.0, 2.3):
        k = floor(time) + 1
        mean = load * (k - time)
        chances = [mean**j / factorial(j) * np.exp(-mean) for j in range(k * servers)]
        within = sum(p * up_to[k * servers - 1 - j] for j, p in enumerate(chances))
        assert queue.waits_longer(time) == pytest.approx(1 - within, abs=1e-11)


def test_lindleys_equation_on_a_grid_holds_it_between_two_bounds() -> None:
    """W' = max(0, W + D - T): gaps rounded down wait longer, gaps rounded up wait shorter."""
    rho, grid, size = 0.7, 40, 600
    fall = np.exp(-rho / grid)
    bounds = []
    for rounded_up in (0, 1):
        moves = np.zeros((size, size))
        for wait in range(size):
            most = wait + grid - rounded_up
            chances = (1 - fall) * fall ** np.arange(most)
            np.add.at(moves[wait], np.minimum(most - np.arange(most), size - 1), chances)
            moves[wait, 0] += 1 - chances.sum()
        bounds.append(exact.standing(moves - np.eye(size)))
    for time in (0.0, 0.5, 2.0, 5.0):
        longer, shorter = (chances[int(time * grid) + 1 :].sum() for chances in bounds)
        assert shorter < MDc(rho, 1.0, 1).waits_longer(time) < longer < shorter + 0.07


def test_tails_fall_and_quantiles_turn_them_around() -> None:
    for servers, rho in ((1, 0.8), (8, 0.95), (300, 0.97)):
        queue = MDc(servers * rho, 1.0, servers)
        times = np.linspace(0, 12, 400)
        tails = np.array([queue.waits_longer(float(t)) for t in times])
        assert (np.diff(tails) <= 1e-12).all()
        assert tails.min() >= 0
        for share in (0.5, 0.95, 0.99, 0.9999):
            wait = queue.wait_quantile_s(share)
            assert queue.waits_longer(wait) <= 1 - share + 1e-12
            assert not wait or queue.waits_longer(wait * (1 - 1e-9)) >= 1 - share - 1e-9
            assert queue.sojourn_quantile_s(share) == 1 + wait
        step = queue.mean_wait_s / 100
        below = np.trapezoid([queue.waits_longer(n * step) for n in range(4001)], dx=step)
        assert queue.mean_wait_s == pytest.approx(below, rel=2e-4)


def test_constant_service_waits_about_half_as_long() -> None:
    from kplan.capacity.queues.mmc import MMc

    assert MDc(7.9, 1, 8).mean_wait_s / MMc(7.9, 1, 8).mean_wait_s == pytest.approx(0.5, abs=0.01)


def test_light_loads_and_many_servers() -> None:
    assert MDc(1e-9, 1.0, 1).waiting_probability == pytest.approx(1e-9, rel=1e-6)
    assert MDc(1e-9, 1.0, 50).waiting_probability == 0
    assert 0 < MDc(9_900, 1.0, 10_000).waiting_probability < 0.3
    assert ceil(MDc(9_900, 1.0, 10_000).wait_quantile_s(0.99) * 1000) < 30


def test_at_capacity_it_is_unstable_and_too_close_to_it_is_refused() -> None:
    assert MDc(0.9999, 1, 1).mean_wait_s == pytest.approx(0.9999 / 0.0002, rel=1e-6)
    with pytest.raises(KplanError, match="too close to 100%"):
        MDc(0.9999999, 1, 1)
    with pytest.raises(UnstableError, match="unstable"):
        MDc(1.0, 1, 1)
