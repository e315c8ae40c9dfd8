"""How costs spread, against closed forms; and that it does not matter who draws them, or when."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from math import comb, exp, log, sqrt
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from drawn import Pipeline
from kplan.engine.montecarlo.found import DesignSample, Estimate
from kplan.engine.montecarlo.moments import Moments, PowerSums

USD = 3e-6 * 1_000
"""A thousand input tokens of `sonnet`."""
PLAIN = "designs: {d: sonnet}\n"


def holds(found: Estimate, true: float, *, part: float = 1e-9) -> bool:
    """Whether the interval holds the true figure, or comes within a part of it."""
    return float(found.low) - part * true <= true <= float(found.high) + part * true


def of(folder: Path, text: str, n: int = 200_000, **options: int) -> DesignSample:
    return Pipeline.of(folder, text + PLAIN).study(n, **options)["d"]


@pytest.mark.parametrize("most_ways", [0, 4_096])
def test_a_second_pass_costs_all_or_nothing(tmp_path: Path, most_ways: int) -> None:
    """Bernoulli: variance p (1 - p) USD^2; P50 without, P90 and above with it."""
    text = "stages: {a: {input: 1_000, output: 0}, b: {input: 1_000, output: 0, chance: 12%}}\n"
    found = of(tmp_path, text, most_ways=most_ways).all.cost_usd
    assert holds(found.mean, 1.12 * USD)
    assert holds(found.variance, 0.12 * 0.88 * USD**2)
    part = 0.002 if most_ways == 0 else 1e-12
    assert float(found.percentiles[50].value) == pytest.approx(USD, rel=part)
    assert float(found.percentiles[90].value) == pytest.approx(2 * USD, rel=part)


def test_turns_until_it_stops_are_geometric(tmp_path: Path) -> None:
    """P(turns > t) = 0.6^t, so that 50, 90, 95 and 99 % take 2, 5, 6 and 10 turns; the mean is 1 / 0.4 and
    the variance 0.6 / 0.4^2 (the bound of 60 turns cuts off 5e-14)."""
    loop = "kind: loop, stop: 40%, most: 60, grows: false"
    text = f"stages: {{l: {{{loop}, stages: {{a: {{input: 1_000, output: 0}}}}}}}}\n"
    found = of(tmp_path, text).all.cost_usd
    turns = {percent: float(each.value) / USD for percent, each in found.percentiles.items()}
    assert turns == pytest.approx({50: 2, 90: 5, 95: 6, 99: 10}, rel=1e-9)
    assert holds(found.mean, 2.5 * USD)
    assert holds(found.variance, 0.6 / 0.4**2 * USD**2)


def test_sums_of_independent_stages_are_binomial(tmp_path: Path) -> None:
    stages = ", ".join(f"s{n}: {{input: 1_000, output: 0, chance: 30%}}" for n in range(8))
    found = of(tmp_path, f"stages: {{{stages}}}\n").all.cost_usd
    up_to, true = 0.0, {}
    for k in range(9):
        up_to += comb(8, k) * 0.3**k * 0.7 ** (8 - k)
        true |= {percent: k for percent in (50, 90, 95, 99) if percent not in true and up_to >= percent / 100}
    assert {percent: round(float(each.value) / USD) for percent, each in found.percentiles.items()} == true
    assert holds(found.variance, 8 * 0.3 * 0.7 * USD**2)


class Lognormal:
    """Mean 1 000, sigma 0.9."""

    sigma = 0.9
    mu = log(1_000) - sigma**2 / 2

    def draw(self, rng: np.random.Generator, n: int) -> np.ndarray:
        return rng.lognormal(self.mu, self.sigma, n)


def test_lognormal_tokens_give_lognormal_costs(tmp_path: Path) -> None:
    """P_q = exp(mu + sigma z_q); variance (exp(sigma^2) - 1) mean^2."""
    law, text = Lognormal(), "stages: {a: {input: 1_000, output: 0}}\n"
    found = Pipeline.of(tmp_path, text + PLAIN, laws={"stages.a.input": law}).study(400_000)["d"].all.cost_usd
    for percent, each in found.percentiles.items():
        true = exp(law.mu + law.sigma * NormalDist().inv_cdf(percent / 100)) * 3e-6
        assert holds(each, true, part=0.002)
        assert float(each.high - each.low) < 0.03 * true
    assert holds(found.mean, USD)
    assert holds(found.variance, (exp(law.sigma**2) - 1) * USD**2)


def test_standard_errors_shrink_with_the_root_of_n(tmp_path: Path) -> None:
    text = "stages: {a: {input: 1_000, output: 0, chance: 12%}}\n"
    few, many = (of(tmp_path, text, n).all.cost_usd for n in (10_000, 160_000))
    assert float(few.mean.off / many.mean.off) == pytest.approx(4, rel=0.1)
    assert float(many.mean.off) == pytest.approx(1.96 * sqrt(0.12 * 0.88 / 160_000) * USD, rel=0.02)


def test_classes_weigh_by_their_shares(tmp_path: Path) -> None:
    """80 % cost 1, 20 % cost 5: the mean is 1.8 and the variance 2.56; within a class nothing varies."""
    text = """
