"""A design that drops a stage of a block drops what the block says of it by name, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from kplan.errors import KplanError
from support import simulated

TEXT = """
volume: 1/month
stages:
  serve:
    kind: fallback
    fails: {one: 50%, two: 10%}
    rejected: {two: 20%}
    outage: 10%
    outage_of: [one, two]
    stages: {one: {input: 200, output: 30}, two: {like: one}, three: {like: one}}
  way:
    kind: route
    shares: {easy: 80%, hard: 20%}
    stages: {easy: {input: 1, output: 1}, hard: {like: easy}}
designs:
  whole: haiku
  less: {extends: whole, stages: {two: null}}
  easy: {extends: whole, stages: {hard: null, way: {shares: {easy: 100%}}}}
"""


def visits(text: str, folder: Path, design: str) -> dict[str, Decimal]:
    (found,) = (each for each in simulated(folder, text).designs if each.id == design)
    return {stage.id: stage.visits for stage in found.stages}


def test_chances_and_outages_of_a_dropped_stage_are_dropped(tmp_path: Path) -> None:
    """0.9 x 0.5 is answered by the first, all else by the last."""
    found = visits(TEXT, tmp_path, "less")
    assert (found["one"], found["three"]) == (Decimal("0.45"), Decimal("0.55"))


def test_a_way_of_a_route_is_dropped_where_the_others_take_all(tmp_path: Path) -> None:
    assert visits(TEXT, tmp_path, "easy")["easy"] == 1


def test_the_ways_that_are_left_take_all_or_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KplanError, match=r"`shares` adds up to 0\.8, not 1"):
        simulated(tmp_path, TEXT.replace(", way: {shares: {easy: 100%}}", ""))


def test_a_misspelt_name_is_an_error_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(KplanError, match="no stage `tow` in block serve"):
        simulated(tmp_path, TEXT.replace("two: 10%", "tow: 10%"))
