"""Ranges against closed forms, hand-computed tornadoes, and laws of drawing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kplan.engine.results import Results
from kplan.engine.simulate import simulate
from kplan.engine.uncertainty.found import Draws
from kplan.engine.uncertainty.parameters import uncertain_of
from kplan.engine.uncertainty.ranks import correlation, ranks
from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.ranges import Interval
from kplan.render.json import render
from kplan.scenario.load import load_scenario
from support import simulated

MANY = Draws(n=100_000)


def drawn(
    folder: Path, params: str, stages: str, designs: str = "{x: haiku}", more: str = "", **keys
) -> Results:
    """One month of a million queries, so that a token costs what a million cost in the book."""
    text = (
        f"months: 2027-01..2027-01\nvolume: 1_000_000/month\nsingles: false\n{more}"
        f"params: {params}\nstages: {stages}\ndesigns: {designs}\n"
    )
    return simulated(folder, text, draws=keys.pop("draws", MANY), **keys)


def close(interval: Interval, quantiles: np.ndarray, spread: float) -> None:
    """Within 4 standard errors of a percentile: sqrt(p (1 - p) / n) / density, at most 1.8 sd / 100."""
    found = [float(interval.p10), float(interval.p50), float(interval.p90)]
    np.testing.assert_allclose(found, quantiles, atol=4 * 1.8 / np.sqrt(MANY.n) * spread)


P = np.array([0.1, 0.5, 0.9])


def test_a_sum_of_independent_normals(tmp_path: Path) -> None:
    """$1 x N(1000, 30) + $5 x N(100, 8) = N(1500, sqrt(30^2 + 40^2)), input and output of haiku."""
    params = "{i: {value: 1_000, normal: {mean: 1_000, sd: 30}}, o: {value: 100, normal: {mean: 100, sd: 8}}}"
    ranges = drawn(tmp_path, params, "{a: {input: i, output: o}}").designs[0].ranges
    assert ranges is not None
    close(ranges.total, stats.norm(1500, 50).ppf(P), 50)
    assert ranges.total == ranges.first_month
    assert float(ranges.per_query.p50) == pytest.approx(float(ranges.total.p50) / 1e6, rel=1e-9)


def test_a_product_of_lognormals(tmp_path: Path) -> None:
    """chunks x tokens with both lognormal: sigmas add as squares, and the median is the product."""
    params = "{c: {value: 8, between: [4, 16]}, t: {value: 500, between: [250, 1_000]}}"
    ranges = drawn(tmp_path, params, "{a: {input: c * t, output: 0}}").designs[0].ranges
    assert ranges is not None
    sigma = np.sqrt(2) * np.log(2) / stats.norm.ppf(0.9)
    want = stats.lognorm(sigma, scale=4000).ppf(P)
    found = [float(each) for each in (ranges.total.p10, ranges.total.p50, ranges.total.p90)]
    np.testing.assert_allclose(np.log(found), np.log(want), atol=4 * 1.8 / np.sqrt(MANY.n) * sigma)


LINEAR = "{i: {value: 1_000, between: [700, 1_600]}, o: {value: 100, uniform: [50, 150]}}"


def test_a_linear_tornado_by_hand(tmp_path: Path) -> None:
    """$1 x i + $5 x o: i alone from $1,200 to $2,100, o alone (P10 60, P90 140) from $1,300 to $1,700."""
    results = drawn(tmp_path, LINEAR, "{a: {input: i, output: o}}")
    ranges = results.designs[0].ranges
    assert ranges is not None
    first, second = ranges.drivers
    assert (first.parameter, first.usd_at_low, first.usd_at_high) == ("i", 1200, 2100)
    assert (second.parameter, second.usd_at_low, second.usd_at_high) == ("o", 1300, 1700)
    assert (first.value, first.low, first.high) == (1000, 700, 1600)
    assert (first.swing_usd, second.swing_usd) == (900, 400)


def test_rank_correlations_are_scipys(tmp_path: Path) -> None:
    """The samples are drawn again here, and the total is worked out by hand."""
    results = drawn(tmp_path, LINEAR, "{a: {input: i, output: o}}")
    ranges = results.designs[0].ranges
    assert ranges is not None
    uncertain, _ = uncertain_of(results.plans[0])
    i, o = (each.draws(MANY) for each in uncertain)
    for driver, values in zip(ranges.drivers, (i, o), strict=True):
        want = stats.spearmanr(values, i + 5 * o).statistic
        assert float(driver.rank_correlation or 0) == pytest.approx(want, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=40))
def test_ranks_with_ties_are_scipys(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, dtype=float).T
    np.testing.assert_array_equal(ranks(x), stats.rankdata(x))
    found = correlation(ranks(x), ranks(y))
    if found is None:
        assert min(len(set(x)), len(set(y))) == 1
    else:
        assert found == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


def test_common_draws_decide_who_is_cheapest(tmp_path: Path) -> None:
    """y is x with a second pass for $3 x 1000 p; z costs x + $300 flat: y is cheaper where p < 10%, which is
    its median, so in half of the draws. Were the designs drawn apart, it would not be the binomial's."""
    params = "{p: {value: 10%, between: [5%, 20%]}, i: {value: 1_000, between: [500, 2_000]}}"
    designs = (
        "{y: {models: {default: haiku}, stages: {again: {after: a, chance: p, input: 1_000, output: 0,"
        " model: sonnet}}}, z: {models: {default: haiku}, stages: {more: {after: a, input: 300, output: 0}}}}"
    )
    results = drawn(tmp_path, params, "{a: {input: i, output: 0}}", designs)
    y, z = (design.ranges for design in results.designs)
    assert y is not None
    assert z is not None
    assert float(y.cheapest) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(MANY.n))
    assert y.cheapest + z.cheapest == 1
    turned = {driver.parameter: (driver.cheapest_at_low, driver.cheapest_at_high) for driver in y.drivers}
    assert turned["p"] == ("y", "z")
    assert z.saving_usd is not None
    assert float(z.saving_usd.p10) == pytest.approx(3000 * 0.05 - 300, abs=3)
    assert float(z.saving_usd.p90) == pytest.approx(3000 * 0.20 - 300, abs=6)


