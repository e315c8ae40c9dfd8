"""Break-evens: exact where the total is a straight line in the chance, left out where it is not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from kplan.form.decimals import Users
from support import RATES, book_of, simulated

BASE = """\
volume: 1_000/month
params: {{redo: {redo}}}
stages: {{a: {{input: 1000, output: {output}}}}}
designs:
  big: sonnet
  small:
    models: {{default: haiku}}
    stages: {{again: {{after: a, chance: redo, like: a, model: {second}}}}}
singles: false
"""


def test_where_both_cost_the_same(tmp_path: Path) -> None:
    """sonnet 4.5e-3, haiku 1.5e-3, an opus pass 22.5e-3 a query: the same at 3/22.5."""
    (flip,) = simulated(tmp_path, BASE.format(redo="8%", output=100, second="opus")).flips
    assert abs(Fraction(flip.chance_at) - Fraction(3, 1) / Fraction("22.5")) < Fraction(1, 10**55)
    assert flip.cheaper_above
    at = simulated(tmp_path, BASE.format(redo=str(flip.chance_at), output=100, second="opus"))
    big, small = at.design("big").total_usd, at.design("small").total_usd
    assert abs(big - small) < big / 10**25


def test_no_flip_outside_zero_to_one(tmp_path: Path) -> None:
    assert simulated(tmp_path, BASE.format(redo="8%", output=100, second="haiku")).flips == ()


def test_designs_that_share_a_parameter_move_together_and_a_pair_is_told_once(tmp_path: Path) -> None:
    """strict redoes half as often again as plain, so it is never the cheaper of the two."""
    text = """\
volume: 1_000/month
singles: false
params: {redo: 8%}
stages: {a: {input: 1000, output: 100}}
designs:
  big: sonnet
  plain: {models: {default: haiku}, stages: {again: {after: a, chance: redo, like: a, model: opus}}}
  strict: {models: {default: haiku}, stages: {again: {after: a, chance: redo * 1.5, like: a, model: opus}}}
"""
    results = simulated(tmp_path, text)
    pairs = {frozenset((flip.design, flip.other)): flip for flip in results.flips}
    assert set(pairs) == {frozenset(("big", "plain")), frozenset(("big", "strict"))}
    assert len(pairs) == len(results.flips)
    strict = pairs[frozenset(("big", "strict"))]
    assert abs(Fraction(strict.chance_at) - Fraction(3) / Fraction("22.5")) < Fraction(1, 10**50)
    assert strict.text == "big is cheaper than strict above a 13.33% again rate (params.redo at 8.89%)"


def test_a_chance_with_a_kink_or_of_several_inputs_is_left_out_in_words(tmp_path: Path) -> None:
    text = BASE.format(redo="8%", output=100, second="opus")
    for chance in ('"min(redo, 50%)"', "redo * redo"):
        results = simulated(tmp_path, text.replace("chance: redo", f"chance: {chance}"))
        assert results.flips == ()
        assert any("no break-even is given for small.again" in note for note in results.notes)
    several = text.replace("params: {", "params: {more: 50%, ").replace("chance: redo", "chance: redo * more")
    assert (
        "no break-even is given for small.again: its chance rests on several inputs"
        in simulated(tmp_path, several).notes
    )


def test_a_chance_that_differs_between_classes_is_left_out_in_words(tmp_path: Path) -> None:
    text = BASE.format(redo="8%", output=100, second="opus")
    mix = "mix: {x: {share: 50%, params: {redo: 20%}}, y: 50%}\n"
    results = simulated(tmp_path, mix + text)
    assert results.flips == ()
    assert "no break-even is given for small.again: its chance differs between classes" in results.notes


def test_a_chance_that_feeds_tokens_too_is_no_straight_line(tmp_path: Path) -> None:
    text = BASE.format(redo="8%", output="100", second="opus").replace(
        "like: a, model", "input: 1000 * redo + 1, output: 100, model"
    )
    assert simulated(tmp_path, text).flips == ()


def test_a_literal_chance_is_a_chance_too(tmp_path: Path) -> None:
    text = BASE.format(redo="8%", output=100, second="opus").replace("chance: redo", "chance: 8%")
    (flip,) = simulated(tmp_path, text).flips
    assert abs(Fraction(flip.chance_at) - Fraction(3, 1) / Fraction("22.5")) < Fraction(1, 10**55)


def test_fixed_costs_and_contingency_move_no_flip(tmp_path: Path) -> None:
    plain = simulated(tmp_path, BASE.format(redo="8%", output=100, second="opus"))
    more = "contingency: 10%\nfixed: {store: $50/month}\n"
    dear = simulated(tmp_path, more + BASE.format(redo="8%", output=100, second="opus"))
    assert abs(plain.flips[0].chance_at - dear.flips[0].chance_at) < 10**-50


def test_a_flip_against_an_added_design_is_told(tmp_path: Path) -> None:
    """haiku alone is 1.5e-3 a query; the cheap model with a sonnet pass of 4.5e-3 costs as much at 1/4.5."""
    text = """\
