"""What right and wrong answers cost."""

from __future__ import annotations

from decimal import Decimal

from kplan.errors import KplanError
from kplan.money import ONE, exact, quotient


def cost_per_correct(cost_usd: Decimal, right: Decimal) -> Decimal:
    """Cost of one right answer, E[cost] / P(right) [USD]; wrong ones are thrown away, or tried again.

    Where a wrong answer itself costs something, `with_errors` says more.
    """
    if right <= 0:
        raise KplanError("no answer is right, so there is no cost of a right one")
    return quotient(cost_usd, right)


def with_errors(cost_usd: Decimal, right: Decimal, wrong_answer_usd: Decimal) -> Decimal:
    """Cost of a query with what its wrong answers cost, E[cost] + price x P(wrong) [USD]."""
    with exact():
        return cost_usd + wrong_answer_usd * (ONE - right)


def escalation_limit(small_usd: Decimal, check_usd: Decimal, large_usd: Decimal) -> Decimal:
    """The share of escalated queries below which a cascade pays, p < 1 - (c_s + c_v) / c_L.

    Small model first, checked, and the large one for a share p: c_s + c_v + p c_L < c_L. At or below 0 it
    never pays. Costs of one query [USD].
    """
    if large_usd <= 0:
        raise KplanError("a large model that costs nothing leaves nothing to save")
    with exact():
        return ONE - quotient(small_usd + check_usd, large_usd)
