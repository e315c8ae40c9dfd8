"""Routes: shares, a classifier that errs, and what cannot be."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from kplan.errors import KplanError
from support import book_of, simulated

TEXT = """
volume: 1000/month
params: {hard: 20%}
stages:
  routing:
    kind: route
    classifier: tell
    shares: {easy: 1 - hard, difficult: hard}
    confusion:
      easy:      {easy: 85%, difficult: 15%}
      difficult: {easy: 10%, difficult: 90%}
    stages:
      tell: {input: 100, output: 1}
      easy: {input: 1_000, output: 100}
      difficult: {kind: steps, stages: {plan: {input: 500, output: 50}, write: {like: easy}}}
designs: {one: {models: {default: haiku, write: opus}}}
mix: {plain: {share: 75%}, other: {share: 25%, params: {hard: 60%}}}
singles: false
"""


def test_a_classifier_sends_some_the_wrong_way(tmp_path: Path) -> None:
    """P(easy) = 0.8 x 0.85 + 0.2 x 0.1 = 0.70 for three quarters, 0.4 x 0.85 + 0.6 x 0.1 = 0.40 else."""
    visits = {stage.id: stage.visits for stage in simulated(tmp_path, TEXT, book_of()).design("one").stages}
    easy = Decimal("0.75") * Decimal("0.70") + Decimal("0.25") * Decimal("0.40")
    assert visits == {"tell": 1, "easy": easy, "plan": 1 - easy, "write": 1 - easy}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("easy: 1 - hard", "easy: 1", r"`shares` adds up to 1.2, not 1 \(class plain\)"),
        ("difficult: 15%", "difficult: 25%", "`confusion.easy` adds up to 1.1, not 1"),
        (
            "difficult: hard}",
            "hard: hard}",
            "no stage `hard` in block routing; it holds tell, easy, difficult",
        ),
        ("classifier: tell", "classifier: ask", "no stage `ask` in block routing"),
        ("    classifier: tell\n", "", "no share for stage `tell`"),
        (
            "      difficult: {easy: 10%, difficult: 90%}\n",
            "",
            "nothing said of queries for which `difficult`",
        ),
        ("difficult: 15%", "tell: 15%", "`tell` is no way of the route"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(KplanError, match=said):
        simulated(tmp_path, TEXT.replace(before, after, 1), book_of())
