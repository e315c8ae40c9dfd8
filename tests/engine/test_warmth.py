"""Prompt caches along a query, and between queries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import exp
from pathlib import Path

import pytest

from kplan.engine.flow.arrivals import found_warm
from kplan.errors import KplanError
from kplan.prices.book import Book
from kplan.prices.windows import HourProfile, Windows
from support import RATES, book_of, priced, simulated

SHARED = """
volume: 250_000/month
months: 2027-01..2027-01
prompt_caches: {chunks: 9_600}
stages:
  expand:      {input: 180,    output: 120}
  rerank:      {input: 9_600,  output: 200, prefix: chunks}
  synthesize:  {input: 10_500, output: 650, prefix: chunks}
  verify:      {input: 11_200, output: 150, prefix: chunks}
  cite:        {input: 900,    output: 700}
designs: {one: sonnet, two: {models: {default: sonnet, synthesize: opus}}}
singles: false
"""


def book() -> Book:
    writes = [priced(model, "cache_write_5m", usd) for model, usd in (("sonnet", "3.75"), ("opus", "18.75"))]
    hourly = [priced("sonnet", "cache_write_1h", "6")]
    return book_of(RATES, (*writes, *hourly))


def test_one_prefix_for_three_stages_is_t8(tmp_path: Path) -> None:
    """Design T8 of the audit: 0.0798 a query, 35.9 % below all-Sonnet without the cache."""
    assert simulated(tmp_path, SHARED, book()).design("one").cost_per_query_usd == Decimal("0.0798")


def test_another_model_has_a_cache_of_its_own(tmp_path: Path) -> None:
    """Sonnet writes for rerank and reads for verify; Opus, once between them, writes for itself."""
    results = simulated(tmp_path, SHARED, book())
    quantities = {
        (row.stage, row.meter): row.quantity_per_query
        for row in results.ledger
        if row.design == "two" and row.meter.startswith("cache")
    }
    assert quantities == {
        ("rerank", "cache_write_5m"): 9_600,
        ("synthesize", "cache_write_5m"): 9_600,
        ("verify", "cache_read"): 9_600,
    }


def test_prefixes_stand_one_behind_the_other(tmp_path: Path) -> None:
    """A second prefix behind another first one is another key: nothing of it is read."""
    text = SHARED.replace("{chunks: 9_600}", "{system: 1_000, chunks: 8_600}").replace(
        "200, prefix: chunks", "200, prefix: [system, chunks]"
    )
    results = simulated(tmp_path, text, book())
    reads = {row.stage: row.quantity_per_query for row in results.ledger if row.meter == "cache_read"}
    writes = {
        row.stage: row.quantity_per_query
        for row in results.ledger
        if row.meter == "cache_write_5m" and row.design == "one"
    }
    assert writes == {"rerank": 9_600, "synthesize": 8_600}
    assert reads["verify"] == 8_600


def test_a_stage_that_only_some_visit_warms_it_only_for_them(tmp_path: Path) -> None:
    """With chance 25 % of rerank, synthesize finds it warm in a quarter of the queries."""
    text = SHARED.replace("200, prefix: chunks", "200, prefix: chunks, chance: 25%")
    results = simulated(tmp_path, text, book())
    found = {
        (row.stage, row.meter): row.quantity_per_query
        for row in results.ledger
        if row.design == "one" and row.meter.startswith("cache")
    }
    assert found == {
        ("rerank", "cache_write_5m"): 2_400,
        ("synthesize", "cache_read"): 2_400,
        ("synthesize", "cache_write_5m"): 7_200,
        ("verify", "cache_read"): 9_600,
    }


def test_a_stated_share_of_warm_queries(tmp_path: Path) -> None:
    text = SHARED.replace("{chunks: 9_600}", "{chunks: {tokens: 9_600, warm: 75%}}")
    results = simulated(tmp_path, text, book())
    rerank = {
        row.meter: row.quantity_per_query
        for row in results.ledger
        if row.stage == "rerank" and row.design == "one"
    }
    assert rerank["cache_read"] == 7_200
    assert rerank["cache_write_5m"] == 2_400


def test_queries_keep_a_shared_prefix_warm(tmp_path: Path) -> None:
    """1 - exp(-rate x ttl), by hand: 3 000 queries in January's 31 days, 5 minutes."""
    text = SHARED.replace("{chunks: 9_600}", "{chunks: {tokens: 9_600, shared: true}}")
    text = text.replace("250_000/month", "3_000/month")
    results = simulated(tmp_path, text, book())
    warm = 1 - exp(-3_000 / (31 * 86_400) * 300)
    read = next(row for row in results.ledger if (row.stage, row.meter) == ("rerank", "cache_read"))
    assert float(read.quantity_per_query) == pytest.approx(9_600 * warm, rel=1e-12)


