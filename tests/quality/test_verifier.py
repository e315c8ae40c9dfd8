"""Verifiers: the issue's figures, enumeration in fractions, and counting in a simulation."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from kplan.errors import KplanError
from kplan.money import rounded
from kplan.quality.verifier import SecondAnswer, Verifier, accuracy, needed, rechecked

D = Decimal
SECOND = SecondAnswer(D("0.60"), D("0.97"))
AGAIN = Verifier(D("0"), D("0.9"), D("0.7"))


def test_what_an_accuracy_of_ninety_percent_takes() -> None:
    """routing.md 5.4: g = .80, s = .95, h_w = .60, h_c = .97, Q* = .90."""
    verifier = needed(D("0.80"), D("0.95"), SECOND, D("0.90"))
    assert verifier is not None
    assert rounded(verifier.catches_wrong, 3) == D("0.843")
    assert rounded(verifier.rejected(), 3) == D("0.209")
    assert rounded(accuracy(verifier, SECOND), 50) == D("0.9")


@pytest.mark.parametrize(
    ("rejected", "caught", "right"), [("0.10", "0.3", "0.835"), ("0.08", "0.2", "0.823")]
)
def test_what_a_rate_reaches(rejected: str, caught: str, right: str) -> None:
    verifier = Verifier.rejecting(D(rejected), D("0.80"), D("0.95"))
    assert verifier.catches_wrong == D(caught)
    assert rounded(accuracy(verifier, SECOND), 3) == D(right)


def test_more_than_all_errors_cannot_be_caught() -> None:
    """All of .2 x .6 = .12 fixed, on .7988 kept: .9188 is the most."""
    assert needed(D("0.80"), D("0.95"), SECOND, D("0.9188")).is_possible  # type: ignore[union-attr]
    assert not needed(D("0.80"), D("0.95"), SECOND, D("0.9189")).is_possible  # type: ignore[union-attr]


def test_an_accuracy_that_is_there_already_needs_nothing_caught() -> None:
    verifier = needed(D("0.80"), D("0.95"), SECOND, D("0.5"))
    assert verifier is not None
    assert verifier.catches_wrong == 0


def test_nothing_to_fix() -> None:
    """All first answers right: .95 + .05 x .97 = .9985, whoever judges them."""
    assert needed(D(1), D("0.95"), SECOND, D("0.9985")) == Verifier(D(1), D("0.95"), D(0))
    assert needed(D(1), D("0.95"), SECOND, D("0.9986")) is None
    assert needed(D("0.8"), D(1), SecondAnswer(D(0), D(1)), D("0.80")) == Verifier(D("0.8"), D(1), D(0))
    assert needed(D("0.8"), D(1), SecondAnswer(D(0), D(1)), D("0.81")) is None


def test_a_rate_below_the_right_answers_rejected_is_impossible() -> None:
    """5 % of .8 are rejected though right: 4 % at least."""
    assert Verifier.rejecting(D("0.04"), D("0.8"), D("0.95")).is_possible
    assert not Verifier.rejecting(D("0.039"), D("0.8"), D("0.95")).is_possible
    assert Verifier.rejecting(D("0.24"), D("0.8"), D("0.95")).is_possible
    assert not Verifier.rejecting(D("0.241"), D("0.8"), D("0.95")).is_possible
    with pytest.raises(KplanError, match="no first answer is wrong"):
        Verifier.rejecting(D("0.04"), D(1), D("0.95"))


def _paths(verifier: Verifier, second: SecondAnswer, again: Verifier) -> dict[str, Fraction]:
    """Every path of one query with its chance: brute force over four coins, in fractions."""
    found = dict.fromkeys(("rejected", "right", "served", "right when rechecked"), Fraction(0))
    for first, is_rejected, other, is_held in product((True, False), repeat=4):
        p = Fraction(verifier.right) if first else 1 - Fraction(verifier.right)
        reject = 1 - Fraction(verifier.accepts_right) if first else Fraction(verifier.catches_wrong)
        p *= reject if is_rejected else 1 - reject
        good = Fraction(second.keeps_right if first else second.fixes_wrong)
        p *= good if other else 1 - good
        hold = 1 - Fraction(again.accepts_right) if other else Fraction(again.catches_wrong)
        p *= hold if is_held else 1 - hold
        is_right = other if is_rejected else first
        found["rejected"] += p * is_rejected
        found["right"] += p * is_right
        if not (is_rejected and is_held):
            found["served"] += p
            found["right when rechecked"] += p * is_right
    return found


@pytest.mark.parametrize("g", ["0", "0.3", "0.80", "1"])
@pytest.mark.parametrize("caught", ["0", "0.41", "1"])
def test_against_every_path_in_fractions(g: str, caught: str) -> None:
    verifier = Verifier(D(g), D("0.95"), D(caught))
    paths = _paths(verifier, SECOND, AGAIN)
    served = rechecked(verifier, SECOND, AGAIN)
    assert Fraction(verifier.rejected()) == paths["rejected"]
    assert Fraction(verifier.accepted()) == 1 - paths["rejected"]
    assert Fraction(accuracy(verifier, SECOND)) == paths["right"]
    assert Fraction(served.coverage) == paths["served"]
    assert Fraction(served.right) == paths["right when rechecked"]
    held = 1 - paths["served"]
    assert Fraction(served.with_rest(D("0.5"))) == paths["right when rechecked"] + held / 2


def test_against_counting() -> None:
    """A million queries tossed one by one; the band is 4.4 standard errors, missed once in 100 000."""
    n, rng = 1_000_000, np.random.default_rng(7)
    verifier = Verifier(D("0.80"), D("0.95"), D("0.843"))
    first = rng.random(n) < 0.80
    is_rejected = rng.random(n) < np.where(first, 0.05, 0.843)
    second = rng.random(n) < np.where(first, 0.97, 0.60)
    is_held = is_rejected & (rng.random(n) < np.where(second, 0.05, 0.843))
    right = np.where(is_rejected, second, first)
    served = rechecked(verifier, SECOND)
    for counted, worked_out in (
        (is_rejected, verifier.rejected()),
        (right, accuracy(verifier, SECOND)),
        (~is_held, served.coverage),
        (right & ~is_held, served.right),
    ):
        p = float(worked_out)
        assert abs(counted.mean() - p) < 4.4 * (p * (1 - p) / n) ** 0.5
    assert first[~is_rejected].mean() == pytest.approx(float(verifier.precision()), abs=2e-3)
    assert right[~is_held].mean() == pytest.approx(float(served.accuracy), abs=2e-3)


def test_nothing_accepted_has_no_precision() -> None:
    with pytest.raises(KplanError, match="nothing is accepted"):
        Verifier(D("0.5"), D(0), D(1)).precision()
    with pytest.raises(KplanError, match="nothing is served"):
        _ = rechecked(Verifier(D("0.5"), D(0), D(1)), SECOND).accuracy
