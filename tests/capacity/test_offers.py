"""Offers as dated data: files and their problems, which offer and price hold, and what kplan brings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.capacity.limits import THIRD_PARTY
from kplan.capacity.offer_book import OfferBook, load_offers
from kplan.capacity.offer_files import offers_of, read_offers
from kplan.errors import KplanError
from kplan.prices.book import load_book

DAY = date(2026, 11, 22)
HEAD = """\
provider: acme
unit: PU
prices:
  - {deployments: [east], term: hourly, usd: 2.00, per: hour}
offers:
"""
TAKES = "throughput: {amount: 100, per: 60s, weights: {input: 1, output: 4}}"
ROW = f"  - {{models: [big-1], deployments: [east], minimum: 2, increment: 3, {TAKES}}}\n"


def problems(text: str) -> list[str]:
    with pytest.raises(KplanError) as error:
        offers_of(text, "o.yaml")
    return [str(problem) for problem in error.value.problems]


def book(*texts: str) -> OfferBook:
    return OfferBook(tuple(offers_of(text, "o.yaml") for text in texts))


def usd(offers: OfferBook, day: date = DAY, deployment: str = "east") -> dict[str, Decimal]:
    ref, found = offers.find("acme/big-1", day, deployment)
    return {price.term: price.usd for price in offers.prices_of(found[0], ref, day)}


def test_a_row_says_an_offer_for_each_deployment() -> None:
    text = HEAD.replace("[east]", "[east, west]") + ROW.replace("[east]", "[east, west]")
    found = offers_of(text, "o.yaml")
    assert [(each.id, each.unit, each.minimum, each.increment) for each in found.offers] == [
        ("acme big-1 east", "PU", 2, 3),
        ("acme big-1 west", "PU", 2, 3),
    ]
    [takes] = found.offers[0].throughput
    assert (takes.per_minute, takes.weight("output", Decimal(0))) == (100, 4)
    assert [(price.term, price.usd_per_hour) for price in found.prices] == [("hourly", 2), ("hourly", 2)]


def test_an_offer_without_a_price_is_an_error() -> None:
    west = ROW.replace("[east]", "[west]")
    assert problems(HEAD + ROW + west) == [
        "o.yaml:7:6: no price for big-1 in deployment west; say it under `prices`"
    ]
    ended = HEAD.replace("per: hour}", "per: hour, valid_to: 2026-01-01}")
    assert offers_of(ended + ROW, "o.yaml").offers
    assert problems(ended + ROW.replace("minimum", "valid_from: 2026-01-01, minimum")) == [
        "o.yaml:6:6: no price for big-1 in deployment east; say it under `prices`"
    ]
    assert problems(f"provider: acme\noffers:\n{ROW}")[0].startswith("o.yaml:3:6: no price for big-1")


def test_a_price_may_stand_in_the_offer() -> None:
    own = ROW.replace("minimum: 2", "prices: [{term: 1 month, usd: 730, per: month}]")
    found = offers_of(f"provider: acme\nchecked_on: 2026-11-01\noffers:\n{own}", "o.yaml")
    [price] = found.prices
    assert (price.models, price.term, price.usd_per_hour, price.about.checked_on) == (
        ("big-1",),
        "1 month",
        1,
        date(2026, 11, 1),
    )


def test_all_problems_at_once_with_their_places() -> None:
    text = f"""{HEAD}\
  - {{models: [big-1], deployments: [east], minimum: 0, {TAKES}}}
  - {{models: [big-2], deployments: [east], increment: 2.5, {TAKES}}}
  - {{models: [big-3], deployments: [east], throughput: {{amount: -1, per: 60, weights: {{inptu: 1}}}}}}
  - {{deployments: [east], modls: [big-4]}}
  - {{models: [big-5], deployments: [east], throughput: lots}}
  - {{models: [big-6], deployments: [west], {TAKES}, prices: [{{term: hourly, usd: 0, per: fortnight}}]}}
  - {{models: [big-7], deployments: [east], {TAKES}, status: rumour}}
  - {{models: [big-8], deployments: [east], {TAKES[:-1]}, over_input_tokens: 5}}}}
  - {{models: [big-9], deployments: [east], {TAKES}, valid_from: 2026-05-01, valid_to: 2026-05-01}}
  - oops