params: {n: 1_000}
mix: {easy: {share: 80%}, hard: {share: 20%, params: {n: 5_000}}}
stages: {a: {input: n, output: 0}}
"""
    found = of(tmp_path, text, 50_000)
    assert float(found.all.cost_usd.mean.value) == pytest.approx(1.8 * USD, rel=1e-9)
    assert float(found.all.cost_usd.mean.off) == pytest.approx(0, abs=1e-12)
    assert float(found.all.cost_usd.variance.value) == pytest.approx(2.56 * USD**2, rel=1e-9)
    assert {name: each.n for name, each in found.classes.items()} == {"easy": 40_000, "hard": 10_000}
    assert float(found.classes["hard"].cost_usd.mean.value) == pytest.approx(5 * USD, rel=1e-9)


def test_classes_in_which_nothing_varies_have_no_error(tmp_path: Path) -> None:
    """Thirds and sevenths leave rounding behind, which is none of the draws'."""
    text = """
mix: {one: {share: 70%}, two: {share: 30%, stages: {a: {input: 700_001}}}}
stages: {a: {input: 333, output: 0}}
"""
    found = of(tmp_path, text, 50_001).all.cost_usd
    assert found.mean.off == 0
    assert float(found.mean.value) == pytest.approx((0.7 * 333 + 0.3 * 700_001) * 3e-6, rel=1e-11)


def test_a_class_of_few_queries_is_seen_all_the_same(tmp_path: Path) -> None:
    text = """
mix: {many: {share: 99.9%}, few: {share: 0.1%, stages: {a: {input: 9_000}}}}
stages: {a: {input: 1_000, output: 0}}
"""
    found = of(tmp_path, text, 20_000)
    assert found.classes["few"].n == 1_000
    assert float(found.all.cost_usd.mean.value) == pytest.approx((0.999 + 0.009) * USD, rel=1e-9)


TWO = """
stages: {a: {input: 1_000, output: 0}, b: {input: 1_000, output: 0, chance: 40%}}
designs:
  base: sonnet
  more: {models: {default: sonnet}, stages: {b: {chance: 41%}}}
"""


def test_designs_are_compared_query_by_query_on_the_same_numbers(tmp_path: Path) -> None:
    """Of 100 queries one takes the other way: the variance of the difference is 0.01 (1 - 0.01) USD^2, and
    without common numbers it would be 0.4 x 0.6 + 0.41 x 0.59, 48 times as much."""
    found = Pipeline.of(tmp_path, TWO).study(200_000)
    paired = found["more"].paired
    assert found["base"].paired is None
    assert paired is not None
    assert (paired.against, paired.cheaper) == ("base", Decimal(0))
    assert holds(paired.mean_usd, 0.01 * USD)
    alone = sum(float(each.all.cost_usd.mean.off) ** 2 for each in found.values())
    assert alone / float(paired.mean_usd.off) ** 2 == pytest.approx((0.24 + 0.2419) / 0.0099, rel=0.05)