def test_a_class_with_a_value_of_its_own_is_drawn_by_itself(tmp_path: Path) -> None:
    """70% easy at N(1000, 30), 30% hard at N(2000, 70): sd sqrt(21^2 + 21^2)."""
    params = "{i: {value: 1_000, normal: {mean: 1_000, sd: 30}}}"
    mix = "mix: {easy: 70%, hard: {share: 30%, params: {i: {value: 2_000, normal: {mean: 2_000, sd: 70}}}}}\n"
    results = drawn(tmp_path, params, "{a: {input: i, output: 0}}", more=mix)
    ranges = results.designs[0].ranges
    assert ranges is not None
    close(ranges.total, stats.norm(1300, 21 * np.sqrt(2)).ppf(P), 30)
    assert sorted(driver.parameter for driver in ranges.drivers) == ["i", "i of hard"]


def test_a_class_with_a_plain_value_is_certain(tmp_path: Path) -> None:
    params = "{i: {value: 1_000, normal: {mean: 1_000, sd: 30}}}"
    mix = "mix: {all: {share: 100%, params: {i: 2_000}}}\n"
    results = drawn(tmp_path, params, "{a: {input: i, output: 0}}", more=mix)
    assert results.designs[0].ranges is None
    assert results.provenance.draws is None
    assert "params.i is uncertain, and no cost rests on it" in results.notes


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    def document(seed: int) -> bytes:
        return render(drawn(tmp_path, LINEAR, "{a: {input: i, output: o}}", draws=Draws(1_000, seed)))

    assert document(1) == document(1)
    assert document(1) != document(2)


