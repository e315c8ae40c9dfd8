"""How complex a query looks by its words alone, as CA-RAG's router takes it."""

from __future__ import annotations

import re
from decimal import Decimal

from kplan.money import ONE, quotient

CUES = frozenset(
    ("what", "why", "how", "when", "where", "which", "who", "whom", "whose"),
)
"""Interrogative cue words."""
LENGTH_SHARE, CUE_SHARE = Decimal("0.6"), Decimal("0.4")
MOST_WORDS, MOST_CUES = 20, 3
ALIKE = Decimal("0.05")
"""Scores that differ by no more than this say nothing about which query is the harder one."""

_WORD = re.compile(r"[\w'-]+")


def complexity(query: str) -> Decimal:
    """0.6 x min(words / 20, 1) + 0.4 x min(cue words / 3, 1) [0..1].

    It knows length and question words, nothing else: "What is RAG?" scores 0.223, and "Compare the
    convergence guarantees of Adam and LAMB" 0.240.
    Source: CA-RAG, arXiv 2606.02581, section on routing signals.
    """
    words = [word.lower() for word in _WORD.findall(query)]
    n_cues = sum(word in CUES for word in words)
    length = min(quotient(Decimal(len(words)), Decimal(MOST_WORDS)), ONE)
    return LENGTH_SHARE * length + CUE_SHARE * min(quotient(Decimal(n_cues), Decimal(MOST_CUES)), ONE)
