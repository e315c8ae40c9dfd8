"""Explanations: how units and prices are worded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kplan.prices.rows import PriceRow
from kplan.render.price_row import per, rate, validity


@pytest.mark.parametrize(
    ("usd", "printed"),
    [("3", "$3.00"), ("0.5", "$0.50"), ("0.0375", "$0.0375"), ("2.50", "$2.50"), ("0", "$0.00")],
)
def test_price_keeps_every_digit(usd: str, printed: str) -> None:
    assert rate(PriceRow("p", "m", "input", Decimal(usd))) == printed


@pytest.mark.parametrize(
    ("meter", "scale", "printed"),
    [
        ("input", 1_000_000, "1M tokens"),
        ("web_search", 1_000, "1,000 searches"),
        ("request", 1, "request"),
        ("second", 3_600, "hour"),
        ("my_meter", 100, "100 x my_meter"),
    ],
)
def test_per(meter: str, scale: int, printed: str) -> None:
    assert per(PriceRow("p", "m", meter, Decimal(1), scale)) == printed


def test_validity() -> None:
    row = PriceRow("p", "m", "input", Decimal(1), valid_from=date(2027, 1, 1), status="announced")
    assert validity(row) == "from 2027-01-01"