def test_another_parameter_leaves_the_draws_of_the_others(tmp_path: Path) -> None:
    """Also its place among them; and fewer draws are the first of more."""

    def draws_of_i(params: str, n: int = 1_000) -> np.ndarray:
        plan = drawn(tmp_path, params, "{a: {input: i + k, output: 0}}").plans[0]
        found = {each.name: each for each in uncertain_of(plan)[0]}
        return found["i"].draws(Draws(n))

    i = "i: {value: 1_000, between: [700, 1_600]}"
    alone = draws_of_i(f"{{k: 1, {i}}}")
    np.testing.assert_array_equal(alone, draws_of_i(f"{{k: {{value: 5, between: [2, 9]}}, {i}}}"))
    np.testing.assert_array_equal(alone, draws_of_i(f"{{{i}, k: {{value: 5, between: [2, 9]}}}}"))
    np.testing.assert_array_equal(alone[:100], draws_of_i(f"{{k: 1, {i}}}", 100))


def test_a_dearer_parameter_makes_every_percentile_dearer(tmp_path: Path) -> None:
    def total(between: str) -> Interval:
        found = drawn(tmp_path, f"{{i: {{value: 1_000, between: {between}}}}}", "{a: {input: i, output: 9}}")
        assert found.designs[0].ranges is not None
        return found.designs[0].ranges.total

    narrow, wide, higher = total("[900, 1_100]"), total("[500, 1_900]"), total("[950, 1_500]")
    assert wide.p10 < narrow.p10 < higher.p10
    assert narrow.p90 < higher.p90 < wide.p90
    assert float(narrow.p50) == pytest.approx(float(wide.p50), rel=0.01)


def test_every_draw_is_the_plan_itself(tmp_path: Path) -> None:
    """A scenario with the drawn values written into it, in exact Decimals, costs what the sample says."""
    from kplan.engine.uncertainty.samples import samples

    text = Path(__file__).parents[3] / "scenarios" / "uncertain-rag.kplan.yaml"
    scenario = load_scenario(text)
    results = simulate(scenario, _embedded(), draws=Draws(n=0))
    plan = results.plans[0]
    uncertain, _ = uncertain_of(plan)
    values = {each.node: each.draws(Draws(5)) for each in uncertain}
    found = samples(plan, values, 5)
    for draw in range(5):
        sets = [f"{path(each)}.value={float(values[each.node][draw])!r}" for each in uncertain]
        sets += [f"{path(each)}.{name}=null" for each in uncertain for name in each.param.spreads]
        exact = simulate(load_scenario(text, sets=sets), _embedded())
        for row, design in enumerate(exact.designs):
            assert found.total[row, draw] == pytest.approx(float(design.total_usd), rel=1e-12)
            assert found.per_query[row, draw] == pytest.approx(float(design.cost_per_query_usd), rel=1e-12)
            assert found.first_month[row, draw] == pytest.approx(float(design.months[0].cost_usd), rel=1e-12)
            per_query = found.total[row, draw] / found.queries[draw]
            assert per_query == pytest.approx(float(design.total_per_query_usd), rel=1e-12)


def path(uncertain: object) -> str:
    return ".".join(str(step) for step in uncertain.place)  # type: ignore[attr-defined]


def _embedded():  # type: ignore[no-untyped-def]
    from kplan.prices.book import load_book

    return load_book()


def test_the_values_do_not_move_with_the_draws(tmp_path: Path) -> None:
    """Headline amounts are those of the stated values, whatever is uncertain."""
    with_, without = (
        drawn(tmp_path, params, "{a: {input: i, output: o}}")
        for params in (LINEAR, "{i: {value: 1_000}, o: {value: 100}}")
    )
    assert with_.designs[0].total_usd == without.designs[0].total_usd == 1500
    assert without.provenance.draws is None


def test_a_budget_is_broken_in_a_part_of_the_draws(tmp_path: Path) -> None:
    """Normal around the budget: in half of the draws."""
    params = "{i: {value: 1_000, normal: {mean: 1_000, sd: 30}}}"
    ranges = (
        drawn(tmp_path, params, "{a: {input: i, output: 0}}", more="budget: $1_000/month\n").designs[0].ranges
    )
    assert ranges is not None
    assert float(ranges.over_budget or 0) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(MANY.n))


def refused(folder: Path, params: str, stages: str, more: str = "") -> list[str]:
    with pytest.raises(KplanError) as error:
        drawn(folder, params, stages, more=more, draws=Draws(10_000))
    return [str(problem).replace(f"{folder}/", "") for problem in error.value.problems]


