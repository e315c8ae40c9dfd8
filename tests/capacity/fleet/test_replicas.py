"""Replicas by the hour, their use and cost, and where they cost less: by hand and by brute force."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.capacity.fleet.break_even import Cheaper, cheaper
from kplan.capacity.fleet.replicas import (
    Policy,
    Replica,
    growing,
    running,
    usd_per_million_when_full,
)
from kplan.capacity.week import HOURS_OF_WEEK, WEEKS, even
from kplan.errors import KplanError

D = Decimal
FOUR = Replica(D(4), 2, D("2.5"))
"""4 requests/s on two GPUs at $2.50 an hour: $5 an hour."""


@pytest.mark.parametrize(
    ("load", "count"),
    [(0, 1), (0.001, 1), (4, 1), (4.000001, 2), (8, 2), (8.01, 3), (400, 100), (400.1, 101)],
)
def test_a_load_at_the_rate_and_one_more(load: float, count: int) -> None:
    assert running(np.array([float(load)]), FOUR, Policy()).counts.tolist() == [count]


@pytest.mark.parametrize(
    ("policy", "counts"),
    [
        (Policy(), [1, 1, 2, 3]),
        (Policy(least=0), [0, 1, 2, 3]),
        (Policy(spare=1, least=0), [1, 2, 3, 4]),
        (Policy(spare=1, least=3), [3, 3, 3, 4]),
        (Policy(headroom=D("0.25")), [1, 2, 3, 4]),
        (Policy(spare=2, is_scaled=False), [5, 5, 5, 5]),
    ],
)
def test_headroom_spare_least_and_fixed(policy: Policy, counts: list[int]) -> None:
    """Loads of 0, 1, 2 and 3 replicas; a quarter more than a replica's load takes a second one."""
    assert running(np.array([0.0, 4.0, 8.0, 12.0]), FOUR, policy).counts.tolist() == counts


def test_a_rate_that_floats_do_not_hold_makes_no_replica_more() -> None:
    """3 x 0.1 is above 0.3 in floats; the load is that of three replicas all the same."""
    replica = Replica(D("0.1"), 1, D(1))
    assert running(np.array([0.1 + 0.2]), replica, Policy()).counts.tolist() == [3]


def test_use_and_cost_by_hand() -> None:
    """Loads 2, 6, 6, 10 on 4 a replica: 1, 2, 2, 3 replicas; 24 of 32 requests/s are used.

    A month has 730 hours: 2 replicas on average, 2 GPUs each: 2,920 GPU-hours, $7,300. 6 requests/s on
    average are 15,768,000; of 1,000 tokens each $7,300 are 7300 / 15768 dollars for each million.
    """
    found = running(np.array([2.0, 6.0, 6.0, 10.0]), FOUR, Policy())
    assert found.counts.tolist() == [1, 2, 2, 3]
    assert found.utilisation == 0.75
    assert (found.gpu_hours, found.usd) == (2920, 7300)
    assert found.requests == 15_768_000
    cost, full = found.usd_per_million(D(1000)), usd_per_million_when_full(FOUR, D(1000))
    assert cost is not None
    assert full is not None
    assert Fraction(cost) == pytest.approx(Fraction(7300, 15768), rel=1e-15)
    assert float(full) == pytest.approx(5e6 / (4 * 3600 * 1000), rel=1e-15)
    assert float(full / cost) == pytest.approx(found.utilisation)  # what it costs more is 1 / use
    assert found.usd_per_million(D(0)) is None


def test_months_grow_from_the_second_on() -> None:
    assert growing(10.0, D("0.1"), 3) == pytest.approx((10, 11, 12.1))


def test_loads_that_are_none() -> None:
    for loads in ([], [-1.0], [float("nan")]):
        with pytest.raises(KplanError, match="loads are amounts of 0 or more"):
            running(np.array(loads), FOUR, Policy())


def own_usd(s: float, factors: np.ndarray, replica: Replica, policy: Policy) -> float:
    """An hour on average, counted hour by hour."""
    filled = [s * f * (1 + float(policy.headroom)) / float(replica.requests_per_s) for f in factors]
    counts = [max(math.ceil(x - 1e-9 * max(1.0, x)) + policy.spare, policy.least) for x in filled]
    if not policy.is_scaled:
        counts = [max(counts)] * len(counts)
    return float(replica.usd_per_hour) * sum(counts) / len(counts)


def brute(s: float, factors: np.ndarray, replica: Replica, policy: Policy, usd: float) -> bool:
    return bool(own_usd(s, factors, replica, policy) < usd * 3600 * s)


def says(found: Cheaper, s: float) -> bool:
    return any(low < s and (high is None or s <= high) for low, high in found.spans)