volume: 1_000/month
stages: {a: {input: 1000, output: 100, model: cheap}}
designs:
  mine: {models: {default: cheap}, stages: {again: {after: a, chance: 10%, like: a, model: sonnet}}}
candidates: [haiku]
"""
    rates = {**RATES, "cheap": {"input": "0.1", "output": "4"}}
    results = simulated(tmp_path, text, book_of(rates))
    against = {flip.other: flip.chance_at for flip in results.flips}
    assert abs(Fraction(against["haiku"]) - (Fraction("1.5") - Fraction("0.5")) / Fraction("4.5")) < Fraction(
        1, 10**50
    )


def test_many_chances_are_quick(tmp_path: Path) -> None:
    """Counted in nodes, not seconds: each chance re-evaluates what depends on it, not the whole graph."""
    stages = "".join(f"  s{n}: {{input: 100, output: 10, chance: {n % 90 + 1}%}}\n" for n in range(150))
    text = f"volume: 1_000/month\nstages:\n{stages}designs: {{x: haiku, y: sonnet}}\n"
    results = simulated(tmp_path, text)
    graph = results.plans[0].graph
    users = Users(graph)
    chance = results.plans[0].designs[0].stages[7].chances[0]
    assert len(users.dependents(chance)) < len(graph.entries) / 10


def test_the_steeper_design_is_the_cheaper_one_below(tmp_path: Path) -> None:
    """a costs 4.5 + 1.5 p, b 1.5 + 22.5 p thousandths of a dollar: b is the cheaper below 3/21."""
    text = """\
volume: 1_000/month
singles: false
params: {redo: 8%}
stages: {s: {input: 1000, output: 100}}
designs:
  a: {models: {default: sonnet}, stages: {again: {after: s, chance: redo, like: s, model: haiku}}}
  b: {models: {default: haiku}, stages: {again: {after: s, chance: redo, like: s, model: opus}}}
"""
    (flip,) = simulated(tmp_path, text).flips
    assert abs(Fraction(flip.chance_at) - Fraction(3, 21)) < Fraction(1, 10**55)
    assert not flip.cheaper_above
    assert flip.text == "b is cheaper than a below a 14.29% again rate"


BLOCKS = """\
volume: 1_000/month
params: {{redo: {redo}}}
stages:
  r:
    kind: route
    shares: {{easy: 60%, hard: 40%}}
    stages:
      easy: {{input: 100, output: 10}}
      hard: {{kind: retry, failure: 50%, attempts: 2, stages: {{a: {{input: 1000, output: 100}}}}}}
designs:
  big: sonnet
  small:
    models: {{default: haiku}}
    stages: {{again: {{after: a, chance: redo, like: a, model: opus}}}}
singles: false
"""


def test_a_chance_inside_blocks(tmp_path: Path) -> None:
    """In a route and a retry the total is a straight line in it still: 3/22.5 of a's visits, and of easy's.

    sonnet - haiku is 3.0e-3 for each of 0.4 x 1.5 visits of a, and 0.3e-3 for each of 0.6 of easy.
    """
    (flip,) = simulated(tmp_path, BLOCKS.format(redo="8%")).flips
    expected = (Fraction(3) * Fraction("0.6") + Fraction("0.3") * Fraction("0.6")) / (
        Fraction("22.5") * Fraction("0.6")
    )
    assert abs(Fraction(flip.chance_at) - expected) < Fraction(1, 10**50)
    at = simulated(tmp_path, BLOCKS.format(redo=str(flip.chance_at)))
    assert (
        abs(at.design("big").total_usd - at.design("small").total_usd) < at.design("big").total_usd / 10**25
    )


def test_a_chance_inside_a_growing_context_is_left_out_in_words(tmp_path: Path) -> None:
    """Whether turn 2 reads it depends on turn 1: the total is no straight line."""
    text = BLOCKS.format(redo="8%").replace("kind: retry, failure: 50%, attempts: 2", "kind: loop, turns: 3")
    results = simulated(tmp_path, text)
    assert results.flips == ()
    assert any("small.again: the cost is no straight line in it" in note for note in results.notes)
