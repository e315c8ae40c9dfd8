"""Which numbers the page may move, within which bounds, and which it holds back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from kplan.engine.results import Results
from kplan.prices.book import Book
from kplan.render import whatif
from kplan.render.whatif import slider
from kplan.render.whatif.knobs import Knob
from kplan.render.whatif.points import answers, moves
from kplan.render.whatif.view import Board
from support import RATES, book_of, priced, simulated

HEAD = "volume: 100/month\ndesigns: {x: haiku}\n"
STAGE = "stages: {a: {input: n * 100, output: 5}}\n"


def board(folder: Path, text: str, book: Book | None = None) -> Board:
    """The first variant's board."""
    results = simulated(folder, text, book)
    return Board(results, results.live[0])


def found(folder: Path, text: str) -> dict[str, Knob]:
    """The sliders by name."""
    return {knob.name: knob for knob in board(folder, text).knobs}


def test_the_volume_moves_by_ratios_from_a_tenth_to_tenfold(tmp_path: Path) -> None:
    knob = found(tmp_path, HEAD + "stages: {a: {input: 10, output: 5}}\n")["volume.queries_per_month"]
    assert (knob.low, knob.planned, knob.high, knob.is_log) == (10, 100, 1000, True)


@pytest.mark.parametrize(
    ("said", "low", "high", "form"),
    [
        ("range: [2, 20]", "2", "20", "number"),
        ("between: [5, 12]", "5", "12", "number"),
        ("between: [5, 12], range: [1, 40]", "1", "40", "number"),
        ("uniform: [0, 10]", "1", "9", "number"),
        ("unit: chunks, range: [0, 1]", "0", "8", "number"),
    ],
)
def test_a_param_moves_within_what_is_said_of_it(
    said: str, low: str, high: str, form: str, tmp_path: Path
) -> None:
    """Its own value is always within."""
    knob = found(tmp_path, f"{HEAD}{STAGE}params: {{n: {{value: 8, {said}}}}}\n")["params.n"]
    assert (knob.low, knob.high, knob.form) == (Decimal(low), Decimal(high), form)


def test_what_nobody_bounded_and_what_nothing_uses_are_no_sliders(tmp_path: Path) -> None:
    text = f"{HEAD}{STAGE}params: {{n: 8, m: {{value: 8, range: [2, 20]}}}}\n"
    assert set(found(tmp_path, text)) == {"volume.queries_per_month"}


def test_a_unit_that_the_label_says_is_not_said_twice(tmp_path: Path) -> None:
    text = "params: {n: {value: 8, range: [1, 9], unit: N}, m: {value: 8, range: [1, 9], unit: tokens}}\n"
    knobs = found(tmp_path, HEAD + text + "stages: {a: {input: n * m, output: 5}}\n")
    assert (knobs["params.n"].unit, knobs["params.m"].unit) == ("", "tokens")


def test_chances_cached_shares_contingency_and_budget(tmp_path: Path) -> None:
    text = """
volume: {queries_per_month: 100, growth_per_month: 2%}
budget: $50/month
contingency: 10%
stages:
  a: {input: 1000, cached: 30%, cache_write: 20%, output: 5}
  b: {input: 10, output: 5, chance: 25%}
designs: {x: haiku, y: {models: {default: sonnet}, stages: {b: {chance: 50%}}}}
"""
    book = book_of(RATES, tuple(priced(m, "cache_write_5m", "2") for m in RATES))
    knobs = {knob.name: (knob.low, knob.high) for knob in board(tmp_path, text, book).knobs}
    assert knobs == {
        "volume.queries_per_month": (10, 1000),
        "volume.growth_per_month": (Decimal("-0.2"), Decimal("0.3")),
        "stages.a.cached": (0, Decimal("0.8")),
        "stages.b.chance": (0, 1),
        "designs.y.stages.b.chance": (0, 1),
        "contingency": (0, Decimal("0.5")),
        "budget": (5, 500),
    }


def test_a_param_that_is_a_chance_moves_from_0_to_1(tmp_path: Path) -> None:
    text = "params: {p: 8%}\nstages: {a: {input: 10, output: 5, chance: p}}\n"
    knob = found(tmp_path, HEAD + text)["params.p"]
    assert (knob.low, knob.high, knob.form) == (0, 1, "share")


def test_what_shapes_a_distribution_is_held_back_with_the_reason(tmp_path: Path) -> None:
    """The tail above the tier is computed beforehand: no formula follows it."""
    text = "params: {tail: {value: 300_000, range: [200_000, 400_000]}}\n" + HEAD.replace("haiku", "tall")
    text += "stages: {a: {input: {mean: 150_000, p95: tail, most: 500_000}, output: 5}}\n"
    tiered = [
        priced("tall", "input", "2", over_input_tokens=200_000),
        priced("tall", "output", "9", over_input_tokens=200_000),
    ]
    book = book_of({"tall": {"input": "1", "output": "5"}}, tuple(tiered))
    made = board(tmp_path, text, book)
    assert [knob.name for knob in made.knobs] == ["volume.queries_per_month"]
    [held] = made.as_json(Random(1))["baked"]
    assert held["label"] == "Tail"
    assert "worked out beforehand" in held["why"]


