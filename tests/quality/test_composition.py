"""Compositions: the notes' example, and Frechet's bounds against every way errors can go together."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kplan.money import rounded
from kplan.quality.composition import frechet, product, taken_by
from kplan.quality.intervals import Interval

D = Decimal
PARTS = [D(text) for text in ("0.95", "0.9", "0.97", "0.92")]


def _at(part: Decimal) -> Interval:
    return Interval(part, part)


def test_the_example_of_the_notes() -> None:
    """routing.md 5.3: product .763, bounds [.740, .900]."""
    assert rounded(product(PARTS), 3) == D("0.763")
    assert frechet([_at(part) for part in PARTS]) == Interval(D("0.74"), D("0.9"))


def test_the_low_bound_never_falls_below_nothing() -> None:
    assert frechet([_at(D("0.4")), _at(D("0.5"))]) == Interval(D(0), D("0.4"))
    assert frechet([_at(D("0.6")), _at(D("0.5"))]) == Interval(D("0.1"), D("0.5"))


def test_wide_parts() -> None:
    """Lows for the low bound, highs for the high one: .8 + .7 - 1, and the lesser of .95 and .9."""
    parts = [Interval(D("0.8"), D("0.95")), Interval(D("0.7"), D("0.9"))]
    assert frechet(parts) == Interval(D("0.5"), D("0.9"))


@given(st.lists(st.integers(0, 20), min_size=8, max_size=8).filter(any))
def test_any_joint_distribution_lies_within(weights: list[int]) -> None:
    """Eight weights are a distribution of three stages' right and wrong, dependent in any way."""
    total = sum(weights)
    all_right = Fraction(weights[7], total)
    shares = [Fraction(sum(w for n, w in enumerate(weights) if n >> bit & 1), total) for bit in range(3)]
    parts = [_at(D(share.numerator) / D(share.denominator)) for share in shares]
    bounds = frechet(parts)
    tiny = Fraction(1, 10**20)
    assert Fraction(bounds.low) - tiny <= all_right <= Fraction(bounds.high) + tiny


def test_a_conditional_chain_is_exact() -> None:
    """P(1) P(2 | 1) P(3 | 1, 2) of a table of counts: 100, of which 90, of which 60, of which 12 right."""
    chain = [D(90) / 100, D(60) / 90, D(12) / 60]
    assert rounded(product(chain), 20) == D("0.12")


def test_a_stage_that_few_visit_spoils_few() -> None:
    assert taken_by(D("0.1"), D("0.8")) == D("0.98")
    assert taken_by(D(1), D("0.8")) == D("0.8")
    assert taken_by(D(3), D("0.8")) == D("0.8")
