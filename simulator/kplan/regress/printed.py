"""A figure as somebody printed it: what it says, and how much its last digit leaves open."""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec import Struct

from kplan.errors import KplanError
from kplan.form.numbers import clipped, number
from kplan.money import ONE, exact, plain, rounded

_FIGURE = re.compile(
    r"""(?P<sign>[-−–+]?) \s* (?P<currency>[$€£]?) \s*
    (?<![\w.,]) (?P<digits>
        (?: [0-9]{1,3} (?: [,_'\ \u00a0\u202f] [0-9]{3} )+ | [0-9]+ ) (?: \.[0-9]+ )? | \.[0-9]+
    )
    (?: \s* (?P<percent>%) | (?P<scale>[kKM]) (?!\w) | [x×] (?!\w) | (?!\w) )""",
    re.VERBOSE,
)
_SCALES = {"k": 3, "K": 3, "M": 6}
"""Powers of ten behind a number: 250K, 1.2M."""
_DIGITS_MORE = 2
"""A computed value is shown to so many digits more than the figure was printed with."""


class Printed(Struct, frozen=True):
    """A figure as it was printed: its value, and what a unit of its last digit is worth."""

    value: Decimal
    unit: Decimal
    currency: str
    is_percent: bool

    @classmethod
    def of(cls, text: str) -> Printed:
        """From `$0.0023`, `31,125`, `42%`, `-$5`, `250K` or `$0.0041 amortized`; 42% is 0.42.

        Raises KplanError where the text holds no number, or digits besides it, such as `4-8x` or `1/10`.
        """
        found = _FIGURE.search(text)
        if found is None:
            raise KplanError(
                f"no number can be read in `{clipped(text)}`; write it as in $0.0023, 31,125 or 42%"
            )
        rest = text[: found.start()] + text[found.end() :]
        if any(character.isdigit() for character in rest):
            raise KplanError(f"`{clipped(text)}` is more than one number; write the one figure under audit")
        scale = -2 if found["percent"] else _SCALES.get(found["scale"] or "", 0)
        digits = number(re.sub(r"[^0-9.]", "", found["digits"]))
        places = len(found["digits"].partition(".")[2])
        with exact():
            value = digits.scaleb(scale) * (-1 if found["sign"] in tuple("-−–") else 1)
            return cls(value, ONE.scaleb(scale - places), found["currency"], bool(found["percent"]))

    def agrees(self, value: Decimal) -> bool:
        """Whether the value lies within half a unit of the last printed digit, inclusive."""
        with exact():
            return 2 * abs(value - self.value) <= self.unit

    def like(self, value: Decimal) -> str:
        """A value in the figure's own manner, with up to two digits more: `$0.00265`, `72.2%`."""
        with exact():
            shown = value * 100 if self.is_percent else value
        text = f"{self.currency}{_trimmed(abs(shown), self._places())}{'%' if self.is_percent else ''}"
        return f"-{text}" if value < 0 else text

    def off(self, value: Decimal) -> str:
        """How far a value is off: `-$0.00015`, `+30.2 points`."""
        with exact():
            difference = value - self.value
        text = self.like(difference).replace("%", " points")
        return text if difference < 0 else f"+{text}"

    def _places(self) -> int:
        """Decimals that were printed."""
        exponent = self.unit.adjusted() + (2 if self.is_percent else 0)
        return max(0, -exponent)


def _trimmed(number: Decimal, places: int) -> str:
    """The number with `places` decimals, or up to two more where they are not 0."""
    fine = rounded(number, places + _DIGITS_MORE)
    decimals = len(plain(fine).partition(".")[2])
    return f"{rounded(number, max(places, decimals)):,f}"
