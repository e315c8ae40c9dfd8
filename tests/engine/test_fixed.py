"""Monthly units at the book's prices: dated, split by day, with their price rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.engine.ledger import Kind, LedgerRow
from kplan.errors import KplanError
from kplan.prices.book import Book
from kplan.prices.models import ModelRow
from support import RATES, book_of, priced, simulated

MOVED = date(2027, 1, 11)
TEXT = """
months: 2027-01..2027-02
volume: 1000/month
params: {gb: 3100}
stages: {a: {input: 0, output: 0}}
designs: {one: haiku, two: opus}
singles: false
fixed: {rent: $5/month, files: {model: bucket, meter: storage_gb_month, quantity: gb}}
"""


FREE = "included: {storage_gb_month: 1}"


def book() -> Book:
    rows = (
        priced("bucket", "storage_gb_month", "0.1", per=1, valid_to=MOVED),
        priced("bucket", "storage_gb_month", "0.2", per=1, valid_from=MOVED, status="announced"),
        priced("tiered", "input", "1"),
        priced("tiered", "input", "2", over_input_tokens=1000),
    )
    return book_of(RATES, rows, (ModelRow("test", "bucket", retires_on=date(2027, 2, 20)),))


def rows_of(folder: Path, text: str = TEXT, design: str = "one") -> list[LedgerRow]:
    results = simulated(folder, text, book())
    return [row for row in results.ledger if row.kind is Kind.FIXED and row.design == design and row.model]


def test_a_month_is_split_by_day_at_a_price_change(tmp_path: Path) -> None:
    """10 of January's 31 days at 10 cents, 21 at 20; all of February at 20."""
    found = rows_of(tmp_path)
    assert [(row.starts_on, row.quantity_per_query, row.cost_usd) for row in found] == [
        (date(2027, 1, 1), Decimal(1000), Decimal(100)),
        (MOVED, Decimal(2100), Decimal(420)),
        (date(2027, 2, 1), Decimal(3100), Decimal(620)),
    ]
    for row in found:
        assert row.quantity_per_query * row.unit_price_usd * row.queries == row.cost_usd


def test_its_price_rows_events_and_retirement_are_told_for_every_design(tmp_path: Path) -> None:
    results = simulated(tmp_path, TEXT, book())
    assert {row.id for row in results.price_rows if row.model == "bucket"} == {
        row.price_row for row in rows_of(tmp_path)
    }
    assert [(event.kind, event.designs) for event in results.events] == [
        ("price", ("one", "two")),
        ("retirement", ("one", "two")),
    ]


def test_prices_held_at_a_day_hold_here_too(tmp_path: Path) -> None:
    found = rows_of(tmp_path, TEXT + "prices: {freeze: 2027-01-01}\n")
    assert [row.cost_usd for row in found] == [310, 310]


def test_prices_held_need_no_price_on_later_days(tmp_path: Path) -> None:
    ended = book_of(RATES, (priced("bucket", "storage_gb_month", "0.1", per=1, valid_to=MOVED),))
    results = simulated(tmp_path, TEXT + "prices: {freeze: 2027-01-01}\n", ended)
    assert [row.cost_usd for row in results.ledger if row.meter == "storage_gb_month"] == [310] * 4
    with pytest.raises(KplanError, match=r"storage_gb_month .*2027-01-11|2027-01-11"):
        simulated(tmp_path, TEXT, ended)


def test_a_retired_service_is_priced_for_audits(tmp_path: Path) -> None:
    late = TEXT.replace("2027-01..2027-02", "2027-03..2027-03")
    results = simulated(tmp_path, late, book(), allow_retired=True)
    assert [row.cost_usd for row in results.ledger if row.meter == "storage_gb_month"] == [620] * 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("model: bucket", "model: buckt", '8:40: fixed.files.model: no model "buckt"; did you mean bucket?'),
        (
            "storage_gb_month",
            "read_unit",
            "8:55: fixed.files.meter: test/bucket has no price for read_unit; it has prices for",
        ),
        ("model: bucket", "mode: batch, model: bucket", "has no batch price; it has standard"),
        (
            "bucket, meter: storage_gb_month",
            "tiered, meter: input",
            "fixed.files.meter: input of test/tiered is priced by the size of a request",
        ),
        ("months: 2027-01..2027-02", "months: 2027-03..2027-03", "test/bucket is retired since 2027-02-20"),
    ],
)
def test_what_the_book_does_not_price_is_an_error_at_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(KplanError) as error:
        simulated(tmp_path, TEXT.replace(old, new), book())
    assert said in "\n".join(map(str, error.value.problems))


@pytest.mark.parametrize(
    ("contracts", "said"),
    [
        ("{c: {models: test/x*, fee: 1}}", "contracts.c.models: `test/x*` fits no model that the scenario"),
        ("{c: {models: [sonnet], fee: 1}}", "contracts.c.models.0: `sonnet` fits no model that the scenario"),
        ("{c: {models: sonet, fee: 1}}", 'contracts.c.models: no model "sonet"; did you mean sonnet?'),
        (
            "{c: {models: bucket, included: {storage_gb_mont: 1}}}",
            "contracts.c.included.storage_gb_mont: no model of c is used with the meter `storage_gb_mont`; ",
        ),
        (
            "{c: {models: bucket, minimum: 1}, d: {models: test/*, minimum: 2}}",
            "contracts.d: c and d both set a minimum for test/bucket",
        ),
        (
            "{c: {models: bucket, included: {read_unit: 1, write_unit: 1}}}",
            "no model of c is used with the meter `write_unit`; known are storage_gb_month",
        ),
        (
            f"{{c: {{models: bucket, {FREE}}}, d: {{models: test/*, {FREE}}}}}",
            "contracts.d: c and d both set an allowance or steps of storage_gb_month for test/bucket",
        ),
    ],
)
def test_what_a_contract_does_not_fit_is_an_error_at_its_line(
    tmp_path: Path, contracts: str, said: str
) -> None:
    with pytest.raises(KplanError) as error:
        simulated(tmp_path, f"{TEXT}contracts: {contracts}\n", book())
    assert said in "\n".join(map(str, error.value.problems))


def test_terms_of_other_kinds_may_overlap(tmp_path: Path) -> None:
    contracts = "{c: {models: bucket, minimum: 1}, d: {models: test/*, commitment: 2, fee: 1}}"
    assert simulated(tmp_path, f"{TEXT}contracts: {contracts}\n", book()).designs