def test_draws_that_make_tokens_negative_are_told(tmp_path: Path) -> None:
    """N(100, 40) is below 0 in 0.6% of the draws."""
    (said,) = refused(
        tmp_path, "{i: {value: 100, normal: {mean: 100, sd: 40}}}", "{a: {input: i, output: 0}}"
    )
    assert said.startswith("test.kplan.yaml:4:10: params.i: ")
    assert "draws of i make input of a negative (down to -" in said
    count = int(said.split("params.i: ")[1].split(" of ")[0])
    assert count == pytest.approx(10_000 * stats.norm.cdf(-2.5), abs=4 * np.sqrt(62))


def test_draws_that_make_a_chance_more_than_one_are_told(tmp_path: Path) -> None:
    (said,) = refused(
        tmp_path,
        "{p: {value: 90%, normal: {mean: 0.9, sd: 0.05}}}",
        "{a: {input: 10, output: 1}, b: {kind: second_pass, after: a, chance: p, input: 10, output: 1}}",
    )
    assert "draws of p make the chance of b more than 100% (up to 1" in said


def test_a_division_by_zero_is_told(tmp_path: Path) -> None:
    """ceil(d - 1) is 0 for d up to 1, a quarter of the draws, and negative nowhere."""
    (said,) = refused(
        tmp_path,
        "{d: {value: 2, uniform: [0, 4]}}",
        "{a: {input: 100 / ceil(d - 1), output: 0}}",
    )
    assert "draws of d make input of a no finite number" in said
    count = int(said.split("params.d: ")[1].split(" of ")[0].replace(",", ""))
    assert count == pytest.approx(2_500, abs=4 * np.sqrt(1_875))


def loop(most: str) -> str:
    return f"{{l: {{kind: loop, turns: n{most}, stages: {{a: {{input: 100, output: 10}}}}}}}}"


def test_turns_are_drawn_over_the_unrolled_loop(tmp_path: Path) -> None:
    """n turns read 100 n + 110 n (n - 1) / 2 tokens and write 10 n, for whole n; 3 to 7 by their ends."""
    params = "{n: {value: 5, triangular: [1, 5, 9]}}"
    found = drawn(tmp_path, params, loop(", most: 9"), draws=Draws(1_000)).designs[0]
    assert found.ranges is not None
    (driver,) = found.ranges.drivers
    assert found.total_usd == 5 * 100 + 110 * 5 * 4 // 2 + 5 * 10 * 5
    assert driver.usd_at_low < found.total_usd < driver.usd_at_high


def test_more_turns_than_are_written_out_are_told(tmp_path: Path) -> None:
    """P(n > 7) of the triangle is 1/8; nothing is cut off in silence."""
    (said,) = refused(tmp_path, "{n: {value: 5, triangular: [1, 5, 9]}}", loop(", most: 7"))
    assert "draws of n make" in said
    assert "no finite number: a division by zero, or more turns than are written out" in said
    count = int(said.split("params.n: ")[1].split(" of ")[0].replace(",", ""))
    assert count == pytest.approx(1_250, abs=4 * np.sqrt(1_094))


def test_shares_that_no_longer_add_up_are_told(tmp_path: Path) -> None:
    (said,) = refused(
        tmp_path,
        "{s: {value: 60%, normal: {mean: 0.6, sd: 0.02}}}",
        "{a: {input: 10, output: 1}}",
        more="mix: {one: s, two: 40%}\n",
    )
    assert "draws of s make the shares of the classes" in said


def test_blocks_change_no_bit(tmp_path: Path) -> None:
    """40 000 variants in their blocks are twice 20 000 in theirs."""
    from kplan.engine.uncertainty import samples as module

    results = drawn(tmp_path, LINEAR, "{a: {input: i, output: o}}", draws=Draws(n=0))
    uncertain, _ = uncertain_of(results.plans[0])
    values = {each.node: each.draws(Draws(40_000)) for each in uncertain}
    whole = module.samples(results.plans[0], values, 40_000)
    halves = [
        module.samples(results.plans[0], {node: each[at] for node, each in values.items()}, 20_000)
        for at in (slice(0, 20_000), slice(20_000, 40_000))
    ]
    np.testing.assert_array_equal(whole.total, np.concatenate([each.total for each in halves], axis=1))


