"""What a block says that cannot be, or would count for nothing, is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from kplan.errors import KplanError
from support import simulated

TEXT = """
volume: 1/month
stages: {{block: {{{said}, stages: {{ask: {{input: 9, output: 1}}, again: {{like: ask}}}}}}}}
designs: {{x: haiku}}
"""


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("kind: fallback, outage: 5%", r"an outage of what\? `outage_of: \[...\]` names some of ask, again"),
        ("kind: answer_cache, hits: 10%, unsafe: 11%", "11% of the queries, where only 10% are served"),
        ("kind: answer_cache, hits: 10%, refresh: 50%, unsafe: 5.1%", "5.1% of the queries, where only 5%"),
    ],
)
def test_it_is_an_error(tmp_path: Path, said: str, wrong: str) -> None:
    with pytest.raises(KplanError, match=wrong):
        simulated(tmp_path, TEXT.format(said=said))


@pytest.mark.parametrize(
    "said",
    [
        "kind: fallback, outage: 0%",
        "kind: fallback, outage: 5%, outage_of: ask",
        "kind: answer_cache, hits: 10%, unsafe: 10%",
        "kind: answer_cache, hits: 10%, refresh: 50%, unsafe: 5%",
    ],
)
def test_at_the_bound_it_is_none(tmp_path: Path, said: str) -> None:
    assert simulated(tmp_path, TEXT.format(said=said)).designs
