"""M/M/c against its Markov chain solved state by state, integrals, and what textbooks print."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest

from kplan.capacity.queues.mmc import MMc
from kplan.capacity.queues.stability import UnstableError

from . import exact


@pytest.mark.parametrize(("load", "servers"), [(0.8, 1), (1.2, 2), (6.4, 8), (7.6, 8), (18.0, 20)])
def test_the_chain_itself(load: float, servers: int) -> None:
    states = exact.mmc_states(load, servers, 500)
    waiting = np.maximum(0, np.arange(500) - servers)
    queue = MMc(load / 2, 2.0, servers)
    assert queue.waiting_probability == pytest.approx(states[servers:].sum(), rel=1e-9)
    assert queue.mean_wait_s == pytest.approx(states @ waiting / (load / 2), rel=1e-9)
    assert queue.mean_sojourn_s == pytest.approx(states @ np.arange(500) / (load / 2), rel=1e-9)


@pytest.mark.parametrize(("load", "servers"), [(1.2, 2), (6.4, 8), (7.0, 8), (7.6, 8)])
@pytest.mark.parametrize("time_s", [0.0, 0.3, 1.0, 4.0])
def test_tails_are_mixtures_over_the_chains_states(load: float, servers: int, time_s: float) -> None:
    """Who finds n calls waits for n - c + 1 departures at rate c mu: an Erlang law, added up over n."""
    states = exact.mmc_states(load, servers, 500)
    gap = servers * time_s
    longer = below = 0.0
    term = exp(-gap)
    for n in range(servers, 500):
        below += term
        longer += states[n] * below
        term *= gap / (n - servers + 1)
    queue = MMc(load, 1.0, servers)
    assert queue.waits_longer(time_s) == pytest.approx(longer, abs=1e-11)
    service = np.linspace(0, time_s, 20_001)
    later = [queue.waits_longer(time_s - s) * exp(-s) for s in service]
    convolved = exp(-time_s) + np.trapezoid(later, service) if time_s else 1.0
    assert queue.stays_longer(time_s) == pytest.approx(convolved, abs=1e-8)


def test_mm1_stays_exponential() -> None:
    """The sojourn in M/M/1 is exponential with rate mu - lambda (Gross et al., 2.2.4)."""
    queue = MMc(0.8, 1.0, 1)
    assert queue.mean_sojourn_s == pytest.approx(5)
    assert queue.mean_wait_s == pytest.approx(4)
    for share in (0.0, 0.5, 0.95, 0.999):
        assert queue.sojourn_quantile_s(share) == pytest.approx(-5 * log(1 - share), rel=1e-12)
    assert queue.wait_quantile_s(0.2) == pytest.approx(0, abs=1e-12)
    assert queue.wait_quantile_s(0.6) == pytest.approx(5 * log(2))


def test_a_textbooks_hospital() -> None:
    """Gross, Shortle, Thompson and Harris, 2.3, an eye clinic: 6 an hour, 20 minutes, 3 doctors: Lq = 8/9,
    Wq = 4/27 h, L = 26/9, and p0 = 1/9."""
    queue = MMc(6, 1 / 3, 3)
    assert queue.mean_wait_s == pytest.approx(4 / 27)
    assert 6 * queue.mean_sojourn_s == pytest.approx(26 / 9)
    assert queue.waiting_probability == pytest.approx(4 / 9)


def test_where_the_line_shrinks_as_fast_as_a_server_works() -> None:
    """c mu - lambda = mu: the two rates are one, the formula of unequal rates divides by 0."""
    at = MMc(7.0, 1.0, 8)
    assert at.spare_per_s == 1.0
    for t in (0.1, 1.0, 5.0, 30.0):
        erlang = exp(-t) * (1 + at.waiting_probability * t)
        assert at.stays_longer(t) == pytest.approx(erlang, rel=1e-13)
        for off in (1e-13, 1e-9, -1e-9, 1e-6):
            assert MMc(7.0 + off, 1.0, 8).stays_longer(t) == pytest.approx(erlang, rel=1e-4)


@pytest.mark.parametrize(("load", "servers"), [(0.1, 1), (6.4, 8), (7.0, 8), (7.9999, 8), (90.0, 100)])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.95, 0.99, 0.999999])
def test_quantiles_turn_tails_around(load: float, servers: int, share: float) -> None:
    queue = MMc(load * 4, 0.25, servers)
    assert queue.stays_longer(queue.sojourn_quantile_s(share)) == pytest.approx(1 - share, rel=1e-9)
    wait = queue.wait_quantile_s(share)
    if wait:
        assert queue.waits_longer(wait) == pytest.approx(1 - share, rel=1e-9)
    else:
        assert queue.waiting_probability <= 1 - share


def test_the_familiar_shortcut_is_far_off() -> None:
    """Mean service plus the quantile of the wait is no quantile of staying."""
    queue = MMc(6.4, 1.0, 8)
    assert 1 + queue.wait_quantile_s(0.95) < 0.7 * queue.sojourn_quantile_s(0.95)


def test_at_capacity_it_is_unstable_and_just_below_it_is_not() -> None:
    assert MMc(7.999999, 1.0, 8).mean_wait_s > 1e5
    for load in (8.0, 8.000001, 100.0):
        with pytest.raises(UnstableError, match=r"unstable: .* at least"):
            MMc(load, 1.0, 8)
    with pytest.raises(UnstableError) as caught:
        MMc(8.0, 1.0, 8)
    assert caught.value.needed == 9


def test_nobody_waits_for_thousands_of_idle_servers() -> None:
    queue = MMc(1e-3, 1.0, 10_000)
    assert (queue.waiting_probability, queue.mean_wait_s, queue.wait_quantile_s(0.99)) == (0, 0, 0)
    assert queue.sojourn_quantile_s(0.5) == pytest.approx(log(2))
