"""How a knob moves: its steps, and how many decimals its values have."""

from __future__ import annotations

from decimal import Decimal

from kplan.money import ONE, exact
from kplan.render.whatif.knobs import Knob
from kplan.render.whatif.points import is_whole

_FEWEST_STEPS = 60
"""A slider has at least so many; a whole number moves by whole ones, be they fewer."""
_FEWEST_WHOLE = 3


def step(knob: Knob) -> Decimal:
    """The step, 1, 2 or 5 times a power of ten; from the plan's value, so that sliding finds it again."""
    with exact():
        span = knob.high - knob.low
        unit = ONE.scaleb(span.adjusted() - 2)
        found = max(unit * n for n in (1, 2, 5) if unit * n * _FEWEST_STEPS <= span)
    is_counted = is_whole(knob.low, knob.high, knob.planned) and span >= _FEWEST_WHOLE
    return max(found, ONE) if is_counted else found


def places(knob: Knob) -> int:
    """Decimals of every value that the slider can come to."""
    return max(_places(knob.planned), _places(step(knob)))


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
