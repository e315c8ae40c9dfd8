"""What right and wrong answers cost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kplan.errors import KplanError
from kplan.quality.worth import cost_per_correct, escalation_limit, with_errors

D = Decimal


def test_a_right_answer_costs_more_than_an_answer() -> None:
    assert cost_per_correct(D("0.09"), D("0.9")) == D("0.1")
    with pytest.raises(KplanError, match="no answer is right"):
        cost_per_correct(D("0.09"), D(0))


def test_wrong_answers_have_a_price() -> None:
    assert with_errors(D("0.09"), D("0.9"), D("0.25")) == D("0.115")


def test_a_dime_a_mistake_turns_the_ranking() -> None:
    """routing.md 3.1: from about $.10 a mistake a single large model beats a cheaper, worse cascade."""
    cascade, large = (D("0.010"), D("0.80")), (D("0.018"), D("0.88"))
    for price, is_large in ((D("0.09"), False), (D("0.11"), True)):
        assert (with_errors(*large, price) < with_errors(*cascade, price)) is is_large


def test_a_cascade_pays_below_its_limit() -> None:
    """Small 1, check .5, large 6: p < 1 - 1.5 / 6 = .75; on either side of it by the bill itself."""
    limit = escalation_limit(D(1), D("0.5"), D(6))
    assert limit == D("0.75")
    assert D("1.5") + D("0.74") * 6 < 6 < D("1.5") + D("0.76") * 6
    assert escalation_limit(D(4), D(3), D(6)) < 0
    with pytest.raises(KplanError, match="nothing to save"):
        escalation_limit(D(1), D(1), D(0))
