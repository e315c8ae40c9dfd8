"""Calls in flight, by hand: what a query's calls take, times how many queries come."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capacity.azure import azure
from kplan.capacity.demand import Askers
from kplan.capacity.flight import Flight, flight, of_trace
from kplan.capacity.trace import Trace
from kplan.engine.flow.speeds import Speed
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


def trace(at_s: list[float], **tokens: list[float]) -> Trace:
    lines = np.arange(2, len(at_s) + 2)
    held = {name: np.array(each) for name, each in tokens.items()}
    return Trace("t.csv", np.array(at_s), None, held, lines, len(at_s), (), ())


def test_a_trace_is_counted_call_by_call() -> None:
    """Calls of 2 s and 4 s at 0 s, of 1 s at 5 s: 2 until 2 s, 1 until 4 s, none until 5 s."""
    made = trace([0.0, 0.0, 5.0], output=[100.0, 300.0, 0.0], input=[5.0, 5.0, 5.0])
    found = of_trace(made, Speed(1.0, 100.0), 3 / 5)
    assert found is not None
    assert (found.mean, found.most, found.p99) == (pytest.approx(6 / 5), 2, 2)
    assert found.engine == "discrete events, the calls of t.csv"


def test_a_trace_runs_faster_at_a_higher_rate() -> None:
    """Twice the rate: what came 2.5 s later comes while the longer call still runs, of 4 s as before."""
    made = trace([0.0, 0.0, 5.0], output=[100.0, 300.0, 0.0])
    found = of_trace(made, Speed(1.0, 100.0), 2 * 3 / 5)
    assert found is not None
    assert found.mean == pytest.approx((2 + 2.5) / 2.5)


def test_of_a_long_trace_the_calls_of_its_busiest_hour_with_their_own_tokens() -> None:
    """200 short calls in 100 minutes, then 3,600 of 3 s in an hour: at one a second three are in flight."""
    calm, busy = np.arange(0, 6_000, 30.0), np.arange(6_000, 9_600, 1.0)
    output = [0.0] * calm.size + [200.0] * busy.size
    found = of_trace(trace([*calm, *busy], output=output), Speed(1.0, 100.0), 1.0)
    assert found is not None
    assert found.mean == pytest.approx(3, rel=0.01)


def test_a_trace_that_lacks_what_takes_time_says_nothing() -> None:
    assert of_trace(trace([0.0, 1.0], input=[5.0, 5.0]), Speed(1.0, 100.0), 1.0) is None
    assert of_trace(trace([0.0, 1.0], output=[5.0, 5.0]), Speed(1.0, 100.0, 0.1), 1.0) is None
    assert of_trace(trace([0.0, 1.0], input=[5.0, 5.0]), Speed(1.0), 1.0) is not None


@pytest.mark.parametrize(("name", "mean", "p99", "most"), [("conv", 26.05, 42, 50), ("code", 2.7, 26, 73)])
def test_published_traces_need_more_than_square_root_staffing(
    name: str, mean: float, p99: int, most: int
) -> None:
    """At 0.5 s and 50 tokens a second, as measured: the square-root rule says 38 and 6.5 for 99 %."""
    published = azure(name)
    found = of_trace(published, Speed(0.5, 50.0), len(published) / published.span_s)
    assert found is not None
    assert (found.p99, found.most) == (p99, most)
    assert found.mean == pytest.approx(mean, rel=0.01)
