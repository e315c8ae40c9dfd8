"""The price of one call: boundaries in pairs, and every component."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from kplan.engine.call import CallPricer, check_size, price_call
from kplan.errors import KplanError
from kplan.prices.meters import disjoint
from kplan.prices.models import ModelRow
from support import book_of, priced

RATES = {
    "tiered": {"input": "1.25", "output": "10", "cache_read": "0.125", "cache_write_5m": "1.5625"},
    "asked": {"input": "1", "output": "1"},
}
ROWS = (
    *(priced("tiered", meter, usd, over_input_tokens=200_000) for meter, usd in
      {"input": "2.50", "output": "15", "cache_read": "0.25", "cache_write_5m": "3.125"}.items()),
    priced("tiered", "input", "0.625", mode="batch"),
    priced("asked", "request", "12", per=1_000),
    priced("moving", "input", "1", valid_to=date(2027, 1, 1)),
    priced("moving", "input", "2", valid_from=date(2027, 1, 1)),
)  # fmt: skip
BOOK = book_of(RATES, ROWS)


def cost(
    model: str, at: datetime = datetime(2026, 12, 1, tzinfo=UTC), mode: str = "standard", **usage: int
) -> Decimal:
    return price_call(BOOK, model, disjoint({k: Decimal(v) for k, v in usage.items()}), at, mode).cost_usd


def test_the_whole_request_is_billed_at_the_tier_above_the_threshold() -> None:
    assert cost("tiered", input=200_000, output=1_000) == Decimal("0.25") + Decimal("0.01")
    assert cost("tiered", input=200_001, output=1_000) == Decimal("0.5000025") + Decimal("0.015")


def test_cached_tokens_count_toward_the_threshold_and_are_paid_once() -> None:
    below = cost("tiered", input=200_000, cache_read=150_000, cache_write=10_000)
    assert (
        below == (40_000 * Decimal("1.25") + 150_000 * Decimal("0.125") + 10_000 * Decimal("1.5625")) / 10**6
    )
    above = cost("tiered", input=200_001, cache_read=150_000, cache_write=10_000)
    assert above == (40_001 * Decimal("2.5") + 150_000 * Decimal("0.25") + 10_000 * Decimal("3.125")) / 10**6


def test_one_hour_writes_without_a_row_are_billed_as_five_minute_ones_and_said() -> None:
    usage = disjoint({"input": Decimal(1000), "cache_write": Decimal(1000), "cache_write_1h": Decimal(400)})
    price = price_call(BOOK, "tiered", usage, datetime(2026, 12, 1, tzinfo=UTC))
    assert price.cost_usd == 1000 * Decimal("1.5625") / 10**6
    assert [part.note for part in price.components if part.meter == "cache_write_1h"] == [
        "cache_write_1h billed at the rate of cache_write_5m: no row of its own"
    ]


def test_a_batch_call_takes_what_the_mode_lacks_from_standard() -> None:
    assert cost("tiered", mode="batch", input=1_000_000, output=1_000_000) == Decimal("0.625") + 15
    with pytest.raises(KplanError, match="no priority price"):
        cost("tiered", mode="priority", input=1)


def test_a_dated_change_holds_from_midnight_utc() -> None:
    assert cost("moving", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), input=1_000_000) == 1
    assert cost("moving", datetime(2027, 1, 1, tzinfo=UTC), input=1_000_000) == 2


def test_a_request_is_billed_once_a_call() -> None:
    assert cost("asked", input=1_000_000) == 1 + Decimal("0.012")
    assert cost("asked", input=1_000_000, request=3) == 1 + Decimal("0.036")


def test_the_components_add_up_exactly() -> None:
    usage = disjoint({"input": Decimal(123_457), "output": Decimal(991), "cache_read": Decimal(7_013)})
    price = price_call(BOOK, "tiered", usage, datetime(2026, 12, 1, tzinfo=UTC))
    assert sum(part.cost_usd for part in price.components) == price.cost_usd
    assert [part.cost_usd for part in price.components] == [
        part.quantity * part.usd_per_unit for part in price.components
    ]


def test_a_call_of_nothing_costs_nothing() -> None:
    assert cost("tiered") == 0


def test_a_call_that_was_made_is_priced_whatever_the_model_is_said_to_take() -> None:
    small = book_of(RATES, models=(ModelRow("test", "asked", context_window=100, max_output=10),))
    price = price_call(
        small, "asked", {"input": Decimal(101), "output": Decimal(11)}, datetime(2026, 12, 1, tzinfo=UTC)
    )
    assert price.cost_usd == Decimal(112) / 10**6


def test_a_models_life_and_its_prices_go_by_the_same_clock() -> None:
    """2027-01-01 00:30 in Berlin is still 2026-12-31 by UTC, and its last minutes are 2027 elsewhere."""
    book = book_of(RATES, ROWS, (ModelRow("test", "moving", retires_on=date(2027, 1, 1)),))
    usage = {"input": Decimal(1_000_000)}
    east, west = timezone(timedelta(hours=1)), timezone(-timedelta(hours=1))
    price = price_call(book, "moving", usage, datetime(2027, 1, 1, 0, 30, tzinfo=east))
    assert (price.cost_usd, price.at) == (1, datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    with pytest.raises(KplanError, match="retired since 2027-01-01"):
        price_call(book, "moving", usage, datetime(2026, 12, 31, 23, 30, tzinfo=west))
    assert price_call(book, "moving", usage, datetime(2026, 12, 31, 23, 30)).cost_usd == 1  # noqa: DTZ001  no zone is UTC


def test_one_pricer_prices_many_calls_as_each_alone() -> None:
    pricer = CallPricer(BOOK)
    at = datetime(2026, 12, 1, tzinfo=UTC)
    for n_input in (200_000, 200_001, 0, 200_000):
        usage = {"input": Decimal(n_input), "output": Decimal(7)}
        assert pricer.price("tiered", usage, at) == price_call(BOOK, "tiered", usage, at)


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        ({"output": 4, "reasoning": 6}, None),
        ({"output": 4, "reasoning": 7}, "11 output tokens is above the largest output of test/m, 10"),
        ({"input": 60, "cache_read": 40}, None),
        ({"input": 60, "cache_read": 41}, "101 input tokens is above the context window of test/m, 100"),
    ],
)
def test_every_bucket_counts_toward_what_a_model_takes(usage: dict[str, int], said: str | None) -> None:
    model = ModelRow("test", "m", context_window=100, max_output=10)
    counts = {meter: Decimal(n) for meter, n in usage.items()}
    if said is None:
        check_size(model, counts)
    else:
        with pytest.raises(KplanError, match=said):
            check_size(model, counts)
