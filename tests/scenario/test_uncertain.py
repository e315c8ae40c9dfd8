"""How sure a parameter is: what may be written, what is refused, and what distribution it becomes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kplan.scenario.model import Scenario
from kplan.scenario.uncertain.beta import Beta
from kplan.scenario.uncertain.between import Between
from kplan.scenario.uncertain.lognormal import Lognormal
from kplan.scenario.uncertain.normal import Normal
from kplan.scenario.uncertain.triangular import Triangular
from kplan.scenario.uncertain.uniform import Uniform

Load = Callable[..., Scenario]
Problems = Callable[..., list[str]]

P = np.array([0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999])


def scenario(param: str, mix: str = "") -> str:
    return f"""\
volume: 1_000/month
params:
  p: {param}
{mix}stages: {{draft: {{input: 1_000, output: 100 * p}}}}
designs: {{plain: sonnet}}
"""


def fitted(low: str, value: str, high: str, within: tuple[str, str] | None = None) -> Between:
    bounds = (Decimal(within[0]), Decimal(within[1])) if within else None
    return Between.of([low, high]).around(Decimal(value), bounds)


@pytest.mark.parametrize(
    ("spread", "same"),
    [
        (Uniform.of(["2", "8"]), stats.uniform(2, 6)),
        (Triangular.of(["2", "4", "9"]), stats.triang(2 / 7, 2, 7)),
        (Triangular.of(["2", "2", "9"]), stats.triang(0, 2, 7)),
        (Triangular.of(["2", "9", "9"]), stats.triang(1, 2, 7)),
        (Normal.of({"mean": "450", "sd": "60"}), stats.norm(450, 60)),
        (Beta.of(["12", "138"]), stats.beta(12.5, 138.5)),
        (Beta.of(["0", "50"]), stats.beta(0.5, 50.5)),
    ],
)
def test_quantiles_are_scipys(spread: Uniform, same: stats.rv_continuous) -> None:
    np.testing.assert_allclose(spread.quantiles(P), same.ppf(P), rtol=1e-9)


def test_a_lognormal_has_the_percentiles_and_the_mean_it_is_given() -> None:
    """One by its median, one by its mean; the mean is checked against a numerical integral."""
    by_median = Lognormal.of({"median": "450", "p95": "1_200"})
    np.testing.assert_allclose(by_median.quantiles(np.array([0.5, 0.95])), [450, 1200], rtol=1e-12)
    by_mean = Lognormal.of({"mean": "450", "p95": "1_200"})
    assert by_mean.quantiles(np.array([0.95]))[0] == pytest.approx(1200, rel=1e-12)
    grid = (np.arange(2_000_000) + 0.5) / 2_000_000
    assert by_mean.quantiles(grid).mean() == pytest.approx(450, rel=1e-5)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(1, 9_999), min_size=3, max_size=3, unique=True).map(sorted), st.booleans())
def test_between_goes_through_its_three_points_within_its_bounds(points: list[int], is_share: bool) -> None:
    """Whatever the three are: a share stays within 0 and 1, a count above 0, and P ascends."""
    scale = 10_000 if is_share else 1
    low, value, high = (Decimal(point) / scale for point in points)
    spread = fitted(str(low), str(value), str(high))
    found = spread.quantiles(np.array([0.1, 0.5, 0.9]))
    np.testing.assert_allclose(found, [float(low), float(value), float(high)], rtol=1e-6)
    many = spread.quantiles(np.linspace(0.001, 0.999, 999))
    assert (np.diff(many) >= 0).all()
    assert many[0] >= 0
    if high <= 1:
        assert many[-1] <= 1


def test_between_alike_in_logs_is_the_lognormal() -> None:
    sigma = np.log(2) / stats.norm.ppf(0.9)
    np.testing.assert_allclose(
        fitted("5", "10", "20").quantiles(P), stats.lognorm(sigma, scale=10).ppf(P), rtol=1e-9
    )


def test_between_that_may_be_negative_is_the_normal() -> None:
    sigma = 10 / stats.norm.ppf(0.9)
    np.testing.assert_allclose(fitted("-5", "5", "15").quantiles(P), stats.norm(5, sigma).ppf(P), rtol=1e-9)


def test_a_range_bounds_the_draws() -> None:
    """9 of [4, 15] reaches 40 and more without a range, and never 20 with one."""
    p = np.array([1e-9, 1 - 1e-9])
    assert fitted("4", "9", "15").quantiles(p)[1] > 40
    low, high = fitted("4", "9", "15", within=("2", "20")).quantiles(p)
    assert 2 <= low < 2.1
    assert 19 < high <= 20


def test_the_short_and_the_long_form_and_a_class_of_its_own(load: Load) -> None:
    """The class's own value is one more parameter; where it states none, nothing is uncertain."""
    mix = """\
mix:
  easy: {share: 70%, params: {p: 1}}
  hard: {share: 30%, params: {p: {value: 9, between: [6, 12]}}}
"""
    found = load(scenario("{value: 8, between: [4, 15], unit: chunks, range: [1, 40]}", mix)).uncertain()
    assert list(found) == [("params", "p"), ("mix", "hard", "params", "p")]
    assert found["mix", "hard", "params", "p"].unit == "chunks"
    assert found["mix", "hard", "params", "p"].range == (1, 40)


