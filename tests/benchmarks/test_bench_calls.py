"""The calls of the bench can be priced, both ways that kplan has, and come to the same."""

from __future__ import annotations

import pytest

from benchmarks.bench_calls import drawn, with_decimals, with_kplan
from kplan.prices.book import load_book


def test_the_bench_prices_its_calls() -> None:
    book, calls = load_book(), drawn(500)
    assert with_kplan(book, calls)() == pytest.approx(with_decimals(book, calls)(), rel=1e-12)
