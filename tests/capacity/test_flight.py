"""Calls in flight, by hand: what a query's calls take, times how many queries come."""

from __future__ import annotations

from pathlib import Path

import pytest

from kplan.capacity.demand import Askers
from kplan.capacity.flight import Flight, flight
from kplan.engine.simulate import simulate
from kplan.scenario.load import load_scenario

from ..support import book_of, priced

SCENARIO = """\
volume: 144_000/day
months: 2027-01..2027-02
stages:
  draft: {input: 1_000, cached: 40%, output: 200}
  check: {input: 500, output: 50, chance: 50%}
designs: {plain: {models: {default: sonnet, check: haiku}}}
singles: false
"""
SPEEDS = "latency:\n  sonnet: {first_token: 500ms, tokens_per_s: 200, per_input_token: 0.5ms}\n"


def read(folder: Path, text: str) -> Flight:
    path = folder / "s.kplan.yaml"
    path.write_text(text)
    book = book_of(
        rows=(priced("sonnet", "input", "1", mode="batch"), priced("sonnet", "output", "5", mode="batch"))
    )
    plan = simulate(load_scenario(path), book).plans[0]
    return flight(Askers(plan, book).shapes(plan.designs[0]))


def test_seconds_of_a_query_by_hand(tmp_path: Path) -> None:
    """0.5 + 600 x 0.0005 + 200/200 = 1.8 s, and half the time 0.3 + 50/100 = 0.8 s: 2.2 s a query."""
    found = read(tmp_path, f"{SCENARIO}{SPEEDS}  haiku: 300ms + 100/s\n")
    assert found.seconds == pytest.approx(2.2)
    assert found.at(10) == pytest.approx(22)
    assert found.unknown == ()
    assert found.engine == "closed form (Little's law)"


def test_one_model_without_a_speed_leaves_it_unknown(tmp_path: Path) -> None:
    found = read(tmp_path, SCENARIO + SPEEDS)
    assert found.at(10) is None
    assert found.unknown == (
        'nobody says how fast haiku is, which runs check; say for example latency: {"haiku": 450ms + 140/s}',
    )


def test_what_waits_in_batches_is_not_in_flight(tmp_path: Path) -> None:
    text = SCENARIO.replace("cached: 40%, output: 200}", "output: 200, mode: batch}")
    found = read(tmp_path, f"{text}latency: {{haiku: 300ms + 100/s}}\n")
    assert (found.at(1), found.unknown) == (pytest.approx(0.4), ())


def test_a_stage_may_say_its_own_speed(tmp_path: Path) -> None:
    """A stage that starts to answer after 2 s at its own 100 tokens a second: 4 s, and half of 0.8 s."""
    text = SCENARIO.replace("output: 200}", "output: 200, first_token: 2s, tokens_per_s: 100}")
    assert read(tmp_path, f"{text}latency: {{haiku: 300ms + 100/s}}\n").seconds == pytest.approx(4.4)
