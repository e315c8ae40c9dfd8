"""Confidence bounds against scipy's own test and against exact binomial tails."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import comb

import pytest
from scipy.stats import binomtest

from kplan.errors import KplanError
from kplan.quality.intervals import ANYWHERE, Interval, Standing, each_of, interval

D = Decimal


@pytest.mark.parametrize(
    ("k", "n"), [(412, 500), (45, 50), (1, 1), (0, 1), (0, 20), (20, 20), (1, 3), (9_999, 10_000)]
)
@pytest.mark.parametrize("confidence", ["0.8", "0.95", "0.999"])
def test_against_scipys_binomial_test(k: int, n: int, confidence: str) -> None:
    found = interval(k, n, D(confidence))
    expected = binomtest(k, n).proportion_ci(float(confidence), method="exact")
    assert float(found.low) == pytest.approx(expected.low, abs=1e-9)
    assert float(found.high) == pytest.approx(expected.high, abs=1e-9)


def test_the_bounds_are_where_a_tail_is_two_and_a_half_percent() -> None:
    """Exact binomial tails in fractions: P(X >= k | low) = P(X <= k | high) = .025."""
    k, n = 45, 50
    found = interval(k, n, D("0.95"))
    low, high = Fraction(found.low), Fraction(found.high)
    above = sum(comb(n, i) * low**i * (1 - low) ** (n - i) for i in range(k, n + 1))
    below = sum(comb(n, i) * high**i * (1 - high) ** (n - i) for i in range(k + 1))
    assert float(above) == pytest.approx(0.025, abs=1e-9)
    assert float(below) == pytest.approx(0.025, abs=1e-9)


def test_none_and_all_passed_reach_the_ends() -> None:
    assert interval(0, 20, D("0.95")).low == 0
    assert interval(20, 20, D("0.95")).high == 1


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_counts_that_cannot_be(k: int, n: int) -> None:
    with pytest.raises(KplanError, match="passed of"):
        interval(k, n, D("0.95"))


@pytest.mark.parametrize("confidence", ["0", "1"])
def test_a_confidence_of_nothing_or_all(confidence: str) -> None:
    with pytest.raises(KplanError, match="between 0 and 1"):
        interval(1, 2, D(confidence))


def test_a_floor_is_cleared_from_the_lower_bound_on() -> None:
    found = Interval(D("0.80"), D("0.90"))
    assert found.against(D("0.80")) is Standing.CLEARS
    assert found.against(D("0.8001")) is Standing.UNDECIDED
    assert found.against(D("0.90")) is Standing.UNDECIDED
    assert found.against(D("0.9001")) is Standing.FAILS
    assert ANYWHERE.against(D("0.5")) is Standing.UNDECIDED


def test_the_worst_standing_counts() -> None:
    clears, undecided, unknown, fails = Standing
    assert Standing.of_all([]) is clears
    assert Standing.of_all([clears, undecided, clears]) is undecided
    assert Standing.of_all([undecided, unknown]) is unknown
    assert Standing.of_all([fails, unknown]) is fails


def test_several_intervals_hold_together() -> None:
    assert each_of(1, D("0.95")) == D("0.95")
    assert each_of(2, D("0.95")) == D("0.975")
    assert 1 - 3 * (1 - each_of(3, D("0.95"))) == pytest.approx(D("0.95"), abs=D("1e-11"))