WRONG = {
    "value outside": (
        "{value: 3%, between: [4%, 15%]}",
        "s.yaml:3:18: params.p.between: the value, 0.03, must lie between P10, 0.04, and P90, 0.15",
    ),
    "value on P10": (
        "{value: 4%, between: [4%, 15%]}",
        "s.yaml:3:18: params.p.between: the value, 0.04, must lie between P10, 0.04, and P90, 0.15",
    ),
    "share above 1": (
        "{value: 90%, between: [80%, 101%]}",
        (
            "s.yaml:3:19: params.p.between: 80% to 101% leaves 0% to 100%; what is no share is written"
            " without %, such as [0.9, 1.5]"
        ),
    ),
    "share on its edge": (
        "{value: 90%, between: [80%, 100%]}",
        (
            "s.yaml:3:19: params.p.between: P10, 0.8, and P90, 1, must lie between 0 and 1: a tenth of the"
            " draws lies beyond each"
        ),
    ),
    "count from 0": (
        "{value: 2, between: [0, 3]}",
        (
            "s.yaml:3:17: params.p.between: P10, 0, and P90, 3, must lie above 0: a tenth of the draws lies"
            " beyond each"
        ),
    ),
    "on the range's edge": (
        "{value: 4, between: [2, 9], range: [2, 20]}",
        (
            "s.yaml:3:17: params.p.between: P10, 2, and P90, 9, must lie between 2 and 20: a tenth of the"
            " draws lies beyond each"
        ),
    ),
    "descending": (
        "{value: 5, between: [9, 2]}",
        "s.yaml:3:17: params.p.between: P10, 9, must be below P90, 2",
    ),
    "three numbers": (
        "{value: 5, between: [2, 5, 9]}",
        "s.yaml:3:17: params.p.between: a list of 2 numbers is expected, such as [4%, 15%], not 3 numbers",
    ),
    "no number": (
        "{value: 5, between: [2, lots]}",
        "s.yaml:3:17: params.p.between: `lots` is not a number; write for example 250_000, 0.5 or 8%",
    ),
    "arithmetic": (
        "{value: 2 * 4, between: [2, 9]}",
        (
            "s.yaml:3:21: params.p.between: only a plain number can be uncertain; say so of the params it is"
            " made of"
        ),
    ),
    "two of them": (
        "{value: 5, between: [2, 9], uniform: [2, 9]}",
        "s.yaml:3:34: params.p.uniform: between and uniform are both said; one distribution is enough",
    ),
    "unknown key": (
        "{value: 5, normal: {mean: 5, std: 1}}",
        "s.yaml:3:17: params.p.normal: unknown key `std`; write for example {mean: 450, sd: 60}",
    ),
    "no spread": (
        "{value: 5, normal: {mean: 5, sd: 0}}",
        "s.yaml:3:17: params.p.normal: the standard deviation, 0, must be above 0",
    ),
    "no lognormal": (
        "{value: 5, lognormal: {mean: 5, p95: 20}}",
        "s.yaml:3:17: params.p.lognormal: p95 is more than 3.87 times the mean, which no lognormal has",
    ),
    "no trials": (
        "{value: 5%, beta: [0, 0]}",
        "s.yaml:3:18: params.p.beta: counts of trials are expected, [passed, failed], not [0, 0]",
    ),
    "not its own distribution's": (
        "{value: 30%, beta: [12, 138]}",
        (
            "s.yaml:3:19: params.p.beta: the value, 0.3, lies outside of P10 to P90 of its own distribution,"
            " 0.05553 to 0.1124; its median is 0.08094"
        ),
    ),
    "beyond its range": (
        "{value: 5, normal: {mean: 5, sd: 2}, range: [2, 20]}",
        "s.yaml:3:17: params.p.normal: P1 to P99 of it, 0.3473 to 9.653, leaves the range 2 to 20",
    ),
    "misspelt": (
        "{value: 5, betwen: [2, 9]}",
        "s.yaml:3:17: params.p.betwen: unknown key `betwen`; did you mean between?",
    ),
}


@pytest.mark.parametrize(("param", "said"), WRONG.values(), ids=WRONG.keys())
def test_one_problem_with_its_place(problems: Problems, param: str, said: str) -> None:
    assert problems(scenario(param)) == [said]


@pytest.mark.parametrize("p95", ["19.34", "19.35"])
def test_the_largest_p95_of_a_mean(p95: str) -> None:
    """exp(1.6449^2 / 2) = 3.8682: 19.34 is below five times that, 19.35 is above."""
    if p95 == "19.34":
        assert Lognormal.of({"mean": "5", "p95": p95}).quantiles(np.array([0.95]))[0] == pytest.approx(19.34)
    else:
        with pytest.raises(Exception, match=r"3\.87"):
            Lognormal.of({"mean": "5", "p95": p95})


def test_a_class_says_it_wrong(problems: Problems) -> None:
    mix = "mix: {hard: {share: 100%, params: {p: {value: 3, between: [6, 12]}}}}\n"
    assert problems(scenario("8", mix)) == [
        "s.yaml:4:50: mix.hard.params.p.between: the value, 3, must lie between P10, 6, and P90, 12"
    ]
