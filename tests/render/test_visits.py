"""How often a stage in a block is visited: a chance within the block is not one of all queries."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from kplan.engine.flow.expectation import share_of
from kplan.form.graph import Graph
from kplan.render import explain
from kplan.render.sentences import stage_name
from kplan.render.workbook.input_line import is_share
from support import simulated

TEXT = """
volume: 1000/month
stages:
  often: {kind: loop, turns: 5, stages: {judge: {input: 10, output: 1, chance: 50%}}}
  seldom: {kind: retry, failure: 0%, chance: 20%, stages: {person: {input: 10, output: 1, chance: 50%}}}
  last: {input: 10, output: 1, chance: 8%}
designs: {x: haiku}
"""


def test_a_stage_is_named_with_its_visits(tmp_path: Path) -> None:
    stages = simulated(tmp_path, TEXT).design("x").stages
    assert [stage_name(stage) for stage in stages] == ["judge  2.5x", "person  10%", "last  8%"]


def test_an_explanation_says_how_often_it_runs(tmp_path: Path) -> None:
    results = simulated(tmp_path, TEXT)
    said = {
        name: explain.render(results, f"x.{name}", 100, color=False) for name in ("judge", "person", "last")
    }
    assert "2.5 times a query." in said["judge"]
    assert "0.1 times a query." in said["person"]
    assert "in 8% of queries." in said["last"]


def test_a_models_share_is_named_whole_in_a_workbook() -> None:
    """Neither the dots of a model's name nor those of its share are steps of a place."""
    graph = Graph()
    for name, share, told in (
        ("m", Decimal("0.50"), "models.share of m: 50%"),
        ("gpt-5.4", Decimal("0.125"), 'models."share of gpt-5.4: 12.5%"'),
    ):
        entry = graph.entries[share_of(graph, name, share)]
        assert entry.name == told
        assert is_share(entry)
