"""A saved result (`kplan simulate --format json`): one side of a comparison, and what tables are made of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from kplan.checksum import is_as_written
from kplan.engine.ledger import Kind, LedgerRow
from kplan.engine.results import Event, MonthCost
from kplan.errors import KplanError, Mark
from kplan.form.numbers import clipped
from kplan.regress.documents import day, each, mapping, month, number, text
from kplan.regress.runs import Run, RunDesign
from kplan.scenario.source import MAX_BYTES as MAX_PIPED_BYTES
from kplan.scenario.source import Piped

KIND = "kplan/results"
SCHEMA_VERSION = 1
MAX_BYTES = 500_000_000
"""Largest saved result that is read: a thousand times that of a large scenario."""
_MAKE = "kplan simulate SCENARIO --format json"
_CAPACITY = "kplan/capacity"
_OPENING = re.compile(rb'\s*\{\s*"kind"\s*:')


class Saved(Struct, frozen=True):
    """A result as its JSON has it; a simulation that was just made is one, too."""

    run: Run
    document: Mapping[str, Any]
    """Without its checksum, or with it."""


def is_saved(source: Path | Piped) -> bool:
    """Whether it is a saved result: a .json file, or piped text that starts as kplan's JSON does."""
    if isinstance(source, Piped):
        return _OPENING.match(source.data) is not None
    return source.suffix.lower() == ".json"


def saved_run(source: Path | Piped, name: str) -> Run:
    """The run that a file holds; raises KplanError that says what is wrong with it."""
    return saved_result(source, name).run


def saved_result(source: Path | Piped, name: str, most_piped: int = MAX_PIPED_BYTES) -> Saved:
    """The result that a file holds, as kplan wrote it; raises KplanError that says what is wrong with it."""
    try:
        if isinstance(source, Path) and source.stat().st_size > MAX_BYTES:
            raise KplanError(f"larger than {MAX_BYTES // 1_000_000} MB")
        if isinstance(source, Piped) and len(source.data) > most_piped:
            raise KplanError(f"larger than the {most_piped // 1_000_000} MB that are piped; write a file")
        document = json.loads(source.read_bytes() if isinstance(source, Path) else source.data)
    except OSError as e:
        raise KplanError(f"cannot be read: {e.strerror or e}").at(Mark(name, 1, 1)) from e
    except json.JSONDecodeError as e:
        raise KplanError(_no_json(e)).at(Mark(name, e.lineno, e.colno)) from e
    except (ValueError, RecursionError) as e:
        raise KplanError("is no JSON text in UTF-8").at(Mark(name, 1, 1)) from e
    except KplanError as e:
        raise e.at(Mark(name, 1, 1)) from e
    try:
        found = Saved(_run(document, name), document)
        if not is_as_written(document):
            raise KplanError(
                f"was edited since kplan wrote it (its checksum says so); write it anew with `{_MAKE}`"
            )
        return found
    except KplanError as e:
        raise e.at(Mark(name, 1, 1)) from e


def _no_json(error: json.JSONDecodeError) -> str:
    """A scenario in its place is no JSON from the start on, a file that was cut off none from there on."""
    rest = error.doc[error.pos :]
    if error.doc[: error.pos].strip() and (not rest.strip() or error.msg.startswith("Unterminated")):
        return f"is cut off: {error.msg}; write it anew with `{_MAKE}`"
    return f"is no JSON: {error.msg}; `{_MAKE}` makes a saved result"


def _run(document: object, name: str) -> Run:
    if isinstance(document, dict) and document.get("kind") == _CAPACITY:
        tables = "`kplan capacity SCENARIO -o tables/` writes its tables"
        raise KplanError(f"says how designs fit their limits, not what they cost; {tables}, `{_MAKE}` costs")
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise KplanError(f"is no saved result; `{_MAKE}` makes one")
    if document.get("schema_version") != SCHEMA_VERSION:
        version = clipped(str(document.get("schema_version")))
        raise KplanError(f"has schema_version {version}; this kplan reads {SCHEMA_VERSION}")
    return Run(
        name=name,
        scenario_sha256=text(mapping(document, "scenario"), "sha256"),
        book_sha256=text(mapping(document, "prices"), "sha256"),
        kplan_version=text(document, "kplan_version"),
        designs=tuple(each(document, "designs", _design)),
        ledger=tuple(each(document, "ledger", _line)),
        events=tuple(each(document, "events", _event)),
        plans={},
    )


def _design(found: Mapping[str, Any]) -> RunDesign:
    return RunDesign(
        id=text(found, "id"),
        design=text(found, "design"),
        variant=text(found, "variant"),
        added=found.get("added") is True,
        total_usd=number(found, "total"),
        months=tuple(each(found, "cost_per_month", _month)),
        stages=dict(each(found, "stages", _stage)),
    )


def _stage(found: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    models = found.get("models")
    if not isinstance(models, list):
        raise KplanError("`models` is not there")
    return text(found, "id"), tuple(map(str, models))


def _month(found: Mapping[str, Any]) -> MonthCost:
    return MonthCost(
        month(found, "month"),
        number(found, "queries"),
        number(found, "cost"),
        found.get("over_budget") is True,
    )


def _line(found: Mapping[str, Any]) -> LedgerRow:
    try:
        kind = Kind(text(found, "kind"))
    except ValueError as e:
        raise KplanError(f"`kind` is none of {', '.join(Kind)}") from e
    return LedgerRow(
        variant=text(found, "variant"),
        design=text(found, "design"),
        query_class=text(found, "query_class"),
        stage=text(found, "stage"),
        model=text(found, "model"),
        meter=text(found, "meter"),
        price_row=text(found, "price_row"),
        month=text(found, "month"),
        starts_on=day(found, "starts_on"),
        ends_on=day(found, "ends_on"),
        kind=kind,
        label=text(found, "label"),
        quantity_per_query=number(found, "quantity_per_query"),
        unit_price_usd=number(found, "unit_price_usd"),
        cost_per_query_usd=number(found, "cost_per_query_usd"),
        queries=number(found, "queries"),
        cost_usd=number(found, "cost_usd"),
    )


def _event(found: Mapping[str, Any]) -> Event:
    return Event(
        on=day(found, "on"),
        kind=text(found, "kind"),
        model=text(found, "model"),
        meters=tuple(map(str, found.get("meters") or ())),
        text=text(found, "text"),
        designs=tuple(map(str, found.get("designs") or ())),
        status=text(found, "status"),
    )
