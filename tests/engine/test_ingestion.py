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


@pytest.mark.parametrize("warm", ["", ", warm: 90%", ", shared: true"])
def test_a_prefix_that_is_said_to_be_warm_is_warm_for_documents(tmp_path: Path, warm: str) -> None:
    """8 000 tokens written at 1.25, or nine in ten read at .1; 850 and 100 x 5 besides."""
    text = TEXT.replace("document: 8_000", f"document: {{tokens: 8_000{warm}}}").replace(
        "calls: chunks", "calls: 1"
    )
    results = simulated(tmp_path, text, book())
    one = Fraction(8_000 * 125, 100) + 1_350
    if "90%" in warm:
        one = Fraction(8_000 * 9, 100) + Fraction(800 * 125, 100) + 1_350
    rows = [row for row in results.ledger if row.stage == "describe" and row.month == "2027-01"]
    assert sum(Fraction(row.cost_usd) for row in rows if row.design == "one") == 500 * one / 10**6


@pytest.mark.parametrize(
    "change",
    [
        "mix: {a: {share: 50%, stages: {describe: {output: 200}}}, b: 50%}",
        "mix: {b: 50%, a: {share: 50%, stages: {describe: null}}}",
        "mix: {b: 50%, a: {share: 50%, stages: {index: {documents: 9}}}}",
    ],
)
def test_classes_of_queries_change_no_documents(tmp_path: Path, change: str) -> None:
    """Else the corpus would be read in as the first class says, whichever comes first."""
    with pytest.raises(KplanError, match="is one of an ingestion: documents are read in once for all"):
        simulated(tmp_path, f"{change}\n{TEXT}", book())


def test_documents_have_no_models_by_class(tmp_path: Path) -> None:
    text = TEXT.replace("answer: opus}}", "answer: {a: opus, b: haiku}, describe: {a: opus, b: haiku}}}", 1)
    with pytest.raises(KplanError) as error:
        simulated(tmp_path, f"mix: {{a: 50%, b: 50%}}\n{text}", book())
    assert [problem.path for problem in error.value.problems] == ["designs.one.models.describe"]
