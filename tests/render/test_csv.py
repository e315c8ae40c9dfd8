"""The ledger as CSV adds up to the totals, to the last digit."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from io import StringIO

from kplan.engine.ledger import COLUMNS
from kplan.engine.results import Results
from kplan.render import render

Build = Callable[..., Results]


def test_rows(built: Build) -> None:
    results = built()
    text = render("csv", results).decode()
    assert text.count("\n") == 1 + len(results.ledger)
    lines = list(csv.DictReader(StringIO(text)))
    assert tuple(lines[0]) == COLUMNS
    for design in results.designs:
        cost = sum(Decimal(line["cost_usd"]) for line in lines if line["design"] == design.id)
        assert cost == design.total_usd


def test_same_bytes_twice(built: Build) -> None:
    assert render("csv", built()) == render("csv", built())


def test_negative_amounts_stay_numbers(built: Build) -> None:
    from msgspec.structs import replace

    results = built()
    row = replace(results.ledger[0], cost_usd=Decimal("-1.50"))
    lines = list(csv.DictReader(StringIO(render("csv", replace(results, ledger=(row,))).decode())))
    assert lines[0]["cost_usd"] == "-1.5"
