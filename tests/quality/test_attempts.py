"""Retries until a verifier accepts, against sums over all lengths and scipy's beta-binomial."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import betabinom

from kplan.errors import KplanError
from kplan.quality.attempts import accepted_within, all_wrong, expected_attempts
from kplan.quality.verifier import Verifier

D = Decimal


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("a", ["0.79", "0.05", "1"])
def test_against_a_sum_over_where_it_ends(a: str, n: int) -> None:
    p = Fraction(a)
    ends = [(1 - p) ** (k - 1) * p for k in range(1, n + 1)]
    never = 1 - sum(ends)
    assert Fraction(accepted_within(D(a), n)) == sum(ends)
    mean = sum(k * end for k, end in enumerate(ends, 1)) + n * never
    assert float(expected_attempts(D(a), n)) == pytest.approx(float(mean), rel=1e-15)


def test_never_accepted() -> None:
    assert accepted_within(D(0), 3) == 0
    assert expected_attempts(D(0), 3) == 3


def test_retries_raise_coverage_and_not_precision() -> None:
    """Attempts at 300 000 queries until one of four is accepted: precision stays g s / a."""
    rng, n = np.random.default_rng(3), 300_000
    verifier = Verifier(D("0.6"), D("0.7"), D("0.5"))
    right = rng.random((n, 4)) < 0.6
    accepted = rng.random((n, 4)) < np.where(right, 0.7, 0.5)
    any_ = accepted.any(axis=1)
    first = accepted.argmax(axis=1)
    served = right[np.arange(n), first][any_]
    precision = float(verifier.precision())
    assert precision == pytest.approx(0.42 / 0.62)
    assert abs(served.mean() - precision) < 4.4 * (precision * (1 - precision) / any_.sum()) ** 0.5
    assert any_.mean() == pytest.approx(float(accepted_within(verifier.accepted(), 4)), abs=2e-3)
    attempts = np.where(any_, first + 1, 4)
    assert attempts.mean() == pytest.approx(float(expected_attempts(verifier.accepted(), 4)), abs=0.01)


def test_hard_queries_stay_hard() -> None:
    """routing.md 5.4: Beta(4, 1), three attempts: .0286 against .008 for independent ones."""
    assert round(float(all_wrong(D(4), D(1), 3)), 4) == 0.0286
    assert all_wrong(D(4), D(1), 1) == D("0.2")
    for alpha, beta, n in ((4.0, 1.0, 3), (0.5, 2.5, 10), (20.0, 5.0, 2)):
        found = float(all_wrong(D(str(alpha)), D(str(beta)), n))
        assert found == pytest.approx(float(betabinom.pmf(0, n, alpha, beta)), rel=1e-12)


@pytest.mark.parametrize("n", [0, 10_001])
def test_no_attempts_and_too_many(n: int) -> None:
    for ask in (lambda: accepted_within(D("0.5"), n), lambda: all_wrong(D(1), D(1), n)):
        with pytest.raises(KplanError, match="attempts"):
            ask()
    with pytest.raises(KplanError, match="Beta"):
        all_wrong(D(0), D(1), 2)
