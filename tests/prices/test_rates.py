from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kplan.errors import KplanError
from kplan.money import quotient
from kplan.prices.book import Book, load_book
from kplan.prices.rates import Rates
from kplan.prices.rows import PriceRow
from kplan.prices.windows import HourProfile, Windows

DAY = date(2027, 1, 4)  # a Monday


def row(meter: str, usd: str, **keys: Any) -> PriceRow:
    return PriceRow("acme", "m", meter, Decimal(usd), **keys)


def book(*rows: PriceRow) -> Book:
    return load_book([], embedded=False).with_rows("test", rows)


def rates(*rows: PriceRow, mode: str = "standard", region: str = "", hour: int = 12) -> Rates:
    prices = book(*rows)
    return prices.rates_at(prices.find("m"), datetime(2027, 1, 4, hour, tzinfo=UTC), mode, region)


def billed(found: Rates, meter: str) -> list[tuple[str, str]]:
    """Threshold and price of each row that a meter is billed at."""
    return [
        (f">{tier.over_input_tokens}", str(weighted.row.usd))
        for tier in found.tiers(meter).tiers
        for weighted in tier.rows
    ]


def test_tiers_ascend_from_zero() -> None:
    found = rates(
        row("input", "6", over_input_tokens=200_000),
        row("input", "3"),
        row("input", "9", over_input_tokens=500_000),
    )
    assert billed(found, "input") == [(">0", "3"), (">200000", "6"), (">500000", "9")]


def test_a_ladder_without_a_first_step_is_refused() -> None:
    with pytest.raises(KplanError, match="no price for requests of up to 200000 input tokens"):
        rates(row("input", "6", over_input_tokens=200_000)).tiers("input")


def test_a_child_falls_back_on_its_parent_and_says_so() -> None:
    found = rates(row("input", "3"), row("cache_write_5m", "4"), row("output", "15"))
    assert found.tiers("cache_write_1h").billed_as == "cache_write_5m"
    assert found.tiers("cache_write_1h").note == (
        "cache_write_1h billed at the rate of cache_write_5m: no row of its own"
    )
    assert found.tiers("cache_read_audio").billed_as == "input"
    assert found.tiers("cache_write_5m").note == ""
    assert found.has("reasoning")
    assert not found.has("page")
    assert found.meters() == ("cache_write_5m", "input", "output")


def test_a_meter_without_any_price_names_those_there_are() -> None:
    with pytest.raises(KplanError, match="acme/m has no price for page; it has prices for input"):
        rates(row("input", "3")).tiers("page")


def test_in_a_mode_the_standard_row_of_the_meter_comes_before_the_parent_in_that_mode() -> None:
    found = rates(
        row("input", "3"), row("cache_read", "0.3"), row("input", "1.5", mode="batch"), mode="batch"
    )
    assert billed(found, "input") == [(">0", "1.5")]
    assert billed(found, "cache_read") == [(">0", "0.3")]
    assert found.tiers("cache_read").note == "cache_read billed at the standard rate: no row for batch"
    assert billed(found, "cache_write_1h") == [(">0", "1.5")]


def test_a_mode_of_its_own_has_its_own_steps() -> None:
    found = rates(
        *(row("input", "3"), row("input", "6", over_input_tokens=200_000), row("input", "1.5", mode="batch")),
        mode="batch",
    )
    assert billed(found, "input") == [(">0", "1.5")]


def test_a_mode_or_region_that_the_model_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(KplanError, match="acme/m has no flex price; it has standard, batch"):
        rates(row("input", "3"), row("input", "1", mode="batch"), mode="flex")
    with pytest.raises(KplanError, match='no price for region "us"; it has eu'):
        rates(row("input", "3"), row("input", "1", region="eu"), region="us")
    with pytest.raises(KplanError, match="its prices name no region"):
        rates(row("input", "3"), region="us")
    with pytest.raises(KplanError, match="a call without a region; it has regions eu, us"):
        rates(row("input", "3", region="us"), row("input", "1", region="eu"))


def test_a_region_takes_its_own_row_and_else_the_one_for_everywhere() -> None:
    found = rates(row("input", "3"), row("output", "9"), row("input", "4", region="eu"), region="eu")
    assert billed(found, "input") == [(">0", "4")]
    assert billed(found, "output") == [(">0", "9")]
    assert found.tiers("output").note == "output billed at the rate of every region: no row for eu"


