"""A verifier between two passes: how often it rejects, and how right what is served is then.

The formulas are expressions over these probabilities [0..1], so that a cost graph can hold them as they are:

right          g: the first answer is right
accepts_right  s = P(accepted | right)
catches_wrong  1 - f = P(rejected | wrong)
fixes_wrong    h_w = P(second answer right | first wrong)
keeps_right    h_c = P(second answer right | first right)

h_w and h_c are not the second model's own accuracy: errors of models go together (`joint`).
Source: Dekoninck et al., A Unified Approach to Routing and Cascading for LLMs (2410.10347), and total
probability over (right or wrong) x (accepted or rejected).
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import asdict

from kplan.errors import KplanError
from kplan.form.constant import constant
from kplan.form.expressions import parse
from kplan.money import ONE, ZERO, cut, exact, quotient

REJECTED = parse("right * (1 - accepts_right) + (1 - right) * catches_wrong")
"""Share of the first answers that are rejected: what takes the second pass."""
ACCURACY = parse(
    "right * accepts_right + right * (1 - accepts_right) * keeps_right"
    " + (1 - right) * catches_wrong * fixes_wrong"
)
"""Share of the served answers that are right, every rejected one replaced."""
CAUGHT = parse("(rejected - right * (1 - accepts_right)) / (1 - right)")
"""The catches_wrong that a rate of rejection implies."""
NEEDED = parse(
    "max(0, (accuracy - right * accepts_right - right * (1 - accepts_right) * keeps_right)"
    " / ((1 - right) * fixes_wrong))"
)
"""The catches_wrong that an accuracy needs; above 1 it cannot be had."""


class Verifier(Struct, frozen=True):
    """First answers and who judges them [0..1]."""

    right: Decimal
    accepts_right: Decimal
    catches_wrong: Decimal

    @classmethod
    def rejecting(cls, rejected: Decimal, right: Decimal, accepts_right: Decimal) -> Verifier:
        """The verifier that rejects so many; raises KplanError where none can, or where any would."""
        if right == ONE:
            raise KplanError("no first answer is wrong, so the rate says nothing of what is caught")
        known = {"rejected": rejected, "right": right, "accepts_right": accepts_right}
        return cls(right, accepts_right, constant(CAUGHT, known))

    @property
    def is_possible(self) -> bool:
        """Whether what it catches is a share; one derived from other figures may be none."""
        return ZERO <= self.catches_wrong <= ONE

    def rejected(self) -> Decimal:
        """Share of the first answers that are rejected [0..1]."""
        return constant(REJECTED, asdict(self))

    def accepted(self) -> Decimal:
        """Share of the first answers that are accepted [0..1]."""
        with exact():
            return ONE - self.rejected()

    def precision(self) -> Decimal:
        """Share of the accepted first answers that are right [0..1]; raises KplanError where none is."""
        with exact():
            right = self.right * self.accepts_right
        if not (accepted := self.accepted()):
            raise KplanError("nothing is accepted, so nothing of it is right or wrong")
        return quotient(right, accepted)


class SecondAnswer(Struct, frozen=True):
    """How right the second answer is, given the first [0..1]."""

    fixes_wrong: Decimal
    keeps_right: Decimal

    @classmethod
    def independent(cls, right: Decimal) -> SecondAnswer:
        """As if the second model were as often right where the first was wrong: an assumption."""
        return cls(right, right)


def accuracy(verifier: Verifier, second: SecondAnswer) -> Decimal:
    """Share of the served answers that are right, every rejected one replaced [0..1]."""
    return constant(ACCURACY, asdict(verifier) | asdict(second))


def needed(right: Decimal, accepts_right: Decimal, second: SecondAnswer, wanted: Decimal) -> Verifier | None:
    """The verifier that an accuracy needs; one that catches more than all, or none, where it is out of reach.

    None where no verifier changes anything: no first answer is wrong, or the second answer fixes none.
    """
    known = {"accuracy": wanted, "right": right, "accepts_right": accepts_right, **asdict(second)}
    if right == ONE or not second.fixes_wrong:
        least = Verifier(right, accepts_right, ZERO)
        return least if accuracy(least, second) >= wanted else None
    return Verifier(right, accepts_right, constant(NEEDED, known))


class Served(Struct, frozen=True):
    """What is served where a second rejection holds an answer back [0..1]."""

    coverage: Decimal
    """Share of the queries that get an answer."""
    right: Decimal
    """Share of the queries that get a right one."""

    @property
    def accuracy(self) -> Decimal:
        """Share of the served answers that are right; raises KplanError where none is served."""
        if not self.coverage:
            raise KplanError("nothing is served, so nothing of it is right or wrong")
        return quotient(self.right, self.coverage)

    def with_rest(self, right: Decimal) -> Decimal:
        """Share of all queries answered right where someone else, such as a person, takes the rest.

        right   accuracy of whoever takes what was held back [0..1]
        """
        with exact():
            return cut(self.right + (ONE - self.coverage) * right)


def rechecked(verifier: Verifier, second: SecondAnswer, again: Verifier | None = None) -> Served:
    """What is served when the second answer is judged too, and held back where it is rejected again.

    again   the second judgement, whose `right` plays no part; the same as the first unless given
    """
    judge = again or verifier
    with exact():
        g, wrong = verifier.right, ONE - verifier.right
        rejected_right, caught = g * (ONE - verifier.accepts_right), wrong * verifier.catches_wrong
        second_right = rejected_right * second.keeps_right + caught * second.fixes_wrong
        second_wrong = rejected_right + caught - second_right
        right = g * verifier.accepts_right + second_right * judge.accepts_right
        slipped = wrong * (ONE - verifier.catches_wrong)
        coverage = right + slipped + second_wrong * (ONE - judge.catches_wrong)
    return Served(coverage, right)