def test_the_traffic_is_held_back_where_it_keeps_caches_warm(tmp_path: Path) -> None:
    text = """
volume: 250_000/month
prompt_caches: {intro: {tokens: 9_600, shared: true}}
stages: {a: {input: 10_000, output: 200, prefix: intro}}
designs: {x: sonnet}
"""
    book = book_of(RATES, tuple(priced(m, "cache_write_5m", "2") for m in RATES))
    made = board(tmp_path, text, book)
    assert made.knobs == []
    assert [each["label"] for each in made.as_json(Random(1))["baked"]] == ["Queries a month"]


WARM = """
volume: {queries_per_month: 250, growth_per_month: 2%, months: 2, start: 2027-01}
params: {often: {value: 30%, range: [0%, 100%]}, said: {value: 200, range: [10, 900]}}
prompt_caches: {intro: {tokens: 9_600, shared: true}}
mix: {short: {share: 40%}, long: {share: 60%, stages: {b: null}}}
stages:
  a: {input: 10_000, output: said, prefix: intro, chance: often}
  b: {input: 10_000, output: said, prefix: intro, chance: 20%}
  c: {input: 10_000, output: said, chance: 10%}
designs: {x: sonnet}
singles: false
"""


def test_chances_are_held_back_where_they_say_how_often_a_cache_is_used(tmp_path: Path) -> None:
    """Their slider would leave the cache as warm as it is at the plan."""
    book = book_of(RATES, tuple(priced(m, "cache_write_5m", "2") for m in RATES))
    made = board(tmp_path, WARM, book)
    assert [knob.name for knob in made.knobs] == ["params.said", "stages.c.chance"]
    held = [each["label"] for each in made.as_json(Random(1))["baked"]]
    assert held == ["Queries a month", "Growth a month", "Often", "B chance"]


def test_a_loop_ends_its_slider_where_its_turns_are_written_out(tmp_path: Path) -> None:
    text = "params: {n: {value: 3, range: [1, 500]}}\n" + HEAD
    text += "stages: {l: {kind: loop, turns: n, stages: {a: {input: 10, output: 5}}}}\n"
    made = board(tmp_path, text)
    [knob] = [knob for knob in made.knobs if knob.name == "params.n"]
    assert (knob.low, knob.planned) == (1, 3)
    assert 3 < knob.high < 500
    [ends] = answers(made.plan, made.figures, [{knob.node: float(knob.high)}])
    assert all(value < float("inf") for value in ends)
    [beyond] = answers(made.plan, made.figures, [{knob.node: float(knob.high) + 1}])
    assert not all(value < float("inf") for value in beyond)


@pytest.mark.parametrize(
    ("low", "planned", "high", "step", "places"),
    [("2", "8", "20", "1", 0), ("0", "0.08", "0.3", "0.005", 3), ("100", "10500", "50000", "500", 0)],
)
def test_steps_are_round_and_there_are_enough(
    low: str, planned: str, high: str, step: str, places: int
) -> None:
    knob = Knob(("params", "n"), "N", "Numbers", Decimal(planned), Decimal(low), Decimal(high))
    assert (slider.step(knob), slider.places(knob)) == (Decimal(step), places)


def test_points_lie_within_the_bounds_and_differ(tmp_path: Path) -> None:
    made = board(tmp_path, f"{HEAD}{STAGE}params: {{n: {{value: 8, range: [2, 20]}}}}\ncandidates: [opus]\n")
    [choice] = made.choices
    found = moves(made.knobs, made.choices, Random(1), 24)
    for knob in made.knobs:
        assert knob.node is not None
        values = [move[knob.node] for move in found]
        assert all(float(knob.low) <= value <= float(knob.high) for value in values)
        assert len(set(values)) > 12
    assert {move[choice] for move in found} == {1.0, 2.0}


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    results: Results = simulated(tmp_path, f"{HEAD}{STAGE}params: {{n: {{value: 8, range: [2, 20]}}}}\n")
    first, again, other = (whatif.view(results, seed) for seed in (1, 1, 2))
    assert first == again != other


def test_nothing_in_the_data_can_end_its_script_tag(tmp_path: Path) -> None:
    text = "volume: 100/month\nstages: {'</script><!--': {input: 10, output: 5}}\ndesigns: {'&lt;': haiku}\n"
    found = whatif.view(simulated(tmp_path, text))
    assert found is not None
    assert not set("<>&") & set(found.data)
