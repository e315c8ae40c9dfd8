"""The figures beside the headline: with units that are bought, a query costs what the whole bill comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from kplan.regress.run import run
from kplan.render.tiles import tiles

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def test_where_units_are_bought_a_query_costs_its_part_of_all_lines() -> None:
    """$557,355.21 over 3 million queries a month that grow by 2%: 40.236 million."""
    queries = 3_000_000 * (1.02**12 - 1) / 0.02
    first, _, _, last = tiles(run(SCENARIOS / "base-load.kplan.yaml"))
    assert (first.term, first.note) == ("Per 1,000 queries, all lines", "base, against $15.35 for payg")
    assert float(first.figure.lstrip("$")) == pytest.approx(557_355.21 / queries * 1_000, abs=0.005)
    assert (last.term, last.figure) == ("Per query, all lines", "$0.01385")


def test_elsewhere_it_is_usage() -> None:
    first, *_ = tiles(run(SCENARIOS / "rag.kplan.yaml"))
    assert (first.term, first.figure) == ("Per 1,000 queries", "$34.89")
