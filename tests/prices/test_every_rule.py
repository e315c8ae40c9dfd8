"""Every price rule, one table each: a book in YAML, calls on it, and what they cost, worked out by hand.

Boundaries come in pairs. Costs are in USD; a price without `per` is for a million tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from kplan.engine.call import price_call
from kplan.errors import KplanError
from kplan.form.sizes import units
from kplan.prices.book import Book, load_book
from kplan.prices.meters import disjoint

MTOK = 1_000_000


class Case(NamedTuple):
    """A call, and its cost."""

    usage: str
    """`input 1000, output 10`: input holds cache reads and writes, output the reasoning."""
    usd: str
    at: str = "2027-01-04T12:00+00:00"
    mode: str = "standard"
    region: str = ""


Costs = Callable[[str, Iterable[Case]], None]


def book_of(folder: Path, rows: str, rest: str) -> Book:
    lines = [line.strip() for line in rows.strip().splitlines()]
    text = "rows:\n" + "".join(f"  - {{provider: acme, model: m, {line}}}\n" for line in lines) + rest
    path = folder / "book.yaml"
    path.write_text(text, encoding="utf-8")
    return load_book([path], embedded=False)


def cost(book: Book, case: Case) -> Decimal:
    words = [part.split() for part in case.usage.split(",")]
    usage = disjoint(
        {meter: Decimal(n) for meter, n in words}, own=[r.meter for r in book.rows(book.find("m"))]
    )
    return price_call(book, "m", usage, datetime.fromisoformat(case.at), case.mode, case.region).cost_usd


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., None]:
    def run(rows: str, cases: Iterable[Case], rest: str = "") -> None:
        book = book_of(tmp_path, rows, rest)
        for case in cases:
            assert cost(book, case) == Decimal(case.usd), case

    return run


def test_dated_history_and_announced_changes(check: Costs) -> None:
    check(
        """meter: input, usd: 3, valid_to: 2026-12-01
        meter: input, usd: 6, valid_from: 2026-12-01, status: announced
        meter: input, usd: 9, valid_from: 2027-02-01, status: cancelled""",
        [
            Case(f"input {MTOK}", "3", "2026-11-30T23:59+00:00"),
            Case(f"input {MTOK}", "6", "2026-12-01T00:00+00:00"),
            Case(f"input {MTOK}", "3", "2026-12-01T00:30+01:00"),
            Case(f"input {MTOK}", "6", "2027-02-01T00:00+00:00"),
        ],
    )


def test_long_context_of_the_whole_request(check: Costs) -> None:
    check(
        """meter: input, usd: 3
        meter: input, usd: 6, over_input_tokens: 200_000
        meter: cache_read, usd: 0.3
        meter: cache_read, usd: 0.6, over_input_tokens: 200_000
        meter: output, usd: 15
        meter: output, usd: 22.5, over_input_tokens: 200_000""",
        [
            Case("input 200000, output 1000", "0.615"),
            Case("input 200001, output 1000", "1.222506"),
            Case("input 200000, cache_read 150000", "0.195"),
            Case("input 200001, cache_read 150000", "0.390006"),
        ],
    )


def test_long_context_step_by_step(check: Costs) -> None:
    check(
        """meter: input, usd: 3
        meter: input, usd: 6, over_input_tokens: 200_000, tier_scope: marginal
        meter: cache_read, usd: 1
        meter: cache_read, usd: 2, over_input_tokens: 200_000, tier_scope: marginal
        meter: output, usd: 15""",
        [
            Case("input 200000, output 1000", "0.615"),
            Case("input 200001, output 1000", "0.615006"),
            Case("input 300000", "1.2"),  # 200 000 at 3, 100 000 at 6
            Case("input 300000, cache_read 150000", "0.9"),  # 150 000 at 1, 50 000 at 3, 100 000 at 6
            Case("input 300000, cache_read 250000", "0.6"),  # 200 000 at 1, 50 000 at 2, 50 000 at 6
        ],
    )


def test_cache_reads_and_writes(check: Costs) -> None:
    """FOCUS's own example is the first: 33.90."""
    check(
        """meter: input, usd: 3
        meter: cache_read, usd: 0.30
        meter: cache_write_5m, usd: 3.75
        meter: cache_write_1h, usd: 6
        meter: output, usd: 15""",
        [
            Case("input 10500000, cache_write 2000000, cache_read 8000000, output 1500000", "33.90"),
            Case(f"input {MTOK}, cache_write {MTOK}", "3.75"),
            Case(f"input {MTOK}, cache_write_1h {MTOK}", "6"),
            Case(f"input {MTOK}, cache_write {MTOK}, cache_write_1h 400000", "4.65"),
            Case(f"input {MTOK}, cache_read {MTOK}", "0.3"),
        ],
    )


