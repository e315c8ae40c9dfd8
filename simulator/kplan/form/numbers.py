"""Numbers as people write them in a scenario: `250_000`, `8%`, `1e-6`, as exact Decimals within bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from kplan.errors import KplanError
from kplan.money import ONE, exact

MAX_DIGITS = 60
"""Longest number accepted; a quotient keeps as many (kplan.money.CUT_DIGITS)."""
MAX_EXPONENT = 100
"""Largest power of ten accepted, either way: far beyond any bill, and cheap to compute with."""

NUMBER = re.compile(r"(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?")
_SIGNED = re.compile(rf"(?P<sign>[+-]?)(?P<digits>{NUMBER.pattern})(?P<percent>\s*%)?")

_DURATION = re.compile(r"\s*([\d_.]+)\s*(ms|s|m|min|h)\s*")
SECONDS: Mapping[str, Decimal] = MappingProxyType(
    {"ms": Decimal("0.001"), "s": ONE, "m": Decimal(60), "min": Decimal(60), "h": Decimal(3600)}
)
"""Units of time, in seconds."""


def number(text: str) -> Decimal:
    """The exact value of a number with optional sign, underscores, exponent and percent sign.

    Raises KplanError when the text is no number, or one too long or too large to compute with.
    """
    match = _SIGNED.fullmatch(text.strip())
    if match is None or "__" in text or "_." in text or "._" in text or match["digits"].endswith("_"):
        raise KplanError(f"`{clipped(text)}` is not a number; write for example 250_000, 0.5 or 8%")
    value = _bounded(match["digits"].replace("_", ""))
    if match["percent"]:
        with exact():
            value = value.scaleb(-2)
    return value.copy_negate() if match["sign"] == "-" and value else value


def duration(text: str) -> Decimal | None:
    """The time of `300ms`, `2s`, `5m` or `1h` [s]; none where there is no such unit."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    with exact():
        return number(match[1]) * SECONDS[match[2]]


def _bounded(digits: str) -> Decimal:
    mantissa, _, exponent = digits.lower().partition("e")
    shown = clipped(digits)
    if len(mantissa.replace(".", "").strip("0")) > MAX_DIGITS or len(mantissa) > 10 * MAX_DIGITS:
        raise KplanError(f"`{shown}` has too many digits: at most {MAX_DIGITS} are allowed")
    if len(exponent.lstrip("+-0")) > len(str(MAX_EXPONENT)) or abs(int(exponent or 0)) > MAX_EXPONENT:
        raise KplanError(f"`{shown}` is out of bounds: the power of ten goes from -100 to 100")
    value = Decimal(digits)
    if value and abs(value.adjusted()) > MAX_EXPONENT:
        raise KplanError(f"`{shown}` is out of bounds: the power of ten goes from -100 to 100")
    return value


def clipped(text: str, length: int = 40) -> str:
    """The text on one line with control characters escaped, cut to a length fit for a message."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: length + 1])
    return shown if len(text) <= length else shown[:length] + "…"
