"""What the cells of a price book are read as; each reader raises KplanError that says what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from kplan.errors import KplanError
from kplan.money import ONE, ZERO, exact
from kplan.prices.columns import ALIAS_SEPARATOR
from kplan.prices.meters import CACHE_WRITE, SCALES
from kplan.prices.rows import US_DOLLAR

_MAX_DIGITS = 60
_MAX_EXPONENT = 100
_NUMBER = re.compile(r"\$?([0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?|\.[0-9]+)(?:[eE]([+-]?[0-9]{1,9}))?")
_METER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")


def usd(text: str) -> Decimal:
    """A price, from `3.00`, `$0.1` or `1e-6`."""
    found = _NUMBER.fullmatch(text)
    if not found:
        raise KplanError(f'"{text}" is not a price; write 3.00')
    digits, exponent = found[1].replace("_", ""), int(found[2] or 0)
    if abs(exponent) > _MAX_EXPONENT or len(digits) > _MAX_DIGITS:
        raise KplanError(
            f'"{text[:40]}" has too many digits; at most {_MAX_DIGITS}, exponent at most {_MAX_EXPONENT}'
        )
    return Decimal(f"{digits}e{exponent}")


def count(text: str) -> int:
    """A whole number, from `200_000`."""
    digits = text.replace("_", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS):
        raise KplanError(f'"{text}" is not a whole number')
    return int(digits)


def per(text: str) -> int:
    """What a price stands for [units]."""
    if (units := count(text)) not in SCALES:
        raise KplanError(f"{units} is not one of {', '.join(map(str, SCALES))}")
    return units


def day(text: str) -> date:
    """A date, from `2026-12-31`."""
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as e:
        raise KplanError(f'"{text}" is not a date; write 2026-12-31') from e


def meter(text: str) -> str:
    """The name of a meter that a price can be for."""
    if text == CACHE_WRITE:
        raise KplanError(
            "cache_write counts all cache writes; a price is for cache_write_5m or cache_write_1h"
        )
    if not _METER.fullmatch(text):
        raise KplanError(f'"{text}" is not a meter name; write letters, digits and _')
    return text


def provider(text: str) -> str:
    """The name of a provider."""
    if "/" in text:
        raise KplanError(f'a provider has no slash: "{text}"')
    return text


def one_of(allowed: Sequence[str]) -> Callable[[str], str]:
    """A reader of one of these words."""

    def read(text: str) -> str:
        if text not in allowed:
            near = get_close_matches(text, allowed, 1)
            hint = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(allowed)}"
            raise KplanError(f'"{text}" is not known; {hint}')
        return text

    return read


def names(text: str) -> tuple[str, ...]:
    """Names, from `one|two`."""
    return tuple(filter(None, (name.strip() for name in text.split(ALIAS_SEPARATOR))))


def currency(text: str) -> str:
    """A currency, by the three letters of ISO 4217."""
    if not _CURRENCY.fullmatch(text):
        raise KplanError(
            f'"{text}" is not a currency; write three capital letters such as {US_DOLLAR} or EUR'
        )
    return text


def positive(text: str) -> Decimal:
    """A number above 0, such as a factor."""
    if text.startswith("$") or not (found := usd(text)):
        raise KplanError(f'"{text}" is not a number above 0; write 1.1')
    return found


def kept_after(text: str) -> Decimal:
    """What a discount of `12%` leaves of a price: 0.88."""
    number, percent = (text[:-1].rstrip(), 100) if text.endswith("%") else (text, 1)
    try:
        rate = usd(number)
    except KplanError as e:
        raise KplanError(f'"{text}" is not a discount; write 12%') from e
    with exact():
        rate = rate.scaleb(-2) if percent == 100 else rate
        if not ZERO < rate < ONE:
            raise KplanError(f'"{text}" is not between 0% and 100%; write 12% for a discount of 12%')
        return ONE - rate
