"""Calls in flight on a trace: by hand, against M/G/infinity, and as measured on published traces."""

from __future__ import annotations

import numpy as np
import pytest

from capacity.azure import azure
from kplan.capacity.queues.concurrency import Concurrency
from kplan.capacity.queues.infinite import in_flight_quantile
from kplan.errors import KplanError


def test_four_calls_by_hand() -> None:
    """In flight from 0 to 4, 1 to 2, 3 to 5, and from 10 on: none for 5 of ten seconds, two for 2."""
    found = Concurrency.of(np.array([0.0, 1.0, 3.0, 10.0]), np.array([4.0, 1.0, 2.0, 1.0]))
    assert found.shares == pytest.approx([0.5, 0.3, 0.2])
    assert found.mean == pytest.approx(0.7)
    assert (found.most, found.slots(0.5), found.slots(0.51), found.slots(0.8), found.slots(0.81)) == (
        2,
        0,
        1,
        1,
        2,
    )


def test_poisson_calls_are_in_flight_as_m_g_infinity_says() -> None:
    rng = np.random.default_rng(2)
    arrivals = np.cumsum(rng.exponential(1 / 20, 400_000))
    found = Concurrency.of(arrivals, rng.gamma(0.5, 2.6, arrivals.size))
    assert found.mean == pytest.approx(26, rel=0.01)
    assert abs(found.slots(0.99) - in_flight_quantile(26.0, 0.99)) <= 1


@pytest.mark.parametrize(("name", "mean", "p99", "most"), [("conv", 26.05, 42, 50), ("code", 2.7, 26, 73)])
def test_azures_traces_need_more_than_the_square_root_rule_says(
    name: str, mean: float, p99: int, most: int
) -> None:
    """Half a second to the first token and 50 tokens a second; the rule says 38 and 6.5."""
    trace = azure(name)
    service_s = 0.5 + trace.tokens["output"] / 50
    found = Concurrency.of(trace.at_s, service_s)
    assert found.mean == pytest.approx(mean, rel=0.02)
    assert (found.slots(0.99), found.most) == (pytest.approx(p99, abs=1), pytest.approx(most, abs=1))
    assert found.slots(0.99) > mean + 2.33 * mean**0.5


@pytest.mark.parametrize(
    ("arrivals", "service"),
    [
        ([], []),
        ([1.0, 0.0], [1.0, 1.0]),
        ([0.0, 1.0], [1.0]),
        ([0.0, 1.0], [-1.0, 1.0]),
        ([1.0, 1.0], [1.0, 1.0]),
    ],
)
def test_traces_that_are_none(arrivals: list[float], service: list[float]) -> None:
    with pytest.raises(KplanError):
        Concurrency.of(np.array(arrivals), np.array(service))


def test_time_in_a_circle_by_hand() -> None:
    """Calls of 1 s at 0 s, 3 s at 8 s and 12 s at 9 s, ten seconds round.

    The last is there all the time, and twice from 9 s round to 1 s; the second until 1 s. With the first
    4 are in flight until 1 s, 1 until 8 s, 2 until 9 s and 3 until 10 s.
    """
    found = Concurrency.around(np.array([9.0, 0.0, 8.0]), np.array([12.0, 1.0, 3.0]), 10.0)
    assert found.shares == pytest.approx([0, 0.7, 0.1, 0.1, 0.1])
    assert (found.mean, found.most) == (pytest.approx((12 + 1 + 3) / 10), 4)


def test_time_in_a_circle_is_poisson_without_limits() -> None:
    """M/M/inf at 20 erlang: mean 20, and 31 slots are enough for 99 % of the time (Poisson's quantile)."""
    rng = np.random.default_rng(1)
    begun = rng.random(40_000) * 2_000
    found = Concurrency.around(begun, rng.standard_exponential(40_000), 2_000.0)
    assert found.mean == pytest.approx(20, rel=0.02)
    assert abs(found.slots(0.99) - 31) <= 1
