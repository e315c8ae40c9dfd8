"""Modifiers, discounts and rates of exchange as a user's book writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from msgspec import Struct

from kplan.errors import KplanError
from kplan.money import ONE, exact, plain
from kplan.prices import cell_readers
from kplan.prices.rows import MODES, US_DOLLAR
from kplan.prices.terms import ExchangeRate, Term

Values = dict[str, Any]
Readers = Mapping[str, Callable[[str], object]]
AnyTerm = TypeVar("AnyTerm", Term, ExchangeRate)


class TermTable(Struct, Generic[AnyTerm], frozen=True):
    """A table of terms: its columns, and what a line of it is made into."""

    name: str
    readers: Readers
    required: tuple[str, ...]
    build: Callable[[Values], AnyTerm]


def _modifier(values: Values) -> Term:
    where = " ".join(filter(None, (values.get("mode"), values.get("region"))))
    return _term(values, values.pop("multiplier"), f"{where} modifier".strip())


def _discount(values: Values) -> Term:
    factor = values.pop("rate")
    with exact():
        percent = plain((ONE - factor).scaleb(2))
    return _term(values, factor, f"discount of {percent}%")


def _term(values: Values, factor: Any, what: str) -> Term:
    start, end = values.pop("from", None), values.pop("to", None)
    if start and end and end <= start:
        raise KplanError(f"to {end} must be after from {start}, the first day")
    name = values.pop("note", "") or what
    return Term(factor=factor, what=name, valid_from=start, valid_to=end, **values)


def _exchange_rate(values: Values) -> ExchangeRate:
    if values["currency"] == US_DOLLAR:
        raise KplanError(f"{US_DOLLAR} needs no rate: it is what kplan counts in")
    return ExchangeRate(valid_from=values.pop("from", None), **values)


_DATED: Readers = {"from": cell_readers.day, "source": str, "recorded_on": cell_readers.day}
_SELECTING: Readers = {
    "models": str,
    "meters": cell_readers.names,
    "region": str,
    "mode": cell_readers.one_of(MODES),
    "to": cell_readers.day,
    "note": str,
    **_DATED,
}

MODIFIERS = TermTable(
    "modifiers", {**_SELECTING, "multiplier": cell_readers.positive}, ("models", "multiplier"), _modifier
)
DISCOUNTS = TermTable(
    "discounts", {**_SELECTING, "rate": cell_readers.kept_after}, ("models", "rate"), _discount
)
CURRENCIES = TermTable(
    "currencies",
    {**_DATED, "currency": cell_readers.currency, "usd": cell_readers.positive},
    ("currency", "usd"),
    _exchange_rate,
)
