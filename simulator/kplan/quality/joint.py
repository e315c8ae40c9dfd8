"""Two models on the same cases: how their errors go together."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import asdict

from kplan.form.constant import constant
from kplan.form.expressions import Expression, parse
from kplan.quality.verifier import SecondAnswer

FIRST_RIGHT = parse("(both + first_only) / (both + first_only + second_only + neither)")
SECOND_RIGHT = parse("(both + second_only) / (both + first_only + second_only + neither)")
EITHER_RIGHT = parse("1 - neither / (both + first_only + second_only + neither)")
FIXES_WRONG = parse("second_only / (second_only + neither)")
"""P(second right | first wrong), far below the second model's own accuracy where both fail at hard cases."""
KEEPS_RIGHT = parse("both / (both + first_only)")
"""P(second right | first right)."""


class Joint(Struct, frozen=True):
    """How many cases both, one or neither of two models got right [count]."""

    both: Decimal
    first_only: Decimal
    second_only: Decimal
    neither: Decimal

    def part(self, formula: Expression) -> Decimal:
        """One of the formulas above [0..1]; raises KplanError where there is no case to count it of."""
        return constant(formula, asdict(self))

    def second_answer(self) -> SecondAnswer:
        """How right the second model is, given the first."""
        return SecondAnswer(self.part(FIXES_WRONG), self.part(KEEPS_RIGHT))