def test_modes(check: Costs) -> None:
    check(
        """meter: input, usd: 2
        meter: input, usd: 1, mode: batch
        meter: input, usd: 1.2, mode: flex
        meter: input, usd: 4, mode: priority
        meter: input, usd: 12, mode: fast
        meter: output, usd: 10""",
        [
            Case(f"input {MTOK}", "2"),
            Case(f"input {MTOK}", "1", mode="batch"),
            Case(f"input {MTOK}", "1.2", mode="flex"),
            Case(f"input {MTOK}", "4", mode="priority"),
            Case(f"input {MTOK}", "12", mode="fast"),
            Case(f"output {MTOK}", "10", mode="batch"),  # not halved: no row says so
        ],
    )


def test_regional_and_service_tier_multipliers(check: Callable[..., None]) -> None:
    check(
        "meter: input, usd: 2\nmeter: output, usd: 10",
        [
            Case(f"input {MTOK}", "2", region=""),
            Case(f"input {MTOK}, output {MTOK}", "13.2", region="us"),
            Case(f"input {MTOK}", "2", "2026-11-30T23:59+00:00", region="us"),
            Case(f"input {MTOK}", "2.2", "2026-12-01T00:00+00:00", region="us"),
            Case(f"input {MTOK}", "3.5", mode="priority"),
            Case(f"input {MTOK}", "3.85", mode="priority", region="us"),
        ],
        """
modifiers:
  - {models: acme/m, mode: priority, multiplier: 1.75}
  - {models: acme/*, region: us, multiplier: 1.1, from: 2026-12-01}
""",
    )


def test_off_peak_by_weekday_hour_zone_and_date(check: Costs) -> None:
    """2027-01-04 is a Monday; CET is an hour ahead of UTC in winter and two in summer."""
    check(
        """meter: input, usd: 4
        meter: input, usd: 1, weekdays: Mon-Fri, hours: "22:00-06:00", tz: CET, valid_from: 2027-01-01
        meter: input, usd: 2, weekdays: "Sat,Sun", tz: CET, valid_from: 2027-01-01""",
        [
            Case(f"input {MTOK}", "4", "2027-01-04T20:59+00:00"),
            Case(f"input {MTOK}", "1", "2027-01-04T21:00+00:00"),
            Case(f"input {MTOK}", "1", "2027-01-05T04:59+00:00"),
            Case(f"input {MTOK}", "4", "2027-01-05T05:00+00:00"),
            Case(f"input {MTOK}", "1", "2027-07-05T20:00+00:00"),
            Case(f"input {MTOK}", "4", "2027-07-05T19:59+00:00"),
            Case(f"input {MTOK}", "2", "2027-01-08T23:00+00:00"),  # Saturday there
            Case(f"input {MTOK}", "1", "2027-01-08T22:59+00:00"),  # still Friday there
            Case(f"input {MTOK}", "4", "2026-12-28T22:00+00:00"),  # a Monday night before it begins
        ],
    )


def test_reasoning(check: Costs) -> None:
    check(
        "meter: input, usd: 1\nmeter: output, usd: 10\nmeter: reasoning, usd: 4",
        [Case(f"output {MTOK}, reasoning 250000", "8.5"), Case(f"output {MTOK}", "10")],
    )
    check("meter: input, usd: 1\nmeter: output, usd: 10", [Case(f"output {MTOK}, reasoning 250000", "10")])


def test_audio_image_and_video_tokens(check: Costs) -> None:
    check(
        """meter: input, usd: 1
        meter: audio_in, usd: 10
        meter: image_in, usd: 5
        meter: output, usd: 4
        meter: audio_out, usd: 20""",
        [
            Case("input 1000000, audio_in 300000, image_in 200000", "4.5"),
            Case("output 1000000, audio_out 500000", "12"),
            Case("input 1000000, video_in 400000", "1"),  # at the rate of input
        ],
    )


def test_embeddings(check: Costs) -> None:
    check(
        "meter: embedding, usd: 0.08", [Case("embedding 10", "0.0000008"), Case(f"embedding {MTOK}", "0.08")]
    )


@pytest.mark.parametrize(
    ("documents", "tokens", "usd"),
    [(100, 500, "0.0025"), (101, 500, "0.005"), (100, 501, "0.005"), (1, 1, "0.0025")],
)
def test_rerank_per_search(tmp_path: Path, documents: int, tokens: int, usd: str) -> None:
    searches = units("rerank_search", {"documents": Decimal(documents), "document_tokens": Decimal(tokens)})
    book = book_of(tmp_path, "meter: rerank_search, usd: 2.50, per: 1000", "")
    assert cost(book, Case(f"rerank_search {searches}", usd)) == Decimal(usd)


