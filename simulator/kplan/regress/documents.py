"""Values of a document that was read, JSON or YAML alike: told by name where they are not as expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from kplan.errors import KplanError
from kplan.form.numbers import clipped

T = TypeVar("T")

_MAX_DIGITS = 600


def each(found: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """What the objects of a list are read as."""
    items = found.get(key)
    if not isinstance(items, list):
        raise KplanError(f"`{key}` is no list")
    read_items = []
    for number_of, item in enumerate(items):
        if not isinstance(item, dict):
            raise KplanError(f"{key}.{number_of}: is no object")
        try:
            read_items.append(read(item))
        except KplanError as e:
            raise KplanError(f"{key}.{number_of}: {e}") from e
    return read_items


def mapping(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object."""
    value = found.get(key)
    if not isinstance(value, dict):
        raise KplanError(f"`{key}` is no object")
    return value


def text(found: Mapping[str, Any], key: str) -> str:
    """A text, empty or not."""
    value = found.get(key)
    if not isinstance(value, str):
        raise KplanError(f"`{key}` is no text")
    return value


def number(found: Mapping[str, Any], key: str) -> Decimal:
    """A decimal string of bounded size."""
    written = text(found, key)
    try:
        value = Decimal(written) if len(written) <= _MAX_DIGITS else Decimal("NaN")
    except InvalidOperation as e:
        raise KplanError(f"`{key}`: {clipped(written)} is no number") from e
    if not value.is_finite() or abs(value.adjusted()) > _MAX_DIGITS:
        raise KplanError(f"`{key}`: {clipped(written)} is no amount")
    return value


def day(found: Mapping[str, Any], key: str) -> date:
    """A date."""
    written = text(found, key)
    try:
        return date.fromisoformat(written)
    except ValueError as e:
        raise KplanError(f"`{key}`: {clipped(written)} is no date") from e


def month(found: Mapping[str, Any], key: str) -> str:
    """A month such as 2027-01."""
    written = text(found, key)
    try:
        date.fromisoformat(f"{written}-01")
    except ValueError as e:
        raise KplanError(f"`{key}`: {clipped(written)} is no month") from e
    return written
