from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from kplan.places import folder
from kplan.prices.columns import ROW_COLUMNS, row_from, row_texts
from kplan.prices.embedded import load_embedded
from kplan.prices.rows import PriceRow

START = date(2026, 10, 14)


def test_the_id_says_what_differs_from_the_usual() -> None:
    usual = PriceRow("anthropic", "claude-haiku-5-5", "input", Decimal("0.1"))
    assert usual.id == "anthropic/claude-haiku-5-5 input"
    special = PriceRow(
        *("anthropic", "claude-haiku-5-5", "input", Decimal("0.25")),
        over_input_tokens=100_000,
        mode="batch",
        region="eu",
        weekdays="Mon-Fri",
        hours="01:00-04:00, 06:00-10:00",
        tz="Asia/Shanghai",
        valid_from=START,
    )
    assert special.id == (
        "anthropic/claude-haiku-5-5 input >100000 batch eu "
        "Mon-Fri 01:00-04:00,06:00-10:00 Asia/Shanghai @2026-10-14"
    )


def test_a_zone_is_part_of_the_key_only_with_hours() -> None:
    def row(**keys: str) -> PriceRow:
        return PriceRow("a", "m", "input", Decimal(1), **keys)  # type: ignore[arg-type]  # texts only

    assert row(tz="Asia/Tokyo").key == row().key
    assert row(hours="01:00-02:00", tz="Asia/Tokyo").key != row(hours="01:00-02:00").key
    assert row(weekdays="Mon", tz="Asia/Tokyo").key != row(weekdays="Mon").key


def test_dates_are_half_open() -> None:
    row = PriceRow("a", "m", "input", Decimal(1), valid_from=START, valid_to=START + timedelta(days=2))
    held = [row.holds_on(START + timedelta(days=n)) for n in (-1, 0, 1, 2)]
    assert held == [False, True, True, False]


def test_the_price_of_one_unit() -> None:
    assert PriceRow("a", "m", "input", Decimal("3")).usd_per_unit == Decimal("0.000003")
    assert PriceRow("a", "m", "web_search", Decimal("10"), 1000).usd_per_unit == Decimal("0.01")
    assert PriceRow("a", "m", "second", Decimal("0.36"), 3600).usd_per_unit == Decimal("0.0001")


def test_a_row_survives_being_written() -> None:
    row = PriceRow(
        "a",
        "m",
        "second",
        Decimal("0.36"),
        3600,
        5,
        "marginal",
        START,
        None,
        "Mon",
        "01:00-02:00",
        "Asia/Tokyo",
    )
    texts = row_texts(row)
    assert row_from(texts) == row
    assert len(texts) == len(ROW_COLUMNS)
    assert row_from(row_texts(PriceRow("a", "m", "input", Decimal(0)))) == PriceRow(
        "a", "m", "input", Decimal(0)
    )


def test_ids_are_unique_in_the_embedded_book() -> None:
    embedded = load_embedded(folder("pricing"))
    ids = [row.id for m in embedded.models() for row in embedded.rows(m.provider, m.id)]
    assert len(set(ids)) == len(ids) == 7993
