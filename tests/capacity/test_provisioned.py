"""Units that calls need: vendors' printed examples, bounds of minimum and increment, mixes, break-even."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from kplan.capacity.offer_book import load_offers
from kplan.capacity.offers import Offer, Source, Throughput
from kplan.capacity.provisioned import (
    Shape,
    break_even,
    notes,
    payg_usd_per_hour,
    sizes,
    taking,
    units_filled,
    units_to_buy,
)
from kplan.errors import KplanError
from kplan.money import plain
from kplan.prices.book import load_book
from kplan.prices.meters import Disjoint

DAY = date(2026, 11, 22)


def calls(per_minute: int, **usage: int) -> Shape:
    return Shape(Decimal(per_minute), Disjoint({meter: Decimal(count) for meter, count in usage.items()}))


def found(ref: str, deployment: str = "") -> tuple[Offer, ...]:
    return load_offers().find(ref, DAY, deployment)[1]


def offer(minimum: int = 15, increment: int = 5, *throughput: Throughput) -> Offer:
    each = throughput or (Throughput(Decimal(100), Decimal(60), {"input": Decimal(1)}),)
    return Offer("acme", ("m",), "global", "", "unit", minimum, increment, each, "", Source())


@pytest.mark.parametrize(
    ("deployment", "cached", "units"),
    [
        ("global", 0, 110),
        ("data-zone", 0, 110),
        ("regional", 0, 150),
        ("global", 100, 80),
        ("data-zone", 100, 80),
        ("regional", 100, 100),
    ],
)
def test_the_printed_example_of_azure(deployment: str, cached: int, units: int) -> None:
    """1,000 calls a minute of 200 and 20 tokens on gpt-5.2; with half the input cached."""
    load = calls(1000, input=200 - cached, cache_read=cached, output=20)
    [sizing] = sizes(found("azure/gpt-5.2", deployment), [load])
    assert sizing.units == units
    needed = Fraction(1000 * (200 - cached) + 8 * 1000 * 20, 3400)
    assert float(sizing.needed) == pytest.approx(float(needed), rel=1e-15)
    assert float(sizing.utilisation) == pytest.approx(float(needed / units), rel=1e-15)


def test_the_printed_example_of_google() -> None:
    """10 queries a second of 1,000 text and 500 audio tokens, 300 out: 30,000 tokens a second, 44.44 GSU."""
    [sizing] = sizes(found("google/gemini-3.6-flash"), [calls(600, input=1000, audio_in=500, output=300)])
    assert (round(sizing.needed, 2), sizing.units) == (Decimal("44.44"), 45)


def test_long_calls_of_google_weigh_double_from_the_first_token_over() -> None:
    """2.5 Pro at 650: 1 and 8 up to 200,000 input tokens, cached ones among them, 2 and 12 above."""
    offers = found("google/gemini-2.5-pro")
    at, over = calls(60, input=200_000, output=100), calls(60, input=200_001, output=100)
    assert float(units_filled(offers[0], [at])) == pytest.approx((200_000 + 800) / 650)
    assert float(units_filled(offers[0], [over])) == pytest.approx((400_002 + 1200) / 650)
    pro = found("google/gemini-3.1-pro")
    cached = calls(60, input=100_000, cache_read=100_001, output=100)
    assert float(units_filled(pro[0], [cached])) == pytest.approx((200_000 + 0.2 * 100_001 + 900) / 500)


@pytest.mark.parametrize(
    ("needed", "units"),
    [
        ("0", 0),
        ("0.001", 15),
        ("15", 15),
        ("15.0001", 20),
        ("20", 20),
        ("20.000000000000000000001", 25),
        ("104.99", 105),
        ("105.01", 110),
    ],
)
def test_minimum_and_increment(needed: str, units: int) -> None:
    assert units_to_buy(Decimal(needed), 15, 5) == units


def test_a_minimum_that_is_no_multiple_of_the_increment() -> None:
    """o1, regional: at least 25, in steps of 50."""
    [o1] = found("azure/o1", "regional")
    assert (o1.minimum, o1.increment) == (25, 50)
    assert [units_to_buy(Decimal(n), o1.minimum, o1.increment) for n in (25, 26, 50, 51)] == [50, 50, 50, 100]


def test_exactly_full_units_are_enough() -> None:
    """100 tokens a minute for each: 2,000 fill 20 units, one token more needs the next step."""
    [full] = sizes([offer()], [calls(1, input=2000)])
    [over] = sizes([offer()], [calls(1, input=2001)])
    assert (full.units, full.utilisation, over.units) == (20, 1, 25)


def test_shapes_add_up() -> None:
    """A third of a unit three times is one unit, not three: rounding comes last."""
    one = calls(1, input=100)
    third = [Shape(Decimal(1), Disjoint({"input": Decimal(500)}))] * 3
    assert units_filled(offer(1, 1), [one] * 3) == 3
    assert [each.units for each in sizes([offer(1, 15)], third)] == [15]
    mix = [calls(500, input=200, output=20), calls(250, input=400, output=40)]
    [both] = sizes(found("azure/gpt-5.2", "global"), mix)
    assert both.units == 110


def test_a_unit_of_two_kinds_needs_the_larger_number() -> None:
    """20,000 input and 4,000 output tokens a minute: the output of the mix decides, not that of one shape."""
    offers = taking(found("aws/anthropic.claude-v2:1"), {"input": Decimal(20_000), "output": Decimal(4_000)})
    heavy, long = calls(10, input=10_000, output=100), calls(10, input=100, output=3_000)
    assert units_filled(offers[0], [heavy]) == 5
    assert units_filled(offers[0], [heavy, long]) == Decimal("7.75")
    assert [each.units for each in sizes(offers, [heavy, long])] == [8]


def test_what_a_bedrock_unit_takes_is_asked_for() -> None:
    with pytest.raises(KplanError, match=r"not published; say it, in tokens a minute: --takes input=20_000"):
        sizes(found("aws/anthropic.claude-v2:1"), [calls(1, input=1, output=1)])


def test_bundles_of_input_and_output_are_bought_apart() -> None:
    """1,000 calls of 2,000 and 200 tokens on gpt-4.1: 2,000,000 / 30,000 and 200,000 / 2,500."""
    sized = sizes(found("openai/gpt-4.1"), [calls(1000, input=1500, cache_read=500, output=200)])
    assert [(each.offer.part, each.units) for each in sized] == [("input", 67), ("output", 80)]
    load = [calls(1000, input=1500, cache_read=500, output=200)]
    usd = payg_usd_per_hour(found("openai/gpt-4.1"), load, load_book(), "openai/gpt-4.1", DAY)
    assert usd == (Decimal("195.000"), Decimal("96.000"))


def test_what_has_no_weight_of_its_own_is_said_or_refused() -> None:
    offers = found("google/gemini-2.5-flash")
    load = [calls(60, input=100, cache_read=2590, output=0)]
    assert notes(offers, load) == (
        "cache_read counts as input: google gemini-2.5-flash global has no weight of its own",
    )
    assert units_filled(offers[0], load) == 1
    with pytest.raises(KplanError, match="says nothing of output"):
        sizes([offer()], [calls(1, input=1, output=1)])


@pytest.mark.parametrize(
    ("ref", "deployment", "percents"),
    [
        ("azure/gpt-4.1", "global", {"hourly": 278, "1 month": 99, "1 year": 84}),
        ("azure/gpt-4o", "global", {"hourly": 267, "1 month": 95, "1 year": 81}),
        ("azure/gpt-5", "global", {"hourly": 281, "1 month": 100, "1 year": 85}),
        ("azure/gpt-5-mini", "global", {"hourly": 281, "1 month": 100, "1 year": 85}),
        ("google/gemini-2.5-flash", "global", {"1 week": 246, "1 month": 127, "3 months": 113, "1 year": 94}),
        ("google/gemini-2.5-pro", "global", {"1 month": 126, "1 year": 94}),
        ("openai/gpt-4.1", "scale-tier", {"input 30 days": 127, "output 30 days": 125}),
        ("openai/gpt-5", "scale-tier", {"input 30 days": 167}),
    ],
)
def test_break_even_utilisation_as_worked_out_by_hand(
    ref: str, deployment: str, percents: dict[str, int]
) -> None:
    """From list prices: unit price over what its throughput of input (or output) tokens costs else."""
    book = load_offers()
    _, offers = book.find(ref, DAY, deployment)
    load = [calls(1000, input=1000, output=1000) if len(offers) > 1 else calls(1000, input=1000)]
    sized = sizes(offers, load)
    usd = payg_usd_per_hour(offers, load, load_book(), offers[0].payg or ref, DAY)
    evens = {
        f"{sizing.offer.part} {price.term}".strip(): break_even(price, sizing, cost)
        for sizing, cost in zip(sized, usd, strict=True)
        for price in book.prices_of(sizing.offer, ref, DAY)
    }
    assert {term: round(100 * (evens[term] or 0)) for term in percents} == percents


def test_a_load_that_costs_nothing_never_breaks_even() -> None:
    [sizing] = sizes(found("azure/gpt-4.1", "global"), [calls(1, input=1)])
    price = load_offers().prices_of(sizing.offer, "azure/gpt-4.1", DAY)[0]
    assert break_even(price, sizing, Decimal(0)) is None


def test_prices_by_the_hour() -> None:
    """$2,700 a month of 730 hours is $3.6986; $2,652 a year is $221 a month."""
    book = load_offers()
    by_term = {
        each.term: each
        for each in book.prices_of(found("google/gemini-2.5-pro")[0], "google/gemini-2.5-pro", DAY)
    }
    assert plain(round(by_term["1 month"].usd_per_hour, 9)) == "3.698630137"
    azure = {each.term: each for each in book.prices_of(found("azure/o3", "global")[0], "azure/o3", DAY)}
    assert round(azure["1 year"].usd_per_hour * 730, 9) == 221
