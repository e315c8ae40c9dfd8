"""JSON outputs on one price book."""

from __future__ import annotations

import json
from collections.abc import Mapping

from kplan.prices.book import Book


def about(prices: Book) -> dict[str, object]:
    """Which book it is, for JSON outputs."""
    as_of = prices.as_of.isoformat() if prices.as_of else None
    return {"name": prices.name, "as_of": as_of, "sha256": prices.sha256}


def dumped(kind: str, prices: Book, said: Mapping[str, object]) -> str:
    """A JSON output on one price book."""
    whole = {"kind": kind, "schema_version": 1, "currency": "USD", "book": about(prices), **said}
    return json.dumps(whole, indent=2, ensure_ascii=False)
