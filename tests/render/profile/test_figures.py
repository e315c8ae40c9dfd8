"""Figures as a scenario takes them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.form.numbers import number
from kplan.money import exact
from kplan.render.profile.figures import amount, rounded_to, share, shares


@pytest.mark.parametrize(
    ("mean", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(10_500), "10_500"),
        (Fraction(123_456_789, 10), "12_345_679"),
        (Fraction(12_345, 10), "1_235"),
        (Fraction(99_994, 100), "999.9"),
        (Fraction(99_995, 100), "1_000"),
        (Fraction(2, 3), "0.6667"),
        (Fraction(7, 5), "1.4"),
        (Fraction(1, 3_000_000), "0.0000003333"),
    ],
)
def test_four_digits_and_all_before_the_point(mean: Fraction, text: str) -> None:
    assert amount(mean, 4) == text


def test_an_extrapolation_has_three_digits_at_all() -> None:
    assert rounded_to(Fraction(14_543_153), 3, whole=False) == 14_500_000
    assert rounded_to(Fraction(304_375, 10_000), 3, whole=False) == Decimal("30.4")


@pytest.mark.parametrize(
    ("part", "up", "down"),
    [
        (Fraction(82, 1000), "8.2%", "8.2%"),
        (Fraction(2, 3), "66.67%", "66.66%"),
        (Fraction(99_999, 100_000), "100%", "99.99%"),
        (Fraction(1), "100%", "100%"),
        (Fraction(1, 10**7), "0.00001%", "0.00001%"),
    ],
)
def test_shares_up_and_down(part: Fraction, up: str, down: str) -> None:
    assert (share(part, 4), share(part, 4, down=True)) == (up, down)


@settings(deadline=None)
@given(st.integers(0, 10**15), st.integers(1, 10**15), st.integers(1, 10**15), st.sampled_from([2, 4, 50]))
def test_parts_rounded_down_fit_into_their_whole(first: int, second: int, rest: int, digits: int) -> None:
    whole = first + second + rest - 1
    parts = (number(share(Fraction(part, whole), digits, down=True)) for part in (first, second))
    with exact():
        assert sum(parts, Decimal(0)) <= 1


@settings(deadline=None)
@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=200))
def test_shares_add_to_exactly_one_and_none_is_nothing(counts: list[int]) -> None:
    counts.sort(reverse=True)
    found = [number(text) for text in shares(counts, 4)]
    with exact():
        assert sum(found, Decimal(0)) == 1
    assert min(found) > 0
    for part, count in zip(found, counts, strict=True):
        assert abs(Fraction(part) - Fraction(count, sum(counts))) <= Fraction(1, 1000)