def test_an_hour_is_longer_than_five_minutes_and_billed_as_such(tmp_path: Path) -> None:
    text = SHARED.replace("{chunks: 9_600}", "{chunks: {tokens: 9_600, ttl: 1h}}")
    text = text.replace(", two: {models: {default: sonnet, synthesize: opus}}", "")
    results = simulated(tmp_path, text, book())
    writes = [row for row in results.ledger if row.meter.startswith("cache_write")]
    assert [(row.meter, row.quantity_per_query) for row in writes] == [("cache_write_1h", 9_600)]


def test_busy_hours_keep_it_warmer_than_the_same_queries_all_week_long() -> None:
    """All queries in 45 of 168 hours, or half of them: two Poisson streams, by hand."""
    month, queries = [date(2027, 2, 1)], [Decimal(10_000)]
    office = Windows.parse("Mon-Fri", "09:00-18:00")
    seconds = 28 * 86_400
    even = found_warm(queries, month, HourProfile.uniform(), Decimal(1), 300)
    assert float(even) == pytest.approx(1 - exp(-10_000 / seconds * 300), rel=1e-12)
    half = found_warm(queries, month, HourProfile.within(office, Decimal("0.5")), Decimal(1), 300)
    inside = 1 - exp(-5_000 / (seconds * 45 / 168) * 300)
    outside = 1 - exp(-5_000 / (seconds * 123 / 168) * 300)
    assert float(half) == pytest.approx((inside + outside) / 2, rel=1e-12)
    assert found_warm(queries, month, HourProfile.uniform(), Decimal(0), 300) == 0


def test_only_queries_that_use_it_keep_it_warm(tmp_path: Path) -> None:
    """A stage of a fifth of the queries, on one of two models with equal shares: a tenth of the rate."""
    text = """
    volume: 40_000/month
    months: 2027-01..2027-01
    prompt_caches: {system: {tokens: 2_000, shared: true}}
    stages: {a: {input: 3_000, output: 10, chance: 20%, prefix: system}}
    designs: {one: {models: {a: {sonnet: 50%, opus: 50%}}}}
    singles: false
    """
    results = simulated(tmp_path, text, book())
    warm = 1 - exp(-4_000 / (31 * 86_400) * 300)
    reads = [row for row in results.ledger if row.meter == "cache_read"]
    assert [row.model for row in reads] == ["test/sonnet", "test/opus"]
    for row in reads:
        assert float(row.quantity_per_query) == pytest.approx(2_000 * 0.1 * warm, rel=1e-12)
        both = [r for r in results.ledger if r.model == row.model and r.meter.startswith("cache")]
        assert sum(Fraction(r.quantity_per_query) for r in both) == 200


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("prefix: chunks}", "prefix: chunk}", "no prompt cache `chunk`; did you mean chunks"),
        ("{chunks: 9_600}", "{chunks: {tokens: 9_600, warm: 120%}}", "share lies between 0 and 1"),
        ("{chunks: 9_600}", "{chunks: -1}", "cannot be negative"),
        ("{chunks: 9_600}", "{chunks: 9_600, a/b: 1}", "hold a `/`"),
        ("{chunks: 9_600}", "{chunks: {tokens: 9_600, ttl: 7m}}", "`7m` is not allowed here"),
        ("{chunks: 9_600}", "{chunks: 9_601}", "less than what it includes"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(KplanError, match=said):
        simulated(tmp_path, SHARED.replace(before, after, 1), book())


def reads(folder: Path, text: str) -> dict[str, Decimal]:
    """Tokens read from a cache, by stage."""
    text = f"volume: 1_000/month\nmonths: 2027-01..2027-01\ndesigns: {{d: sonnet}}\nsingles: false\n{text}"
    found = simulated(folder, text, book()).ledger
    return {row.stage: row.quantity_per_query for row in found if row.meter == "cache_read"}


def test_arms_at_once_use_a_cache_once(tmp_path: Path) -> None:
    """Two arms do not keep it warm for twice as long: 1 - exp(-rate x ttl), as for a single call."""
    call = "{input: 1_000, output: 1, prefix: p}"
    caches = "prompt_caches: {p: {tokens: 1_000, shared: true}}\n"
    both = reads(tmp_path, f"{caches}stages: {{b: {{kind: parallel, stages: {{x: {call}, y: {call}}}}}}}")
    warm = 1_000 * (1 - exp(-1_000 / (31 * 86_400) * 300))
    assert [float(both[arm]) for arm in "xy"] == pytest.approx([warm, warm], rel=1e-12)


def test_what_stands_behind_a_cold_prefix_is_cold(tmp_path: Path) -> None:
    """90 % warm by itself, but behind one that half of the queries find: 50 % of both."""
    caches = "prompt_caches: {p: {tokens: 100, warm: 50%}, q: {tokens: 10, warm: 90%}}\n"
    a, b = "{input: 200, output: 1, prefix: [p, q]}", "{input: 200, output: 1, prefix: q}"
    found = reads(tmp_path, f"{caches}stages: {{a: {a}, b: {b}}}")
    assert found == {"a": Decimal(55), "b": Decimal(9)}