def test_a_region_with_prices_for_other_modes_only_is_refused() -> None:
    rows = (row("input", "3"), row("input", "1", mode="batch"), row("input", "2", mode="batch", region="eu"))
    with pytest.raises(KplanError, match='no standard price in region "eu"; there it has batch'):
        rates(*rows, region="eu")
    with pytest.raises(KplanError, match='no flex price in region "eu"'):
        rates(*rows, row("input", "2", mode="flex"), mode="flex", region="eu")
    assert billed(rates(*rows, mode="batch", region="eu"), "input") == [(">0", "2")]


def test_a_mode_takes_the_regions_standard_price_when_it_has_no_other() -> None:
    rows = (row("input", "3", region="eu"), row("input", "1", mode="batch", region="us"))
    assert billed(rates(*rows, row("output", "9"), mode="standard", region="eu"), "input") == [(">0", "3")]
    found = rates(*rows, row("output", "9", mode="batch"), mode="batch", region="eu")
    assert billed(found, "input") == [(">0", "3")]
    assert found.tiers("input").note == "input billed at the standard rate: no row for batch"


def test_a_family_priced_in_the_region_for_other_modes_only_is_refused() -> None:
    """Output has an eu price, but not for this mode; web search knows no regions at all."""
    found = rates(
        *(row("input", "3"), row("input", "4", region="eu"), row("output", "9"), row("web_search", "1")),
        row("output", "8", mode="batch", region="eu"),
        region="eu",
    )
    assert billed(found, "input") == [(">0", "4")]
    assert billed(found, "web_search") == [(">0", "1")]
    for meter in ("output", "reasoning"):
        with pytest.raises(KplanError, match=f'no standard price for {meter} in region "eu"'):
            found.tiers(meter)


def test_the_hour_of_the_call_decides() -> None:
    rows = (row("input", "1"), row("input", "2", hours="01:00-04:00"))
    assert [billed(rates(*rows, hour=hour), "input") for hour in (0, 1, 3, 4)] == [
        [(">0", price)] for price in ("1", "2", "2", "1")
    ]


def test_no_price_outside_the_hours_is_an_error() -> None:
    with pytest.raises(KplanError, match="no price outside its hours"):
        rates(row("input", "2", hours="01:00-04:00")).tiers("input")


def test_a_plan_weighs_hours_by_its_profile() -> None:
    prices = book(row("input", "1"), row("input", "2", hours="01:00-07:00"))
    model = prices.find("m")
    (tier,) = prices.rates_on(model, DAY).tiers("input").tiers
    assert [(w.row.usd, w.weight) for w in tier.rows] == [
        (Decimal(2), quotient(Decimal(1), Decimal(4))),
        (Decimal(1), quotient(Decimal(3), Decimal(4))),
    ]
    night = HourProfile.within(Windows.parse(hours="01:00-07:00"), Decimal(1))
    (tier,) = prices.rates_on(model, DAY, profile=night).tiers("input").tiers
    assert [w.row.usd for w in tier.rows] == [Decimal(2)]


def test_weights_add_up_to_one_exactly() -> None:
    prices = book(
        row("input", "1"),
        row("input", "2", hours="01:00-04:00"),
        row("input", "3", weekdays="Sun", hours="05:00-06:00"),
    )
    (tier,) = prices.rates_on(prices.find("m"), DAY).tiers("input").tiers
    assert sum(w.weight for w in tier.rows) == 1


def test_marginal_steps_need_not_be_said_of_the_first() -> None:
    found = rates(row("input", "1"), row("input", "2", over_input_tokens=10, tier_scope="marginal"))
    assert found.tiers("input").is_marginal
    assert not rates(row("input", "1")).tiers("input").is_marginal


@pytest.mark.parametrize("first", ["request", "marginal"])
def test_steps_of_both_scopes_in_one_ladder_are_refused(first: str) -> None:
    mixed = rates(
        row("input", "1", tier_scope=first),
        row("input", "2", over_input_tokens=10, tier_scope="request"),
        row("input", "3", over_input_tokens=20, tier_scope="marginal"),
    )
    with pytest.raises(KplanError, match="must have one tier_scope"):
        mixed.tiers("input")


@pytest.mark.parametrize("meter", ["output", "reasoning"])
def test_output_cannot_be_marginal_over_input_tokens(meter: str) -> None:
    found = rates(row("output", "1"), row("output", "2", over_input_tokens=10, tier_scope="marginal"))
    with pytest.raises(KplanError, match="output cannot be marginal over input tokens"):
        found.tiers(meter)


