"""Queries that get no right answer whatever the stages do: they stop, or a cache serves them a wrong one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from kplan.engine.results import DesignQuality
from kplan.errors import KplanError
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


def test_a_fallback_of_blocks_is_between_its_tries(tmp_path: Path) -> None:
    """4 % of the first fail twice; how often which answers is not its visits."""
    head = HEAD.replace("answer: {haiku: 90/100}", "answer: {haiku: 90/100}, second: {haiku: 70/100}")
    blocks = """
stages:
  serve:
    kind: fallback
    stages:
      first: {kind: retry, failure: 20%, attempts: 2, stages: {answer: {input: 10, output: 1}}}
      second: {input: 10, output: 1}
"""
    found = simulated(tmp_path, head + blocks, book_of()).design("one").quality
    assert found is not None
    assert found.point is None
    assert found.interval is not None
    assert found.interval.low < Decimal("0.70") < Decimal("0.90") < found.interval.high


CHECKED = """
stages:
  try:
    kind: retry
    attempts: 3
    check: {right: 60%, accepts_right: 90%, catches_wrong: 70%}
    stages: {ask: {input: 10, output: 1}}
  last: {input: 10, output: 1}
"""


def test_attempts_until_a_check_accepts_raise_coverage_and_not_precision(tmp_path: Path) -> None:
    """Rejected are 0.6 x 0.1 + 0.4 x 0.7 = 0.34; 1 + 0.34 + 0.34 ** 2 attempts, 1 - 0.34 ** 3 answered.

    Of the accepted 0.54 / 0.66 are right, however many attempts there are.
    """
    head = HEAD.replace("quality: {measured: {answer: {haiku: 90/100}}}", "")
    design = simulated(tmp_path, head + CHECKED, book_of()).design("one")
    visits = {stage.id: stage.visits for stage in design.stages}
    assert visits == {"ask": Decimal("1.4556"), "last": 1 - Decimal("0.34") ** 3}
    assert design.quality is not None
    assert design.quality.point is not None
    assert float(design.quality.point) == pytest.approx(0.54 / 0.66 * (1 - 0.34**3), rel=1e-12)
    assert design.quality.is_declared
    assert design.quality.basis == "try after its check (declared, not measured) alone"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("check: {", "failure: 5%\n    check: {", "`failure` follows from `check`"),
        (", catches_wrong: 70%", "", "`check` needs `catches_wrong` too"),
        ("right: 60%", "right: 160%", "share lies between 0 and 1"),
        ("catches_wrong: 70%}", "catches_wrong: 70%, fixes_wrong: 1}", "fixes_wrong"),
    ],
)
def test_a_check_that_cannot_be_is_told(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(KplanError, match=said):
        simulated(tmp_path, HEAD + CHECKED.replace(before, after), book_of())
