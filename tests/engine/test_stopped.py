"""Queries that get no right answer whatever the stages do: they stop, or a cache serves them a wrong one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from kplan.engine.results import DesignQuality
from support import book_of, simulated

HEAD = """
volume: 1000/month
designs: {one: haiku}
singles: false
quality: {measured: {answer: {haiku: 90/100}}}
"""
CACHE = """
stages:
  cache:
    kind: answer_cache
    chance: 50%
    hits: 40%
    unsafe: 10%
    stages: {look: {kind: code}, answer: {input: 1000, output: 100}}
"""
ATTEMPTS = """
stages:
  try: {kind: retry, failure: 20%, attempts: 2, stages: {ask: {input: 10, output: 1}}}
  answer: {input: 1000, output: 100}
"""


def quality(folder: Path, text: str) -> DesignQuality:
    found = simulated(folder, HEAD + text, book_of()).design("one").quality
    assert found is not None
    return found


def test_what_a_cache_serves_wrongly_is_wrong(tmp_path: Path) -> None:
    """Half the queries come to the cache, of them 60 % miss; 1 - 0.3 x 0.1 - 0.5 x 0.1 are right."""
    assert quality(tmp_path, CACHE).point == 1 - Decimal("0.03") - Decimal("0.05")
    assert quality(tmp_path, CACHE.replace("unsafe: 10%", "unsafe: 0%")).point == Decimal("0.97")


def test_what_stops_is_not_right(tmp_path: Path) -> None:
    """4 % fail twice and never come to the answer: 0.96 x 0.9 are right."""
    assert quality(tmp_path, ATTEMPTS).point == Decimal("0.96") * Decimal("0.9")


def test_queries_that_stop_are_told(tmp_path: Path) -> None:
    results = simulated(tmp_path, HEAD + ATTEMPTS, book_of())
    assert "4% of the queries stop without an answer in one" in results.notes
    calm = simulated(tmp_path, HEAD + ATTEMPTS.replace("20%", "0%"), book_of())
    assert not [note for note in calm.notes if "stop" in note]


FALLBACK = """
stages:
  serve:
    kind: fallback
    fails: {answer: 20%}
    stages: {answer: {input: 10, output: 1}, second: {input: 10, output: 1}}
"""


def test_a_fallback_serves_one_answer(tmp_path: Path) -> None:
    """0.8 x 0.9 + 0.2 x 0.7, not 0.9 x 0.7; where answers are refused, those that pass are not measured."""
    head = HEAD.replace("answer: {haiku: 90/100}", "answer: {haiku: 90/100}, second: {haiku: 70/100}")
    found = simulated(tmp_path, head + FALLBACK, book_of()).design("one").quality
    assert found is not None
    assert found.point == Decimal("0.86")
    refused = head + FALLBACK.replace("fails: {", "rejected: {answer: 5%}\n    fails: {")
    other = simulated(tmp_path, refused, book_of()).design("one").quality
    assert other is not None
    assert other.point is None
    assert other.interval is not None
    assert (other.interval.low, other.interval.high) == (0, 1)
