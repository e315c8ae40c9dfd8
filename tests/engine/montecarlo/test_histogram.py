"""Counts by size, and what percentiles are read off them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.engine.montecarlo.histogram import LogHistogram
from kplan.engine.montecarlo.spread import Spread, wilson
from kplan.errors import KplanError

AMOUNTS = st.lists(st.one_of(st.just(0.0), st.floats(1e-9, 1e6)), min_size=1, max_size=40)


@given(AMOUNTS)
def test_each_amount_is_within_two_thousandths_of_its_bin(amounts: list[float]) -> None:
    middles, counts = LogHistogram.of(np.array(amounts)).points()
    told = np.repeat(middles, counts)
    assert counts.sum() == len(amounts)
    for one, other in zip(sorted(amounts), told, strict=True):
        assert abs(one - other) <= 0.002 * one


@given(AMOUNTS, AMOUNTS)
def test_parts_add_up_to_the_whole(one: list[float], other: list[float]) -> None:
    whole = LogHistogram.of(np.array(one + other)).points()
    sums = (LogHistogram.of(np.array(one)) + LogHistogram.of(np.array(other))).points()
    assert all(np.array_equal(a, b) for a, b in zip(whole, sums, strict=True))


def test_a_bin_ends_where_the_next_one_begins() -> None:
    edge = 1.0 + 1 / 256
    below = LogHistogram.of(np.array([1.0, math.nextafter(edge, 0)])).points()
    assert (below[0].size, float(below[0][0])) == (1, 1.0 + 1 / 512)
    assert LogHistogram.of(np.array([1.0, edge])).points()[0].size == 2


def test_nothing_is_nothing() -> None:
    assert LogHistogram.of(np.zeros(3)).points()[0].tolist() == [0.0]
    assert LogHistogram.of(np.zeros(0)).points()[1].sum() == 0


@pytest.mark.parametrize("wrong", [-1e-9, math.inf, math.nan])
def test_what_is_no_amount_is_told(wrong: float) -> None:
    with pytest.raises(KplanError, match="negative or unbounded"):
        LogHistogram.of(np.array([1.0, wrong]))


def test_percentiles_are_the_smallest_amounts_that_reach_their_share() -> None:
    spread = Spread.of([(np.array([5.0, 1.0, 3.0]), np.array([0.1, 0.6, 0.3]))], 1_000)
    assert [spread.percentile(share) for share in (0.5, 0.6, 0.601, 0.9, 0.99)] == [1, 1, 3, 3, 5]


def test_the_interval_of_a_percentile_holds_it_in_nineteen_of_twenty_samples() -> None:
    """Of uniform draws the true percentiles are known; 1 000 samples of 2 000 draws."""
    rng = np.random.default_rng(1)
    held = {0.5: 0, 0.95: 0, 0.99: 0}
    for _ in range(1_000):
        drawn = np.sort(rng.random(2_000))
        spread = Spread.of([(drawn, np.full(2_000, 1 / 2_000))], 2_000)
        for share in held:
            low, high = spread.interval(share)
            held[share] += low <= share <= high
    assert all(930 <= count <= 985 for count in held.values()), held


def test_wilson() -> None:
    """n = 263, 81 seen: 0.2553 to 0.3662 (Newcombe, Statistics in Medicine 17, 1998, table I)."""
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0.0, 50)[0] == 0.0