def test_the_exact_plan_knows_no_draws(tmp_path: Path) -> None:
    """The graph's own values stay exact Decimals."""
    plan = drawn(tmp_path, LINEAR, "{a: {input: i, output: o}}").plans[0]
    assert Decimals(plan.graph)[plan.designs[0].total] == Decimal(1500)


def test_designs_below_the_floor_are_no_rivals(tmp_path: Path) -> None:
    """The one that clears the floor is the cheapest of those that do in every draw, though the other costs
    a third."""
    more = "tiers: {fast: [haiku], mid: [sonnet]}\n"
    stages = "{a: {input: i, output: 0, floor: mid}}"
    params = "{i: {value: 1_000, between: [500, 2_000]}}"
    results = drawn(tmp_path, params, stages, "{good: sonnet, cheap: haiku}", more, draws=Draws(500))
    good, cheap = (design.ranges for design in results.designs)
    assert good is not None
    assert cheap is not None
    assert (good.cheapest, cheap.cheapest) == (1, 0)
    assert good.cheapest_at_values == "good"
    assert {driver.cheapest_at_high for driver in good.drivers} == {"good"}


def test_a_parameter_that_shapes_a_baked_law_is_named(tmp_path: Path) -> None:
    """The mean of max(size, i) over queries is computed once, at the value of i; the output follows i.
    Which of them does not is said."""
    params = "{i: {value: 1_000, between: [900, 1_100]}, size: {varies: {mean: 1_000, p95: 2_500}}}"
    stage = "{a: {input: 'max(size, i)', output: i}}"
    results = drawn(tmp_path, params, stage, draws=Draws(200))
    said = (
        "params.i feeds what kplan computes beforehand (mean of max(params.size, params.i)): that is as at"
        " its value in every draw"
    )
    assert said in results.notes
    plain = drawn(tmp_path, params, "{a: {input: size, output: i}}", draws=Draws(200))
    assert said not in plain.notes


@pytest.mark.parametrize(
    ("stages", "what"),
    [
        (
            (
                "{r: {kind: route, shares: {a: p, b: 30%},"
                " stages: {a: {input: 9, output: 1}, b: {input: 9, output: 1}}}}"
            ),
            "the shares of r add up to",
        ),
        (
            "{r: {kind: retry, failure: p + 25%, stages: {a: {input: 9, output: 1}}}}",
            "the failure of r more than 100%",
        ),
        (
            (
                "{r: {kind: fallback, rejected: {a: p + 25%}, stages:"
                " {a: {input: 9, output: 1}, b: {input: 9, output: 1}}}}"
            ),
            "the rejected.a of r more than 100%",
        ),
    ],
)
def test_shares_inside_blocks_make_sense_in_every_draw(tmp_path: Path, stages: str, what: str) -> None:
    """They hold at the value, 70 %; up to 80 % in the draws."""
    params = "{p: {value: 70%, uniform: [60%, 80%]}}"
    with pytest.raises(KplanError, match=what):
        drawn(tmp_path, params, stages)
    fine = stages.replace("b: 30%", "b: 1 - p").replace("+ 25%", "+ 20%")
    assert drawn(tmp_path, params, fine).design("x").ranges


def test_what_is_no_number_is_told_once_at_its_cause(tmp_path: Path) -> None:
    """More turns than are written out make every bill infinite, whatever else is uncertain in it."""
    params = "{n: {value: 4, uniform: [2, 9]}, k: {value: 500, between: [400, 700]}}"
    stages = "{l: {kind: loop, turns: n, stages: {s: {input: k, output: 1}}}, t: {input: k, output: 2}}"
    with pytest.raises(KplanError) as error:
        drawn(tmp_path, params, stages)
    (problem,) = error.value.problems
    assert problem.path == "params.n"
    assert "draws of n make output of s no finite number" in problem.what
    assert drawn(tmp_path, params.replace("9]", "8]"), stages).design("x").ranges