def test_web_search_request_and_page_fees(check: Costs) -> None:
    check(
        """meter: input, usd: 1
        meter: web_search, usd: 10, per: 1_000
        meter: request, usd: 5, per: 1_000
        meter: page, usd: 0.01, per: 1
        meter: annotated_page, usd: 0.03, per: 1""",
        [
            Case("input 1000", "0.006"),  # a request is billed without being named
            Case("input 1000, web_search 3", "0.036"),
            Case("request 2", "0.01"),
            Case("page 3, annotated_page 1", "0.055"),  # the annotated page is one of the three
        ],
    )


def test_read_and_write_units(check: Costs) -> None:
    check(
        """meter: read_unit, usd: 16, per: 1_000_000
        meter: write_unit, usd: 4, per: 1_000_000""",
        [
            Case("read_unit 1000000", "16"),
            Case("read_unit 0.25", "0.000004"),
            Case("write_unit 7140", "0.02856"),
        ],
    )


def test_steps_of_units_that_are_no_tokens(check: Costs) -> None:
    check(
        """meter: read_unit, usd: 1, per: 1
        meter: read_unit, usd: 0.5, per: 1, over_input_tokens: 100, tier_scope: marginal""",
        [Case("read_unit 100", "100"), Case("read_unit 101", "100.5"), Case("read_unit 300", "200")],
    )


@pytest.mark.parametrize(
    ("meter", "per", "price", "quantity", "usd"),
    [
        ("storage_gb_month", 1, "0.33", "95.52", "31.5216"),
        ("instance_hour", 1, "1.09", "730", "795.7"),
        ("human_minute", 1, "0.75", "12", "9"),
        ("character", 1_000_000, "15", "4000", "0.06"),
        ("second", 3_600, "3.6", "90", "0.09"),
        ("text_message", 1, "0.0075", "2", "0.015"),
        ("storage_search", 1_000, "2.5", "4", "0.01"),
        ("our_own_meter", 1, "0.5", "3", "1.5"),
    ],
)
def test_other_units(check: Costs, meter: str, per: int, price: str, quantity: str, usd: str) -> None:
    check(f"meter: {meter}, usd: {price}, per: {per}", [Case(f"{meter} {quantity}", usd)])


def test_negotiated_discounts(check: Callable[..., None]) -> None:
    check(
        "meter: input, usd: 3\nmeter: input, usd: 1.5, mode: batch",
        [
            Case(f"input {MTOK}", "3", "2026-12-31T23:59+00:00"),
            Case(f"input {MTOK}", "2.64", "2027-01-01T00:00+00:00"),
            Case(f"input {MTOK}", "1.32", "2027-01-01T00:00+00:00", "batch"),
            Case(f"input {MTOK}", "2.64", "2027-12-31T23:59+00:00"),
            Case(f"input {MTOK}", "3", "2028-01-01T00:00+00:00"),
        ],
        "discounts: [{models: acme/*, rate: 12%, from: 2027-01-01, to: 2028-01-01, source: contract}]",
    )


def test_currencies_with_a_dated_rate(check: Callable[..., None], tmp_path: Path) -> None:
    """routerbench-mini's strong model: 387,121 in at 1.2 and 24,291 out at 7.2 are CNY 0.6394404."""
    rows = "meter: input, price: 1.2, currency: CNY\nmeter: output, price: 7.2, currency: CNY"
    rates = "currencies: {CNY: [{usd: 0.1, from: 2026-11-01}, {usd: 0.125, from: 2026-12-01}]}"
    usage = "input 387121, output 24291"
    check(
        rows,
        [
            Case(usage, "0.06394404", "2026-11-01T00:00+00:00"),
            Case(usage, "0.06394404", "2026-11-30T23:59+00:00"),
            Case(usage, "0.07993005", "2026-12-01T00:00+00:00"),
        ],
        rates,
    )
    with pytest.raises(KplanError, match="priced in CNY, and no price book says what that is in USD"):
        cost(book_of(tmp_path, rows, rates), Case(usage, "", "2026-10-31T23:59+00:00"))


def test_a_tokenizer_that_makes_more_tokens(check: Costs) -> None:
    """1,399 tokens become 2,021 on the new tokenizer, at the same price."""
    factor = units("tokenizer_factor", {"new_tokens": Decimal(2021), "old_tokens": Decimal(1399)})
    assert round(factor * 1399) == 2021
    check("meter: input, usd: 5", [Case("input 1399", "0.006995"), Case("input 2021", "0.010105")])


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (Case("page 1", ""), "no price for page"),
        (Case("pages 1", ""), "did you mean"),
        (Case("input 1", "", mode="batch"), "no batch price"),
        (Case("input 1", "", region="eu"), 'no price for region "eu"'),
        (Case("input 1", "", "2026-12-31T23:59+00:00"), "no price in force on 2026-12-31"),
    ],
)
def test_what_has_no_price_is_never_zero(tmp_path: Path, case: Case, said: str) -> None:
    with pytest.raises(KplanError, match=said):
        cost(book_of(tmp_path, "meter: input, usd: 3, valid_from: 2027-01-01", ""), case)
