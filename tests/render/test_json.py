"""The JSON document: its schema, money as strings, its checksum."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from kplan.engine.ledger import COLUMNS
from kplan.engine.results import Results
from kplan.render import render
from kplan.render.marks import is_ours

Build = Callable[..., Results]


@pytest.fixture
def document(built: Build) -> dict[str, object]:
    found: dict[str, object] = json.loads(render("json", built()))
    return found


def numbers(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def test_keys_in_order(document: dict[str, object]) -> None:
    assert list(document) == [
        "kind", "schema_version", "kplan_version", "scenario", "prices", "verdict", "currency", "designs",
        "ledger", "events", "flips", "claims", "not_included", "notes", "checksum",
    ]  # fmt: skip
    assert (document["kind"], document["schema_version"], document["currency"]) == ("kplan/results", 1, "USD")


def test_amounts_are_strings(document: dict[str, object]) -> None:
    assert set(numbers(document)) == {1, 1_000_000}  # the schema's version, and `per` of a price row


def test_design(built: Build) -> None:
    designs = json.loads(render("json", built()))["designs"]
    found = next(design for design in designs if design["id"] == "stratified")
    assert found["added"] is False
    assert found["cost_per_query"] == "0.034885"
    assert found["cost_per_month"][0]["month"] == "2026-12"
    assert found["cost_per_month"][0]["cost"] == "8721.25"
    assert found["total"] == "104655"
    assert found["total_per_query"] == "0.034885"
    assert found["saving"]["usd"] == "144225"
    assert Decimal(found["saving"]["pct"]).quantize(Decimal("0.01")) == Decimal("57.95")
    assert found["saving"]["against"] == "all-sonnet"
    assert Decimal(found["saving_vs_cheapest_single"]["usd"]) < 0
    second = next(stage for stage in found["stages"] if stage["id"] == "second_pass")
    assert second["model"] == "claude-opus-5-5"
    assert (second["kind"], second["visits"], second["chance"]) == ("second_pass", "0.08", "0.08")
    assert second["cost_per_query"] == "0.004672"
    assert designs[0]["saving"] is None


def test_ledger_has_every_column(document: dict[str, object]) -> None:
    ledger = document["ledger"]
    assert isinstance(ledger, list)
    assert tuple(ledger[0]) == COLUMNS
    assert ledger[0]["kind"] == "usage"
    assert ledger[0]["starts_on"] == "2026-12-01"


def test_claims_and_events(claimed: Results, january: Results) -> None:
    claims = json.loads(render("json", claimed))["claims"]
    assert [claim["verdict"] for claim in claims][2] == "not reproduced"
    assert (claims[0]["computed"], claims[0]["difference"], claims[1]["computed"]) == (
        "0.08296",
        "-0.00004",
        None,
    )
    event = json.loads(render("json", january))["events"][0]
    assert (event["on"], event["kind"], event["status"]) == ("2027-01-01", "price", "announced")


def test_file(built: Build) -> None:
    content = render("json", built())
    assert content == render("json", built())
    assert content.endswith(b"\n")
    assert content.startswith(b'{\n  "kind"')
    assert is_ours(content, ".json")