def test_the_staircase_by_hand() -> None:
    """A replica of 4/s costs $5 an hour, a call 1/2400 $: $1.50 an hour for each request a second.

    One pays from 5 / 1.5 = 10/3 to 4; two cost 10, paid for from 20/3 to 8; three from 10 to 12; four cost
    20, from 40/3 to 16; five 25 from 50/3 to 20; six 30 from 20 on, which touches; from there on each next
    step begins above it.
    """
    found = cheaper(even(), FOUR, Policy(), 1 / 2400)
    expected = [(10 / 3, 4), (20 / 3, 8), (10, 12), (40 / 3, 16), (50 / 3, None)]
    assert len(found.spans) == 5
    for (low, high), (begin, end) in zip(found.spans, expected, strict=True):
        assert low == pytest.approx(begin, rel=1e-12)
        assert high == (None if end is None else pytest.approx(end, rel=1e-12))
    assert (found.first, found.stays_from) == (pytest.approx(10 / 3), pytest.approx(50 / 3))
    assert not found.is_never


@pytest.mark.parametrize(("usd_per_hour", "is_never"), [("1.25", True), ("1.2500001", False)])
def test_never_where_a_call_costs_no_more_than_a_full_replica(usd_per_hour: str, is_never: bool) -> None:
    """$5 over 4 requests/s is 1.25 an hour for each."""
    found = cheaper(even(), FOUR, Policy(), float(usd_per_hour) / 3600)
    assert found.is_never is is_never
    assert found.is_never or found.at_the_latest or found.stays_from


def test_steps_that_are_too_many_are_bounded() -> None:
    """2 x $5 over what a call costs more: 1e-7 an hour."""
    found = cheaper(WEEKS["azure-code-2024"](), FOUR, Policy(), 1.2500001 / 3600)
    assert (found.spans, found.stays_from) == ((), None)
    assert found.at_the_latest == pytest.approx(10 / 1e-7, rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.just(0.0) | st.floats(0.01, 5), min_size=1, max_size=6).filter(lambda each: sum(each) > 0.1),
    st.sampled_from(["0.7", "4", "3.25"]),
    st.integers(0, 2),
    st.integers(0, 3),
    st.booleans(),
    st.floats(1.02, 4),
    st.sampled_from(["0", "0.2"]),
)
def test_all_crossings_against_a_count_hour_by_hour(
    loads: list[float], rate: str, spare: int, least: int, is_scaled: bool, times: float, headroom: str
) -> None:
    """Calls cost `times` what they would on full replicas; at loads all over, both say the same."""
    factors = np.array(loads) / np.mean(loads)
    replica, policy = Replica(D(rate), 2, D("2.5")), Policy(D(headroom), spare, least, is_scaled)
    filled = (1 + float(headroom)) / float(rate) * (1 if is_scaled else factors.max())
    usd = times * 5 * filled / 3600
    found = cheaper(factors, replica, policy, usd)
    assert found.stays_from is not None
    edges = sorted(edge for span in found.spans for edge in span if edge)
    near = [edge * (1 + d) for edge in edges for d in (-1e-6, 1e-6)]
    spread = np.geomspace(1e-3, 3 * found.stays_from + 1, 200)
    middles = [(a + b) / 2 for a, b in pairwise(edges) if b > a * (1 + 1e-5)]
    for s in (*near, *spread.tolist(), *middles):
        if all(abs(s - edge) > 1e-7 * edge for edge in edges):
            assert says(found, s) is brute(s, factors, replica, policy, usd), s


@pytest.mark.parametrize("name", ["office-hours", "azure-conversation-2024"])
@pytest.mark.parametrize("is_scaled", [True, False])
def test_crossings_of_a_real_week(name: str, is_scaled: bool) -> None:
    factors, policy = WEEKS[name](), Policy(D("0.2"), 1, 1, is_scaled)
    usd = 1.4 * 5 * 1.2 / 4 * (1 if is_scaled else float(factors.max())) / 3600
    found = cheaper(factors, FOUR, policy, usd)
    assert found.stays_from is not None
    for s in np.geomspace(0.01, 4 * found.stays_from, 400).tolist():
        assert says(found, s) is brute(s, factors, FOUR, policy, usd)
    assert not brute(found.stays_from * (1 - 1e-9), factors, FOUR, policy, usd)
    assert brute(found.stays_from * (1 + 1e-9), factors, FOUR, policy, usd)


def test_no_more_replicas_where_they_follow_the_hours() -> None:
    factors = WEEKS["office-hours"]()
    assert factors.shape == (HOURS_OF_WEEK,)
    scaled = running(30 * factors, FOUR, Policy(spare=1))
    fixed = running(30 * factors, FOUR, Policy(spare=1, is_scaled=False))
    assert (scaled.counts <= fixed.counts).all()
    assert scaled.counts.max() == fixed.counts.max()
    assert scaled.usd < fixed.usd
    assert scaled.utilisation > fixed.utilisation
