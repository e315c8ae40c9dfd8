"""Corpora: documents read in, kept and read in again, with lines of their own in the ledger."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from kplan.engine.ledger import Kind
from kplan.errors import KplanError
from kplan.prices.book import Book
from support import RATES, book_of, priced, simulated

TEXT = """
months: 2027-01..2027-05
volume: 1000/month
params: {chunks: 10}
prompt_caches: {document: 8_000}
stages:
  index:
    kind: ingestion
    documents: 500
    new_per_month: 20
    again_every: 3
    stages:
      describe: {input: 8_850, output: 100, calls: chunks, prefix: document}
      keep: {kind: storage, usage: {storage_gb_month: 0.001}, model: bucket}
  answer: {input: 4_000, output: 300}
designs:
  one: {models: {default: haiku, answer: opus}}
  two: {models: {default: opus}, stages: {describe: {prefix: null}}}
singles: false
"""


def book() -> Book:
    writes = priced("haiku", "cache_write_5m", "1.25")
    return book_of(RATES, (writes, priced("bucket", "storage_gb_month", "0.1", per=1)))


def test_a_corpus_is_read_in_kept_and_read_in_again(tmp_path: Path) -> None:
    """500 documents, 20 new ones each month, and in April all 560 once more; each is kept from its month on.

    A document of 8 000 tokens is described in 10 chunks: written to the cache once, read 9 times, with 850
    tokens of each chunk's own: 8 000 x 1.25 + 9 x 8 000 x 0.1 + 10 x (850 x 1 + 100 x 5) per million.
    """
    results = simulated(tmp_path, TEXT, book())
    one = Fraction(8_000 * 125, 100) + Fraction(72_000, 10) + 10 * (850 + 500)
    by_month = {month.month: Fraction(month.cost_usd) for month in results.design("one").months}
    usage = 1_000 * Fraction(4_000 * 15 + 300 * 75, 10**6)
    for n, (month, read_in, kept) in enumerate(
        zip(by_month, (500, 20, 20, 560, 20), (500, 520, 540, 560, 580), strict=True)
    ):
        paid = read_in * one / 10**6 + Fraction(kept, 10_000)
        assert by_month[month] == usage + paid, n


def test_designs_read_in_with_models_of_their_own(tmp_path: Path) -> None:
    results = simulated(tmp_path, TEXT, book())
    lines = [row for row in results.ledger if row.label == "index" and row.month == "2027-01"]
    assert {(row.design, row.stage, row.model) for row in lines} == {
        ("one", "describe", "test/haiku"),
        ("one", "keep", "test/bucket"),
        ("two", "describe", "test/opus"),
        ("two", "keep", "test/bucket"),
    }
    assert {row.kind for row in lines} == {Kind.FIXED}
    two = next(row for row in lines if row.design == "two" and row.meter == "input")
    assert two.quantity_per_query == 500 * 88_500
    assert two.cost_usd == two.quantity_per_query * two.unit_price_usd


def test_queries_do_not_pay_for_documents(tmp_path: Path) -> None:
    design = simulated(tmp_path, TEXT, book()).design("one")
    assert [stage.id for stage in design.stages] == ["answer"]
    assert design.cost_per_query_usd == Decimal("0.0825")


def test_the_bill_is_the_sum_of_its_lines(tmp_path: Path) -> None:
    results = simulated(tmp_path, TEXT, book())
    for design in results.designs:
        lines = [Fraction(row.cost_usd) for row in results.ledger if row.design == design.design]
        assert Fraction(design.total_usd) == sum(lines)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("documents: 500", "documents: -1", "`documents` comes to -1"),
        ("again_every: 3", "again_every: 0", "again_every"),
        ("stages:\n      describe", "sauces:\n      describe", "sauces"),
        ("  answer: {", "  kept: {kind: storage, usage: {page: 1}, model: bucket}\n  answer: {", "ingestion"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(KplanError, match=said):
        simulated(tmp_path, TEXT.replace(before, after, 1), book())
