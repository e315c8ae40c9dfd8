"""Calls as users write them, one JSON object a line: read strictly, each fault its own answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import NoReturn

from msgspec import Struct

from kplan.errors import KplanError

KEYS = ("provider", "model", "at", "mode", "region", "usage")
MAX_COUNT_DIGITS = 18
"""Digits before and after the point of a count of tokens; more is a slip."""


class Call(Struct, frozen=True):
    """One call to price; usage still in the convention of the file."""

    ref: str
    usage: Mapping[str, Decimal]
    at: datetime | None
    """UTC; None when the line does not say."""
    mode: str = "standard"
    region: str = ""


def call_from(line: bytes) -> Call:
    """The call of one line; raises KplanError that says what is wrong with it."""
    said = _object(line)
    if unknown := [key for key in said if key not in KEYS]:
        raise KplanError("; ".join(_unknown(key) for key in unknown))
    usage = said.get("usage")
    if not isinstance(usage, dict):
        raise KplanError('usage missing; write {"model": "...", "usage": {"input": 1000, "output": 100}}')
    texts = {key: _string(key, said[key]) for key in KEYS[:-1] if said.get(key) is not None}
    if not texts.get("model"):
        raise KplanError("model missing")
    provider = texts.get("provider")
    return Call(
        f"{provider}/{texts['model']}" if provider else texts["model"],
        {key: _number(key, value) for key, value in usage.items()},
        instant(texts["at"]) if "at" in texts else None,
        texts.get("mode", "standard"),
        texts.get("region", ""),
    )


def instant(text: str) -> datetime:
    """A date (its first moment) or a date and time, in UTC unless it says its offset."""
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise KplanError(f'at "{text}" is not a date; write 2026-11-01 or 2026-11-01T14:30:00+01:00') from e


def count(name: str, text: str) -> Decimal:
    """A number of units from its text; raises KplanError when it is none or too large."""
    try:
        number = Decimal(text if text.isascii() else "")
    except InvalidOperation as e:
        raise KplanError(f'{name} "{text[:40]}" is not a number') from e
    if not number.is_finite():
        raise KplanError(f"{name} is {text}; it must be a finite number")
    exponent = number.as_tuple().exponent
    if number.adjusted() >= MAX_COUNT_DIGITS or not isinstance(exponent, int) or exponent < -MAX_COUNT_DIGITS:
        raise KplanError(f"{name} {text[:40]} is too large, or has too many digits")
    return number


class _Digits(Struct, frozen=True):
    """A JSON number as it is written."""

    text: str


def _object(line: bytes) -> dict[str, object]:
    try:
        text = line.decode("utf-8").strip()
        if not text:
            raise KplanError("an empty line; write one JSON call a line")
        said = json.loads(
            text, parse_float=_Digits, parse_int=_Digits, parse_constant=_constant, object_pairs_hook=_once
        )
    except UnicodeDecodeError as e:
        raise KplanError(f"not UTF-8 (byte {e.start})") from e
    except json.JSONDecodeError as e:
        raise KplanError(f"not JSON: {e.msg} (column {e.colno})") from e
    except RecursionError as e:
        raise KplanError("nested too deeply") from e
    if not isinstance(said, dict):
        raise KplanError("not a JSON object; write {...}")
    return said


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise KplanError(f"{', '.join(twice)} stands twice")
    return dict(pairs)


def _constant(text: str) -> NoReturn:
    raise KplanError(f"{text} is not a number")


def _unknown(key: str) -> str:
    near = get_close_matches(key, KEYS, 1)
    return f'unknown key "{key}"; ' + (f"did you mean {near[0]}?" if near else f"known are {', '.join(KEYS)}")


def _string(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise KplanError(f"{key} must be a text")
    return value


def _number(key: str, value: object) -> Decimal:
    if not isinstance(value, _Digits):
        raise KplanError(f"{key} must be a number, not {_named(value)}")
    return count(key, value.text)


def _named(value: object) -> str:
    if isinstance(value, str):
        return f'the text "{value[:40]}"'
    if isinstance(value, list | dict):
        return "a list or an object"
    return "null" if value is None else str(value).lower()