"""
    assert problems(text) == [
        "o.yaml:6:53: minimum: 0 units; 1 to 1,000,000 are possible",
        'o.yaml:7:55: increment: "2.5" is not a whole number',
        "o.yaml:8:65: amount: `-1` is no throughput; a number above 0 is expected, such as 3_400",
        "o.yaml:8:74: per: `60` is no time above 0; write 60s or 24h",
        "o.yaml:8:88: unknown key `inptu`; did you mean input?",
        "o.yaml:9:6: models, throughput missing",
        "o.yaml:9:27: unknown key `modls`; did you mean models?",
        (
            "o.yaml:10:56: throughput: a map such as {amount: 3_400, per: 60s, weights: {input: 1, output:"
            " 8}} is expected here, or unknown"
        ),
        "o.yaml:11:137: usd: a unit that costs nothing is no offer; say what it costs",
        ('o.yaml:11:150: per: "fortnight" is not known; it is one of hour, day, week, month, year'),
        'o.yaml:12:121: status: "rumour" is not known; it is one of vendor, third party, estimated, own',
        "o.yaml:13:57: throughput: over_input_tokens and over_weights go together",
        "o.yaml:14:6: valid_to 2026-05-01 must be after valid_from 2026-05-01, the first day",
        "o.yaml:15:5: offers: `offers` is a list of maps",
    ]


def test_rows_that_overlap_are_an_error_and_touching_ones_are_not() -> None:
    first = ROW.replace("minimum", "valid_to: {}, minimum")
    second = ROW.replace("minimum: 2", "valid_from: 2026-06-01, minimum: 4")
    assert len(offers_of(HEAD + first.replace("{}", "2026-06-01") + second, "o.yaml").offers) == 2
    assert problems(HEAD + first.replace("{}", "2026-06-02") + second) == [
        "o.yaml:7:6: two at once: acme big-1 east, the first on line 6; end one of them"
    ]
    twice = HEAD.replace("offers:", "  - {deployments: [east], term: hourly, usd: 3, per: hour}\noffers:")
    assert problems(twice + ROW) == [
        "o.yaml:5:6: two at once: acme * east hourly, the first on line 4; end one of them"
    ]


def test_prices_and_offers_change_on_their_day() -> None:
    prices = """\
  - {deployments: [east], term: hourly, usd: 2, per: hour, valid_to: 2026-06-01}
  - {deployments: [east], term: hourly, usd: 3, per: hour, valid_from: 2026-06-01, valid_to: 2027-01-01}
