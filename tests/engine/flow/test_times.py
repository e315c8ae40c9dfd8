"""Distributions of a time, held against exact enumeration in Fractions and against closed forms."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.engine.flow.times import MOST_POINTS, PER_SECOND, Times, mixed

Small = list[tuple[int, Fraction]]


@st.composite
def small(draw: st.DrawFn) -> Small:
    """A few times [ns] with chances that add to 1."""
    weights = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    times = draw(st.lists(st.integers(0, 9), min_size=len(weights), max_size=len(weights)))
    return [(time, Fraction(weight, sum(weights))) for time, weight in zip(times, weights, strict=True)]


def times_of(points: Small) -> Times:
    at_ns = np.array([time for time, _ in points], dtype=np.int64)
    return Times.spread(at_ns, np.array([float(chance) for _, chance in points]))


def is_of(times: Times, points: Small) -> bool:
    """Whether the distribution is the one that these points make."""
    summed: dict[int, Fraction] = {}
    for time, chance in points:
        summed[time] = summed.get(time, Fraction(0)) + chance
    expected = sorted(summed.items())
    return times.at_ns.tolist() == [time for time, _ in expected] and times.chance.tolist() == pytest.approx(
        [float(chance) for _, chance in expected]
    )


@given(small(), small())
def test_one_behind_the_other_adds_up(one: Small, other: Small) -> None:
    found = times_of(one).then(times_of(other))
    assert is_of(found, [(a + b, p * q) for (a, p), (b, q) in product(one, other)])


@given(small(), small())
def test_two_beside_each_other_take_the_longer(one: Small, other: Small) -> None:
    found = times_of(one).beside(times_of(other))
    assert is_of(found, [(max(a, b), p * q) for (a, p), (b, q) in product(one, other)])
    assert found.mean_ns() >= max(times_of(one).mean_ns(), times_of(other).mean_ns()) - 1e-9


@given(small(), st.integers(1, 5))
def test_several_alike(one: Small, count: int) -> None:
    ways = [(way, np.prod([p for _, p in way])) for way in product(one, repeat=count)]
    assert is_of(times_of(one).longest_of(count), [(max(t for t, _ in way), p) for way, p in ways])
    assert is_of(times_of(one).repeated(count), [(sum(t for t, _ in way), p) for way, p in ways])


@given(small(), small(), st.integers(0, 4))
def test_mixtures(one: Small, other: Small, quarters: int) -> None:
    share = Fraction(quarters, 4)
    parts = [times_of(one).scaled(float(share)), times_of(other).scaled(float(1 - share))]
    expected = [(t, p * share) for t, p in one if share] + [
        (t, p * (1 - share)) for t, p in other if share < 1
    ]
    assert is_of(mixed(each for each in parts if len(each.at_ns)), expected)


def test_a_percentile_is_the_first_time_within_which_so_many_are_through() -> None:
    times = times_of([(1, Fraction(95, 100)), (2, Fraction(4, 100)), (3, Fraction(1, 100))])
    assert [times.percentile_ns(part) for part in (0.5, 0.95, 0.951, 0.99, 0.991)] == [1, 1, 2, 2, 3]


def test_the_longest_of_two_uniform_times_is_two_thirds_on_average() -> None:
    n = 3_000
    uniform = Times.spread(np.arange(n + 1, dtype=np.int64), np.full(n + 1, 1 / (n + 1)))
    assert uniform.longest_of(2).mean_ns() / n == pytest.approx(2 / 3, rel=1e-3)
    assert uniform.beside(uniform).mean_ns() == pytest.approx(uniform.longest_of(2).mean_ns())


def lognormal(n: int, seed: int) -> Times:
    at_ns = (np.random.default_rng(seed).lognormal(0, 1, n) * PER_SECOND).astype(np.int64)
    return Times(np.unique(at_ns), np.full(len(np.unique(at_ns)), 1 / len(np.unique(at_ns))))


def test_merging_points_keeps_the_mean_and_moves_no_percentile_further_than_it_says() -> None:
    whole = lognormal(50_000, 1)
    few = whole.within(500)
    assert len(few.at_ns) <= 500
    assert 0 < few.off_ns <= (whole.at_ns[-1] - whole.at_ns[0]) / 500 + 1
    assert few.mean_ns() == pytest.approx(whole.mean_ns(), abs=0.6)
    for part in np.linspace(0.001, 0.999, 400):
        assert abs(few.percentile_ns(part) - whole.percentile_ns(part)) <= few.off_ns
    assert whole.within(50_000) is whole


def test_sums_of_many_points_stay_few_and_within_what_they_say() -> None:
    one, other = lognormal(3_000, 2), lognormal(2_000, 3)
    found = one.then(other)
    assert len(found.at_ns) <= MOST_POINTS + 2
    assert found.total == pytest.approx(1.0)
    assert found.mean_ns() == pytest.approx(one.mean_ns() + other.mean_ns(), abs=1.0)
    exact = np.sort(np.add.outer(one.at_ns, other.at_ns).ravel())
    for part in (0.01, 0.5, 0.9, 0.95, 0.99, 0.999):
        true = int(exact[int(np.ceil(part * len(exact) - 1e-6)) - 1])
        assert abs(found.percentile_ns(part) - true) <= found.off_ns
    assert found.off_ns < 0.01 * PER_SECOND


def test_errors_add_up_along_a_way_and_do_not_beside_it() -> None:
    one = Times(np.array([1, 5]), np.array([0.5, 0.5]), 3)
    other = Times(np.array([2, 4]), np.array([0.5, 0.5]), 2)
    assert (one.then(other).off_ns, one.beside(other).off_ns, mixed([one, other]).off_ns) == (5, 3, 3)
    assert one.repeated(4).off_ns == 12