def test_a_dearer_price_is_paired_exactly(tmp_path: Path) -> None:
    text = "stages: {a: {input: 1_000, output: 0, chance: 40%}}\ndesigns: {base: sonnet, o: opus}\n"
    paired = Pipeline.of(tmp_path, text).study(50_000)["o"].paired
    assert paired is not None
    assert holds(paired.mean_usd, 0.4 * 12e-6 * 1_000)


@pytest.mark.parametrize("most_ways", [0, 4_096])
def test_the_same_seed_gives_the_same_figures_whoever_draws(tmp_path: Path, most_ways: int) -> None:
    pipeline = Pipeline.of(tmp_path, TWO, laws={"stages.a.input": Lognormal()} if most_ways == 0 else {})
    n = 3 * 65_536 + 17
    found = pipeline.study(n, most_ways=most_ways)
    assert found == pipeline.study(n, most_ways=most_ways)
    with ThreadPoolExecutor(3) as threads:
        assert found == pipeline.study(n, most_ways=most_ways, each=threads.map)
    assert found != pipeline.study(n, seed=2, most_ways=most_ways)
    assert found["base"].all.n == n


@pytest.mark.parametrize("most_ways", [0, 4_096])
def test_memory_does_not_grow_with_the_queries(tmp_path: Path, most_ways: int) -> None:
    pipeline = Pipeline.of(tmp_path, TWO)
    peaks = []
    for n in (200_000, 2_000_000):
        tracemalloc.start()
        pipeline.study(n, most_ways=most_ways)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0] + 500_000
    assert peaks[1] < 20_000_000


MONTHS = """
volume: {v}/month
months: 2027-01..2027-01
stages: {{a: {{input: 1_000, output: 0, chance: 10%}}}}
designs: {{d: sonnet}}
contingency: 20%
"""


@pytest.mark.parametrize(("queries", "part"), [(1_000_000, 0.01), (500, 0.06)])
def test_a_month_is_a_sum_of_queries(tmp_path: Path, queries: int, part: float) -> None:
    """N queries cost USD each with a chance of 10 %: mean 0.1 N USD, sd sqrt(0.09 N) USD, and P10 and P90
    1.2816 sd away; contingency adds 20 % to both. Few queries are drawn, to whole numbers of them."""
    month = Pipeline.of(tmp_path, MONTHS.format(v=queries)).study(200_000)["d"].months[0]
    mean, off = 0.1 * queries * USD * 1.2, 1.2816 * sqrt(0.09 * queries) * USD * 1.2
    assert float(month.p10_usd) == pytest.approx(mean - off, abs=part * off + 0.5 * USD * (queries < 10_000))
    assert float(month.p90_usd) == pytest.approx(mean + off, abs=part * off + 0.5 * USD * (queries < 10_000))


def test_moments_of_a_mix_are_those_of_all_its_draws() -> None:
    """Against numpy over the same draws, and the standard error of the variance against many samples."""
    rng = np.random.default_rng(5)
    one, other = rng.gamma(2.0, 3.0, 60_000), rng.normal(50.0, 4.0, 40_000)
    sums = {"one": PowerSums(20.0), "other": PowerSums(20.0)}
    for chunk in np.split(one, 6):
        sums["one"].add(chunk)
    sums["other"].add(other)
    found = Moments.of(sums, {"one": 0.6, "other": 0.4})
    both = np.concatenate([one, other])
    assert found.mean == pytest.approx(both.mean(), rel=1e-12)
    assert found.variance == pytest.approx(both.var(), rel=1e-12)
    assert found.fourth == pytest.approx(np.mean((both - both.mean()) ** 4), rel=1e-11)
    assert found.mean_se == pytest.approx(sqrt(0.36 * one.var() / 60_000 + 0.16 * other.var() / 40_000))


def test_the_error_of_a_variance_is_how_far_variances_lie_apart() -> None:
    rng = np.random.default_rng(6)
    variances, errors = [], []
    for _ in range(400):
        sums = PowerSums(0.0)
        sums.add(rng.exponential(1.0, 4_000))
        found = Moments.of({"all": sums}, {"all": 1.0})
        variances.append(found.variance)
        errors.append(found.variance_se)
    assert np.mean(errors) == pytest.approx(np.std(variances), rel=0.15)
