"""One server with any service, as many as come, and Jackson networks: against states solved one by one."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import exp, factorial

import numpy as np
import pytest

from kplan.capacity.queues import mg1
from kplan.capacity.queues.infinite import in_flight_quantile, in_flight_up_to
from kplan.capacity.queues.jackson import JacksonNetwork
from kplan.capacity.queues.mmc import MMc
from kplan.capacity.queues.stability import UnstableError
from kplan.errors import KplanError

from . import exact


def test_pollaczek_and_khinchine_by_hand() -> None:
    """rho = 4/5, times 1 or 3 evenly over a mean of 2: E S^2 = 5, W = lambda E S^2 / (2 (1 - rho)) = 5."""
    assert mg1.mean_wait_s(0.4, 2.0, 0.25) == pytest.approx(float(Fraction(2, 5) * 5 / (2 * Fraction(1, 5))))
    assert mg1.mean_wait_s(0.8, 1.0, 1.0) == pytest.approx(MMc(0.8, 1.0, 1).mean_wait_s)
    with pytest.raises(UnstableError):
        mg1.mean_wait_s(1.0, 1.0, 0.0)


@pytest.mark.parametrize("load", [0.0, 0.3, 4.5, 26.0])
def test_calls_in_flight_are_poisson(load: float) -> None:
    for calls in (0, 1, 5, 26, 60):
        summed = sum(load**n / factorial(n) for n in range(calls + 1)) * exp(-load)
        assert in_flight_up_to(load, calls) == pytest.approx(summed, rel=1e-12)
    assert in_flight_up_to(load, -1) == 0


@pytest.mark.parametrize(("load", "share"), [(0.0, 0.99), (0.01, 0.5), (26.12, 0.99), (5000.0, 0.999)])
def test_the_fewest_slots_that_hold_them(load: float, share: float) -> None:
    slots = in_flight_quantile(load, share)
    assert in_flight_up_to(load, slots) >= share > in_flight_up_to(load, slots - 1)


def test_jackson_against_the_balance_equations_of_two_stations() -> None:
    """All states up to 24 calls at each of two stations with feedback, as one linear system."""
    outside, onward, service, servers = [0.3, 0.2], [[0.1, 0.6], [0.3, 0.0]], [0.7, 0.5], [1, 2]
    network = JacksonNetwork(outside, onward, service, servers)
    most = 25
    number = {state: n for n, state in enumerate(product(range(most), repeat=2))}
    rates = np.zeros((len(number), len(number)))

    def flow(state: tuple[int, int], change: tuple[int, int], rate: float) -> None:
        to = (state[0] + change[0], state[1] + change[1])
        if to in number and to != state:
            rates[number[state], number[to]] += rate

    for state in number:
        flow(state, (1, 0), outside[0])
        flow(state, (0, 1), outside[1])
        for station, (away, towards) in enumerate((((-1, 0), (-1, 1)), ((0, -1), (1, -1)))):
            rate = min(state[station], servers[station]) / service[station]
            if rate:
                flow(state, towards, rate * onward[station][1 - station])
                flow(state, away, rate * (1 - sum(onward[station])))
    np.fill_diagonal(rates, -rates.sum(axis=1))
    chances = exact.standing(rates).reshape(most, most)
    in_flight = [chances.sum(axis=1) @ np.arange(most), chances.sum(axis=0) @ np.arange(most)]
    assert network.mean_in_flight == pytest.approx(in_flight, rel=1e-6)
    assert network.mean_sojourn_s == pytest.approx(sum(in_flight) / 0.5, rel=1e-6)
    alone = [1 - network.arrivals_per_s[0] * 0.7, chances.sum(axis=0)[0]]
    assert chances[0, 0] == pytest.approx(alone[0] * alone[1], rel=1e-6)


def test_a_tandem_is_its_stations_one_after_the_other() -> None:
    network = JacksonNetwork([0.8, 0, 0], [[0, 1, 0], [0, 0, 0.5], [0, 0, 0]], [1.0, 2.0, 3.0], [1, 3, None])
    assert network.arrivals_per_s == pytest.approx([0.8, 0.8, 0.4])
    assert network.mean_sojourn_s == pytest.approx(5 + MMc(0.8, 2.0, 3).mean_sojourn_s + 0.5 * 3.0)


@pytest.mark.parametrize(
    ("onward", "said"),
    [
        ([[0, 1], [1, 0]], "circle without an exit"),
        ([[0, 1.2], [0, 0]], "no set of chances"),
        ([[0, -0.1], [0, 0]], "no set"),
    ],
)
def test_routings_that_are_none(onward: list[list[float]], said: str) -> None:
    with pytest.raises(KplanError, match=said):
        _ = JacksonNetwork([1.0, 0.0], onward, [0.1, 0.1], [1, 1]).arrivals_per_s


def test_a_station_of_a_network_that_cannot_keep_up() -> None:
    with pytest.raises(UnstableError):
        _ = JacksonNetwork([1.0, 0.0], [[0, 1], [0, 0]], [0.5, 1.0], [1, 1]).mean_sojourn_s
