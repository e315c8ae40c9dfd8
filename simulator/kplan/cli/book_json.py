"""Books, models and price rows as JSON outputs show them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from kplan.money import plain
from kplan.prices.book import Book
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow


def row_json(row: PriceRow) -> dict[str, object]:
    """A price row for JSON outputs: its id, and of its columns those that are filled."""
    cells = {name: getattr(row, name) for name in row.__slots__}
    shown = {name: _plain(value) for name, value in cells.items() if value not in (None, "")}
    return {"id": row.id, **shown, "usd": plain(row.usd)}


def model_json(model: ModelRow) -> dict[str, object]:
    """A model row for JSON outputs."""
    return {"ref": model.ref} | {name: _plain(getattr(model, name)) for name in model.__slots__}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def about(prices: Book) -> dict[str, object]:
    """Which book it is, for JSON outputs."""
    return {"name": prices.name, "as_of": _plain(prices.as_of), "sha256": prices.sha256}


def dumped(kind: str, prices: Book, said: Mapping[str, object]) -> str:
    """A JSON output on one price book."""
    whole = {"kind": kind, "schema_version": 1, "currency": "USD", "book": about(prices), **said}
    return json.dumps(whole, indent=2, ensure_ascii=False)
