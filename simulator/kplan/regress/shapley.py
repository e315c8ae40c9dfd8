"""An order-independent split of a change into the effects of the factors that changed (Shapley)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import product
from math import factorial

from kplan.money import ZERO, exact, quotient


class Factor(StrEnum):
    """What a bill is a product of; the value is what outputs call it."""

    VOLUME = "volume"
    """How many queries come, and in which months."""
    FLOW = "flow"
    """How often a query makes a call: classes, chances, calls, retries, stages added or dropped."""
    TOKENS = "tokens"
    """What one call uses of each meter."""
    MODELS = "models"
    """Which models run a stage, with which shares, in which mode and region."""
    USAGE = "tokens, flow and models"
    """The three together, where a side is a saved result and its ledger does not tell them apart."""
    PRICE = "price"
    """What a unit costs on a day."""
    FIXED = "fixed"
    """Monthly amounts, and the rate of the contingency."""
    DESIGN = "design"
    """Which of its designs a scenario runs; in comparisons of portfolios alone."""


Sides = Mapping[Factor, int]
"""For each factor whether it is taken from the base (0) or from the head (1)."""


def shapley(factors: Sequence[Factor], value: Callable[[Sides], Fraction]) -> dict[Factor, Fraction]:
    """What each factor adds to the change from all-base to all-head, averaged over every order [USD].

    value   cost where each factor is taken from one of the sides, exact [USD]

    The effects add up to value(head) - value(base); a factor that changes nothing has effect 0; swapping
    the sides negates every effect; effects of a sum are sums of effects.
    Source: L. S. Shapley, A Value for n-Person Games, Contributions to the Theory of Games II, 1953,
    section 3, formula (12).
    """
    n = len(factors)
    weights = [Fraction(factorial(s) * factorial(n - s - 1), factorial(n)) for s in range(n)]
    values = {bits: value(dict(zip(factors, bits, strict=True))) for bits in product((0, 1), repeat=n)}
    effects = dict.fromkeys(factors, Fraction(0))
    for bits, low in values.items():
        for index, factor in enumerate(factors):
            if not bits[index]:
                high = values[(*bits[:index], 1, *bits[index + 1 :])]
                if high != low:
                    effects[factor] += weights[sum(bits)] * (high - low)
    return effects


def settled(effects: Mapping[Factor, Fraction], delta_usd: Decimal) -> dict[Factor, Decimal]:
    """The effects as Decimals that add up to the change exactly [USD].

    effects   one at least
    Each is cut at 60 digits; the last one that is not 0, else the last, takes what is left over.
    """
    cut = {
        factor: quotient(Decimal(effect.numerator), Decimal(effect.denominator))
        for factor, effect in effects.items()
    }
    last = next((factor for factor in reversed(cut) if cut[factor]), next(reversed(cut)))
    with exact():
        cut[last] += delta_usd - sum(cut.values(), ZERO)
    return cut


def summed(parts: Sequence[Mapping[Factor, Decimal]]) -> dict[Factor, Decimal]:
    """The effects of several lines together [USD]."""
    total: dict[Factor, Decimal] = {}
    with exact():
        for part in parts:
            for factor, usd in part.items():
                total[factor] = total.get(factor, ZERO) + usd
    return total
