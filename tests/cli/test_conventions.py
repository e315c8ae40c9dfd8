"""A cached token is billed once, in whichever convention calls are written and by whichever way they come in.

An adapter that is added belongs into `ADAPTERS`; `prices.meters.disjoint` is the one place that converts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from kplan import load_price_book, price_calls
from kplan.errors import KplanError

from .conftest import Kplan, Ran

RATES = {
    "input": 3,
    "cache_read": "0.3",
    "cache_write_5m": "3.75",
    "cache_write_1h": 6,
    "output": 15,
    "reasoning": 20,
}
INCLUSIVE = {
    "input": 1000,
    "cache_read": 400,
    "cache_write_5m": 200,
    "cache_write_1h": 100,
    "output": 50,
    "reasoning": 20,
}
EXCLUSIVE = INCLUSIVE | {"input": 300, "output": 30}
COST_USD = (
    300 * Decimal("3") + 400 * Decimal("0.3") + 200 * Decimal("3.75") + 100 * Decimal("6") + 30 * 15 + 20 * 20
) / 1_000_000

Adapter = Callable[[Kplan, Path, Mapping[str, int], str], Ran]
"""Prices one call by the book m.csv; answers as the command does."""


def _flags(kplan: Kplan, folder: Path, usage: Mapping[str, int], convention: str) -> Ran:
    words = [word for name, n in usage.items() for word in (f"--{name.replace('_', '-')}", str(n))]
    return kplan("price", "acme/m", *words, "--book", "m.csv", "--convention", convention, "--json")


def _usage_flags(kplan: Kplan, folder: Path, usage: Mapping[str, int], convention: str) -> Ran:
    words = [word for name, n in usage.items() for word in ("--usage", f"{name}={n}")]
    return kplan("price", "acme/m", *words, "--book", "m.csv", "--convention", convention, "--json")


def _lines(kplan: Kplan, folder: Path, usage: Mapping[str, int], convention: str) -> Ran:
    (folder / "calls.jsonl").write_text(
        json.dumps({"model": "acme/m", "usage": usage}) + "\n", encoding="utf-8"
    )
    return kplan("price", "--calls", "calls.jsonl", "--book", "m.csv", "--convention", convention)


def _columns(kplan: Kplan, folder: Path, usage: Mapping[str, int], convention: str) -> Ran:
    """The public API, with a column of one call."""
    book = load_price_book(folder / "m.csv")
    columns = {name: np.array([n]) for name, n in usage.items()}
    at = np.array(["2026-11-02"], dtype="datetime64[D]")
    try:
        priced = price_calls(book, model="acme/m", at=at, usage=columns, convention=convention)
    except KplanError as e:
        return Ran(2, "", str(e))
    return Ran(0, json.dumps({"cost_usd": str(priced.total_usd)}), "")


ADAPTERS = pytest.mark.parametrize("adapter", [_flags, _usage_flags, _lines, _columns])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [f"acme,m,{meter},{usd},2026-01-01" for meter, usd in RATES.items()]
    (tmp_path / "m.csv").write_text(
        "\n".join(["provider,model,meter,usd,valid_from", *rows]), encoding="utf-8"
    )
    return tmp_path


@ADAPTERS
@pytest.mark.parametrize(("usage", "convention"), [(INCLUSIVE, "inclusive"), (EXCLUSIVE, "exclusive")])
def test_both_conventions_cost_the_same(
    kplan: Kplan, folder: Path, adapter: Adapter, usage: Mapping[str, int], convention: str
) -> None:
    ran = adapter(kplan, folder, usage, convention)
    assert ran.code == 0
    assert Decimal(json.loads(ran.out)["cost_usd"]) == COST_USD


@ADAPTERS
def test_counts_of_the_other_convention_are_refused_where_they_cannot_be(
    kplan: Kplan, folder: Path, adapter: Adapter
) -> None:
    """300 input tokens cannot hold 700 cached ones: an adapter that forgot its convention is found out."""
    ran = adapter(kplan, folder, EXCLUSIVE, "inclusive")
    assert ran.code == 2
    assert "input is 300, less than" in ran.out + ran.err