"""
    offers = book(f"provider: acme\nprices:\n{prices}offers:\n{ROW}")
    assert [usd(offers, day)["hourly"] for day in (date(2026, 5, 31), date(2026, 6, 1))] == [2, 3]
    with pytest.raises(KplanError, match="no price for acme big-1 east on 2027-01-01"):
        usd(offers, date(2027, 1, 1))


def test_a_contract_lies_over_the_list(tmp_path: Path) -> None:
    """Only the term that the contract names; an own offer stands for the one below."""
    own = tmp_path / "own.yaml"
    own.write_text(
        "provider: azure\nprices:\n  - {deployments: [global], term: 1 year, usd: 100, per: month}\n"
    )
    offers = load_offers([own])
    ref, [offer] = offers.find("azure/gpt-5.2", DAY, "global")
    prices = {price.term: price for price in offers.prices_of(offer, ref, DAY)}
    assert (prices["1 year"].usd, prices["1 year"].about.status, prices["1 month"].usd) == (100, "own", 260)
    own.write_text(f"provider: azure\noffers:\n{ROW.replace('big-1', 'gpt-5.2').replace('east', 'global')}")
    assert load_offers([own]).find("azure/gpt-5.2", DAY, "global")[1][0].minimum == 2


def test_finding_an_offer() -> None:
    offers = load_offers()
    assert offers.find("gpt-5.5", DAY, "regional")[0] == "azure/gpt-5.5"
    for ref, deployment, said in (
        ("azure/gpt-5.2", "", "is sold as data-zone, global, regional; choose one with --deployment"),
        ("azure/gpt-5.2", "globl", "did you mean global"),
        ("gpt-5", "", "several providers sell gpt-5: azure/gpt-5, openai/gpt-5"),
        ("azure/gpt-52", "", "did you mean azure/gpt-5.2"),
        ("openai/gpt-9", "", 'no offer for "openai/gpt-9" on 2026-11-22'),
    ):
        with pytest.raises(KplanError, match=said):
            offers.find(ref, DAY, deployment)


def test_two_offers_that_claim_a_model_are_an_error_when_asked_for() -> None:
    offers = book(HEAD + ROW + ROW.replace("[big-1]", "['big*']"))
    with pytest.raises(KplanError, match=r"two offers claim acme/big-1 at once: .* and acme big\* east"):
        offers.find("acme/big-1", DAY)


def test_two_prices_for_one_term_are_an_error_when_asked_for() -> None:
    more = "  - {models: ['big*'], deployments: [east], term: hourly, usd: 3, per: hour}\noffers:"
    offers = book(HEAD.replace("offers:", more) + ROW)
    with pytest.raises(KplanError, match="two prices of acme big-1 east for hourly on 2026-11-22"):
        usd(offers)


def test_stale_figures_are_named_by_their_age() -> None:
    dated = HEAD.replace("unit: PU", "unit: PU\nchecked_on: 2026-01-01\nsource: a page") + ROW
    assert list(book(dated).stale(date(2026, 6, 30))) == []
    assert list(book(dated).stale(date(2026, 7, 1))) == [
        "offers of acme were read on 2026-01-01, 181 days ago (a page)"
    ]
    assert list(book(HEAD + ROW).stale(DAY)) == [
        "offers of acme were read on a day that is not known (no source)"
    ]
    ended = HEAD.replace("per: hour}", "per: hour, valid_to: 2026-07-01}") + ROW.replace(
        "minimum", "valid_to: 2026-07-01, minimum"
    )
    assert list(book(ended).stale(date(2026, 7, 1))) == []


def test_what_kplan_brings() -> None:
    """The four providers, a source and a price for every offer; what no vendor printed says so."""
    offers, prices = load_offers(), load_book()
    found = list(offers.offers())
    assert {each.provider for each in found} == {"aws", "azure", "google", "openai"}
    assert all(each.about.source and each.about.source_url for each in (*found, *offers.prices()))
    assert {each.about.status for each in offers.prices()} == {THIRD_PARTY}
    for each in found:
        assert all(offers.prices_of(each, f"{each.provider}/{model}", DAY) for model in each.models)
        assert not each.payg or prices.find(each.payg).ref == each.payg


@pytest.mark.parametrize(
    ("ref", "takes", "ratio", "regional"),
    [
        ("gpt-5.5", 1_200, 6, (50, 50)),
        ("gpt-5.4", 2_400, 6, (50, 50)),
        ("gpt-5.3-codex", 3_400, 8, (50, 50)),
        ("gpt-5.1", 4_750, 8, (50, 50)),
        ("gpt-5-mini", 23_750, 8, (25, 25)),
        ("gpt-4.1", 3_000, 4, (50, 50)),
        ("gpt-4.1-mini", 14_900, 4, (25, 25)),
        ("gpt-4.1-nano", 59_400, 4, (25, 25)),
        ("o3", 3_000, 4, (50, 50)),
        ("o4-mini", 5_400, 4, (25, 25)),
        ("gpt-4o", 2_500, 4, (50, 50)),
        ("gpt-4o-mini", 37_000, 4, (25, 25)),
        ("o1", 230, 4, (25, 50)),
    ],
)
def test_units_of_azure_as_printed(ref: str, takes: int, ratio: int, regional: tuple[int, int]) -> None:
    _, [offer] = load_offers().find(f"azure/{ref}", DAY, "regional")
    [throughput] = offer.throughput
    assert throughput.per_minute == takes
    weights = [
        throughput.weight(meter, Decimal(1)) for meter in ("input", "cache_read", "output", "reasoning")
    ]
    assert weights == [1, 0, ratio, ratio]
    assert (offer.minimum, offer.increment) == regional
    for deployment in ("global", "data-zone"):
        _, [other] = load_offers().find(f"azure/{ref}", DAY, deployment)
        assert (other.minimum, other.increment) == (15, 5)


@pytest.mark.parametrize(
    ("ref", "per_s", "output", "long"),
    [
        ("gemini-3.7-flash", 675, 5, None),
        ("gemini-3.6-flash", 675, 5, None),
        ("gemini-3.5-flash", 675, 6, None),
        ("gemini-3.5-flash-lite", 3_360, 9, None),
        ("gemini-3.1-flash-lite", 4_030, 6, None),
        ("gemini-3.1-pro", 500, 6, (2, 9)),
        ("gemini-3-flash", 2_015, 6, None),
        ("gemini-2.5-pro", 650, 8, (2, 12)),
        ("gemini-2.5-flash", 2_690, 9, None),
        ("gemini-2.5-flash-lite", 8_070, 4, None),
    ],
)
def test_units_of_google_as_printed(ref: str, per_s: int, output: int, long: tuple[int, int] | None) -> None:
    """Tokens a second of a GSU and how output burns down; over 200,000 input tokens both weigh more."""
    _, [offer] = load_offers().find(f"google/{ref}", DAY)
    [throughput] = offer.throughput
    assert throughput.per_minute == 60 * per_s
    at, over = Decimal(200_000), Decimal(200_001)
    assert [throughput.weight(meter, at) for meter in ("input", "output")] == [1, output]
    assert [throughput.weight(meter, over) for meter in ("input", "output")] == list(long or (1, output))


@pytest.mark.parametrize(
    ("ref", "bundles"),
    [
        ("gpt-5", ((25_000, "75"), (2_500, "60"))),
        ("gpt-4.1", ((30_000, "110"), (2_500, "36"))),
        ("gpt-4.1-mini", ((500_000, "450"), (50_000, "175"))),
        ("gpt-4.1-nano", ((500_000, "110"), (50_000, "40"))),
        ("o3", ((25_000, "75"), (5_000, "60"))),
        ("o4-mini", ((30_000, "50"), (5_000, "32.5"))),
        ("gpt-4o", ((30_000, "124.59"), (2_500, "39.34"))),
    ],
)
def test_bundles_of_openai_as_printed(ref: str, bundles: tuple[tuple[int, str], ...]) -> None:
    """Tokens a minute and USD a day of the scale tier, input and output apart, for 30 days at least."""
    offers = load_offers()
    _, found = offers.find(f"openai/{ref}", DAY)
    assert [each.part for each in found] == ["input", "output"]
    for offer, (per_minute, usd) in zip(found, bundles, strict=True):
        [price] = offers.prices_of(offer, f"openai/{ref}", DAY)
        assert offer.throughput[0].per_minute == per_minute
        assert (price.term, price.usd) == ("30 days", Decimal(usd))
        assert round(price.usd_per_hour * 24, 20) == Decimal(usd)


def test_open_models_of_azure_are_sold_by_the_hundred() -> None:
    for ref, takes in (("llama-3.3-70b-instruct", 8_450), ("deepseek-r1", 4_000), ("deepseek-v3", 4_000)):
        _, [offer] = load_offers().find(f"azure/{ref}", DAY, "global")
        assert (offer.minimum, offer.increment, offer.throughput[0].per_minute) == (100, 100, takes)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(KplanError, match="cannot be read"):
        read_offers(tmp_path / "none.yaml")
    assert problems("- a\n") == ["o.yaml:1:1: a file of offers is a map with `offers:`"]
    assert problems("offers: []\n") == ["o.yaml:1:1: provider missing"]
