"""A saved result (`kplan simulate --format json`) as one side of a comparison."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

from kplan.engine.ledger import Kind, LedgerRow
from kplan.engine.results import Event, MonthCost
from kplan.errors import KplanError, Mark
from kplan.form.numbers import clipped
from kplan.regress.runs import Run, RunDesign

T = TypeVar("T")

KIND = "kplan/results"
SCHEMA_VERSION = 1
MAX_BYTES = 500_000_000
"""Largest saved result that is read: a thousand times that of a large scenario."""
_MAX_DIGITS = 600


def saved_run(path: Path, name: str) -> Run:
    """The run that a file holds; raises KplanError that says what is wrong with it."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise KplanError(f"larger than {MAX_BYTES // 1_000_000} MB")
        document = json.loads(path.read_bytes())
    except OSError as e:
        raise KplanError(f"cannot be read: {e.strerror or e}").at(Mark(name, 1, 1)) from e
    except json.JSONDecodeError as e:
        raise KplanError(f"is no JSON: {e.msg}").at(Mark(name, e.lineno, e.colno)) from e
    except (UnicodeDecodeError, RecursionError) as e:
        raise KplanError("is no JSON text in UTF-8").at(Mark(name, 1, 1)) from e
    except KplanError as e:
        raise e.at(Mark(name, 1, 1)) from e
    try:
        return _run(document, name)
    except KplanError as e:
        raise e.at(Mark(name, 1, 1)) from e


def _run(document: object, name: str) -> Run:
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise KplanError("is no saved result; `kplan simulate SCENARIO --format json` makes one")
    if document.get("schema_version") != SCHEMA_VERSION:
        version = clipped(str(document.get("schema_version")))
        raise KplanError(f"has schema_version {version}; this kplan reads {SCHEMA_VERSION}")
    return Run(
        name=name,
        scenario_sha256=_text(_map(document, "scenario"), "sha256"),
        book_sha256=_text(_map(document, "prices"), "sha256"),
        kplan_version=_text(document, "kplan_version"),
        designs=tuple(_each(document, "designs", _design)),
        ledger=tuple(_each(document, "ledger", _line)),
        events=tuple(_each(document, "events", _event)),
        plans={},
    )


def _design(found: Mapping[str, Any]) -> RunDesign:
    return RunDesign(
        id=_text(found, "id"),
        design=_text(found, "design"),
        variant=_text(found, "variant"),
        added=found.get("added") is True,
        total_usd=_number(found, "total"),
        months=tuple(_each(found, "cost_per_month", _month)),
        stages=dict(_each(found, "stages", _stage)),
    )


def _stage(found: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    models = found.get("models")
    if not isinstance(models, list):
        raise KplanError("`models` is not there")
    return _text(found, "id"), tuple(map(str, models))


def _month(found: Mapping[str, Any]) -> MonthCost:
    month = _text(found, "month")
    try:
        date.fromisoformat(f"{month}-01")
    except ValueError as e:
        raise KplanError(f"`month`: {clipped(month)} is no month") from e
    return MonthCost(
        month, _number(found, "queries"), _number(found, "cost"), found.get("over_budget") is True
    )


def _line(found: Mapping[str, Any]) -> LedgerRow:
    try:
        kind = Kind(_text(found, "kind"))
    except ValueError as e:
        raise KplanError(f"`kind` is none of {', '.join(Kind)}") from e
    return LedgerRow(
        variant=_text(found, "variant"),
        design=_text(found, "design"),
        query_class=_text(found, "query_class"),
        stage=_text(found, "stage"),
        model=_text(found, "model"),
        meter=_text(found, "meter"),
        price_row=_text(found, "price_row"),
        month=_text(found, "month"),
        starts_on=_day(found, "starts_on"),
        ends_on=_day(found, "ends_on"),
        kind=kind,
        label=_text(found, "label"),
        quantity_per_query=_number(found, "quantity_per_query"),
        unit_price_usd=_number(found, "unit_price_usd"),
        cost_per_query_usd=_number(found, "cost_per_query_usd"),
        queries=_number(found, "queries"),
        cost_usd=_number(found, "cost_usd"),
    )


def _event(found: Mapping[str, Any]) -> Event:
    return Event(
        on=_day(found, "on"),
        kind=_text(found, "kind"),
        model=_text(found, "model"),
        meters=tuple(map(str, found.get("meters") or ())),
        text=_text(found, "text"),
        designs=tuple(map(str, found.get("designs") or ())),
        status=_text(found, "status"),
    )


def _each(found: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any]], T]) -> list[T]:
    items = found.get(key)
    if not isinstance(items, list):
        raise KplanError(f"`{key}` is no list")
    read_items = []
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            raise KplanError(f"{key}.{number}: is no object")
        try:
            read_items.append(read(item))
        except KplanError as e:
            raise KplanError(f"{key}.{number}: {e}") from e
    return read_items


def _map(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = found.get(key)
    if not isinstance(value, dict):
        raise KplanError(f"`{key}` is no object")
    return value


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    if not isinstance(value, str):
        raise KplanError(f"`{key}` is no text")
    return value


def _number(found: Mapping[str, Any], key: str) -> Decimal:
    text = _text(found, key)
    try:
        number = Decimal(text) if len(text) <= _MAX_DIGITS else Decimal("NaN")
    except InvalidOperation as e:
        raise KplanError(f"`{key}`: {clipped(text)} is no number") from e
    if not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS:
        raise KplanError(f"`{key}`: {clipped(text)} is no amount")
    return number


def _day(found: Mapping[str, Any], key: str) -> date:
    text = _text(found, key)
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise KplanError(f"`{key}`: {clipped(text)} is no date") from e
