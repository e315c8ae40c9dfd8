"""The one-model designs that kplan adds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kplan.prices.models import ModelRow
from support import RATES, book_of, priced, simulated

RATES_AND_EMBEDDER = {**RATES, "embedder": {"input": "0.1"}}


def test_base_stages_without_the_extras_of_designs(tmp_path: Path) -> None:
    text = """\
volume: 1_000/month
stages: {a: {input: 1000, output: 100}, b: {input: 1000, output: 100}}
designs:
  split:
    models: {default: haiku}
    stages: {b: {output: 10}, again: {after: b, chance: 8%, like: a, model: opus}}
"""
    results = simulated(tmp_path, text)
    assert [(design.id, design.added) for design in results.designs] == [
        ("split", False), ("haiku", True), ("opus", True),
    ]  # fmt: skip
    assert [design.single_model for design in results.designs] == ["", "haiku", "opus"]
    assert [stage.id for stage in results.design("haiku").stages] == ["a", "b"]
    assert results.design("haiku").cost_per_query_usd == results.design("opus").cost_per_query_usd / 15


def test_pins_are_overridden_and_listed_and_embeddings_stay(tmp_path: Path) -> None:
    text = """\
volume: 1_000/month
stages:
  embed: {input: 500, output: 0, model: embedder}
  pinned: {input: 1000, output: 100, model: haiku}
  free: {input: 1000, output: 100}
designs: {x: sonnet}
"""
    results = simulated(tmp_path, text, book_of(RATES_AND_EMBEDDER))
    assert [design.id for design in results.designs] == ["x", "sonnet", "haiku"]
    everywhere = results.designs[1]
    assert everywhere.pins_overridden == ("pinned",)
    assert [stage.models for stage in everywhere.stages] == [("embedder",), ("sonnet",), ("sonnet",)]
    assert results.designs[2].pins_overridden == ()
    assert any("overrides the pinned model of pinned" in note for note in results.notes)


def test_equal_designs_are_shown_once(tmp_path: Path) -> None:
    text = "volume: 1/month\nstages: {a: {input: 1, output: 1}}\ndesigns: {mine: haiku, yours: sonnet}\n"
    assert [design.id for design in simulated(tmp_path, text).designs] == ["mine", "yours"]


def test_candidates_are_shown_too_and_singles_can_be_left_out(tmp_path: Path) -> None:
    text = "volume: 1/month\nstages: {a: {input: 1, output: 1}}\ndesigns: {x: haiku}\ncandidates: [opus]\n"
    assert [design.id for design in simulated(tmp_path, text).designs] == ["x", "opus"]
    assert [design.id for design in simulated(tmp_path, text + "singles: false\n").designs] == ["x"]


def test_an_added_design_never_takes_a_written_name(tmp_path: Path) -> None:
    text = """\
volume: 1/month
stages: {a: {input: 1, output: 1}, b: {input: 1, output: 1}}
designs: {haiku: {models: {a: haiku, b: sonnet}}}
"""
    assert [design.id for design in simulated(tmp_path, text).designs] == ["haiku", "all haiku", "sonnet"]


def test_a_class_that_names_a_model_is_overridden_too(tmp_path: Path) -> None:
    text = """\
volume: 1_000/month
mix: {easy: {share: 50%, stages: {a: {model: haiku}}}, hard: 50%}
stages: {a: {input: 1000, output: 100}}
designs: {x: sonnet}
"""
    results = simulated(tmp_path, text)
    assert [design.id for design in results.designs] == ["x", "sonnet", "haiku"]
    assert [stage.models for stage in results.designs[1].stages] == [("sonnet",)]
    assert results.designs[1].pins_overridden == ("a",)


def test_prices_of_a_design_that_is_left_out_change_nothing(tmp_path: Path) -> None:
    """A candidate too small for the prompt: the first reason is told, its dated price is no event."""
    moved = date(2027, 2, 1)
    rows = (
        priced("tiny", "output", "1"),
        priced("tiny", "input", "1", valid_to=moved),
        priced("tiny", "input", "2", valid_from=moved),
    )
    book = book_of(RATES, rows, (ModelRow("test", "tiny", context_window=100),))
    text = """\
volume: 1/month
stages: {a: {input: 90, output: 1}, b: {input: 1_000, output: 1}, c: {input: 2_000, output: 1}}
designs: {x: haiku}
candidates: tiny
"""
    results = simulated(tmp_path, text, book)
    assert [design.id for design in results.designs] == ["x"]
    assert not results.events
    assert len(results.plans[0].epochs) == 1
    told = [note for note in results.notes if note.startswith("tiny everywhere is not shown: ")]
    assert len(told) == 1
    assert "stage b" in told[0]