def test_hours_that_tile_the_week_need_no_other_price() -> None:
    """Seven sevenths are one, though 1/7 has no end as a decimal number."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    prices = book(*(row("input", str(n), weekdays=day) for n, day in enumerate(days)))
    (tier,) = prices.rates_on(prices.find("m"), DAY).tiers("input").tiers
    assert len(tier.rows) == 7
    assert sum(w.weight for w in tier.rows) == 1
    assert tier.rows[0].weight == quotient(Decimal(1), Decimal(7))


def test_a_minute_less_than_the_week_is_no_whole_week() -> None:
    prices = book(
        row("input", "1", weekdays="Mon-Sat"), row("input", "2", weekdays="Sun", hours="00:00-23:59")
    )
    with pytest.raises(KplanError, match="no price outside its hours"):
        prices.rates_on(prices.find("m"), DAY).tiers("input")


@pytest.mark.parametrize(
    ("tz", "hours", "month", "weight"),
    [
        ("Europe/Berlin", "08:00-16:00", 1, "1"),  # 09-17 there is 08-16 UTC
        ("Europe/Berlin", "08:00-16:00", 7, "0.875"),  # 07-15
        ("Australia/Sydney", "22:00-06:00", 1, "1"),  # 22-06
        ("Australia/Sydney", "22:00-06:00", 7, "0.875"),  # 23-07
    ],
)
def test_a_plan_follows_the_clocks_of_the_day(tz: str, hours: str, month: int, weight: str) -> None:
    prices = book(row("input", "1"), row("input", "2", hours="09:00-17:00", tz=tz))
    profile = HourProfile.within(Windows.parse(hours=hours), Decimal(1))
    (tier,) = prices.rates_on(prices.find("m"), date(2027, month, 4), profile=profile).tiers("input").tiers
    assert sum(w.weight for w in tier.rows if w.row.usd == 2) == Decimal(weight)


CONDITIONS = {
    "date": (datetime(2027, 1, 5, 2, tzinfo=UTC), datetime(2026, 12, 29, 2, tzinfo=UTC)),
    "weekday": (datetime(2027, 1, 5, 2, tzinfo=UTC), datetime(2027, 1, 9, 2, tzinfo=UTC)),
    "hour": (datetime(2027, 1, 5, 3, 59, tzinfo=UTC), datetime(2027, 1, 5, 4, 0, tzinfo=UTC)),
    "zone": (datetime(2027, 1, 4, 1, tzinfo=UTC), datetime(2027, 1, 4, 0, 59, tzinfo=UTC)),
}
"""For each condition an instant at which the row below holds, and one at which that condition alone fails."""


@pytest.mark.parametrize("broken", [None, *CONDITIONS])
@pytest.mark.parametrize("region", ["eu", "us"])
@pytest.mark.parametrize("mode", ["batch", "standard"])
def test_date_weekday_hour_zone_mode_and_region_must_all_hold(
    broken: str | None, region: str, mode: str
) -> None:
    """Mon-Fri 02:00-05:00 in Berlin is 01:00-04:00 UTC in winter; in the year 2027, in batch, in the eu."""
    special = row(
        "input",
        "1",
        valid_from=date(2027, 1, 1),
        weekdays="Mon-Fri",
        hours="02:00-05:00",
        tz="Europe/Berlin",
        mode="batch",
        region="eu",
    )
    others = [row("input", "9", mode=m, region=r) for m in ("standard", "batch") for r in ("eu", "us")]
    prices = book(special, *others)
    at = CONDITIONS[broken][1] if broken else CONDITIONS["date"][0]
    found = prices.rates_at(prices.find("m"), at, mode, region)
    holds = broken is None and (mode, region) == ("batch", "eu")
    assert billed(found, "input") == [(">0", "1" if holds else "9")]
    for good, _ in CONDITIONS.values():
        held = prices.rates_at(prices.find("m"), good, "batch", "eu")
        assert billed(held, "input") == [(">0", "1")]


def test_a_mode_that_kplan_does_not_know_names_those_of_the_model() -> None:
    for unknown in ("turbo", "Standard", ""):
        with pytest.raises(KplanError, match=f"acme/m has no {unknown} price; it has standard, batch"):
            rates(row("input", "3"), row("input", "1", mode="batch"), mode=unknown)
