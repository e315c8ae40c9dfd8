"""Laws against scipy's own distributions, against their definitions, and at the ends of what they allow."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import gammaincinv

from kplan.errors import KplanError
from kplan.form.expressions import Number, Random
from kplan.form.laws import law_of
from kplan.form.laws.distribution import Distribution, settled
from kplan.form.laws.gamma import Gamma, shape_of
from kplan.form.laws.lognormal import MAX_RATIO, Lognormal, sigma_of


def law(family: str = "lognormal", sample: tuple[int, ...] = (), **numbers: float) -> Distribution:
    values = {key: Decimal(str(value)) for key, value in numbers.items()}
    said = tuple((key, Number(value)) for key, value in values.items())
    amounts = tuple(map(Decimal, sample))
    return law_of(Random(family, said, amounts, f"{len(sample)} given values"), values)


LAWS = {
    "lognormal": law(mean=4_000, p95=12_000),
    "lognormal sd": law(mean=4_000, sd=3_000),
    "gamma": law("gamma", mean=900, sd=450),
    "gamma p95": law("gamma", mean=900, p95=2_700),
    "empirical": law("empirical", (5, 1, 1, 9_000)),
    "truncated": law(mean=4_000, p95=12_000, most=9_000),
    "between": law("gamma", mean=900, sd=450, least=400, most=1_500),
    "cut sample": law("empirical", (5, 1, 1, 9_000), least=2),
}
EACH = pytest.mark.parametrize("found", LAWS.values(), ids=LAWS)


def test_numbers_come_back() -> None:
    """mean and p95 as stated, held against scipy.stats, which was given neither."""
    wide, narrow = law(mean=4_000, p95=12_000), law("gamma", mean=900, p95=2_700)
    assert isinstance(wide, Lognormal)
    assert isinstance(narrow, Gamma)
    theirs = stats.lognorm(s=wide.sigma, scale=math.exp(wide.mu))
    assert theirs.mean() == pytest.approx(4_000, rel=1e-12)
    assert theirs.ppf(0.95) == pytest.approx(12_000, rel=1e-12)
    other = stats.gamma(narrow.shape, scale=narrow.scale)
    assert (other.mean(), other.ppf(0.95)) == pytest.approx((900, 2_700), rel=1e-9)
    spread = law("gamma", mean=900, sd=450)
    assert isinstance(spread, Gamma)
    assert stats.gamma(spread.shape, scale=spread.scale).std() == pytest.approx(450, rel=1e-12)
    sized = law(mean=4_000, sd=3_000)
    assert isinstance(sized, Lognormal)
    assert stats.lognorm(s=sized.sigma, scale=math.exp(sized.mu)).std() == pytest.approx(3_000, rel=1e-12)


def test_of_two_laws_the_one_that_spreads_less() -> None:
    """exp(z s - s^2/2) = 3 has the roots .9147 and 2.375; the gamma shapes on either side of the steepest."""
    sigma = sigma_of(3.0)
    assert math.exp(1.6448536269514722 * sigma - sigma**2 / 2) == pytest.approx(3, rel=1e-12)
    assert sigma < 1.6448536269514722
    shape = shape_of(3.0)
    assert gammaincinv(shape, 0.95) / shape == pytest.approx(3, rel=1e-9)
    assert shape > 0.0876942


def test_the_steepest_gamma_is_where_the_code_says() -> None:
    shapes = np.linspace(0.05, 0.2, 100_001)
    ratios = gammaincinv(shapes, 0.95) / shapes
    assert shapes[ratios.argmax()] == pytest.approx(0.0876942, abs=2e-5)


@pytest.mark.parametrize("ratio", [0.5, 1.0, MAX_RATIO, 4.0])
def test_no_lognormal_has_this_p95(ratio: float) -> None:
    with pytest.raises(KplanError, match=r"p95 is .* times the mean; in a lognormal .* below 3\.87 times it"):
        sigma_of(ratio)


@pytest.mark.parametrize("ratio", [0.99, 1.0, 5.83])
def test_no_gamma_has_this_p95(ratio: float) -> None:
    with pytest.raises(KplanError, match=r"in a gamma distribution it lies above the mean and below 5\.83"):
        shape_of(ratio)


def test_just_inside() -> None:
    assert sigma_of(MAX_RATIO * (1 - 1e-9)) == pytest.approx(1.6448536, abs=1e-3)
    assert shape_of(5.82) > 0.0876942


@EACH
def test_quantiles_undo_probabilities(found: Distribution) -> None:
    u = np.linspace(0.01, 0.99, 99)
    x = found.ppf(u)
    assert (np.diff(x) >= 0).all()
    assert (found.partial(0, x) >= u - 1e-12).all()
    assert (found.partial(0, np.nextafter(x, -1) - 1e-9 * x) <= u + 1e-12).all()


@EACH
@pytest.mark.parametrize("power", [0, 1, 2])
def test_partial_moments_are_integrals_of_the_quantiles(found: Distribution, power: int) -> None:
    """E[X^k; X <= x] = integral of ppf(u)^k du up to P(X <= x): midpoints of 200 000 strips."""
    u = (np.arange(200_000) + 0.5) / 200_000
    draws = found.ppf(u)
    for x in (found.ppf(np.array([0.3]))[0], found.ppf(np.array([0.9]))[0]):
        expected = np.mean(np.where(draws <= x, draws**power, 0.0))
        assert float(found.partial(power, np.asarray(x))) == pytest.approx(expected, rel=1e-4)


@EACH
def test_the_whole_is_the_mean(found: Distribution) -> None:
    end = np.asarray(np.inf)
    assert float(found.partial(0, end)) == pytest.approx(1, rel=1e-12)
    assert float(found.partial(1, end)) == pytest.approx(float(found.mean), rel=1e-12)


@EACH
def test_draws_have_the_mean_within_four_errors(found: Distribution) -> None:
    draws = found.draw(np.random.default_rng(7), 400_000)
    assert abs(draws.mean() - float(found.mean)) < 4 * draws.std() / math.sqrt(draws.size)
    assert draws.min() >= float(found.least)
    assert draws.max() <= found.high


@EACH
@pytest.mark.parametrize("n", [3, 64])
def test_cells_keep_total_and_mean(found: Distribution, n: int) -> None:
    points, weights = found.cells(n)
    assert len(points) <= n
    assert weights.sum() == pytest.approx(1, rel=1e-12)
    assert (points * weights).sum() == pytest.approx(float(found.mean), rel=1e-12)


def test_truncated_is_renormalised_not_clipped() -> None:
    """The mean given X <= 9 000 by scipy's own integral; a clipped law would have a higher one."""
    whole, cut = LAWS["lognormal"], LAWS["truncated"]
    assert isinstance(whole, Lognormal)
    theirs = stats.lognorm(s=whole.sigma, scale=math.exp(whole.mu))
    held = theirs.cdf(9_000)
    expected = theirs.expect(lambda x: x, ub=9_000) / held
    assert float(cut.mean) == pytest.approx(expected, rel=1e-8)
    clipped = theirs.expect(lambda x: x, ub=9_000) + 9_000 * (1 - held)
    assert float(cut.mean) < clipped
    assert float(cut.partial(0, np.asarray(8_999.0))) < 1
    assert float(cut.partial(0, np.asarray(9_000.0))) == 1


def test_a_sample_is_cut_at_its_bounds_inclusively() -> None:
    assert law("empirical", (1, 2, 3, 4), least=2, most=3).mean == Decimal("2.5")
    assert law("empirical", (1, 1, 4)).mean == 2


def test_refused() -> None:
    for numbers, what in (
        ({"mean": 0, "p95": 10}, "`mean` comes to 0"),
        ({"mean": -4, "p95": 10}, "no negative numbers"),
        ({"mean": 10, "p95": 20, "least": 30, "most": 30}, "least 30 is not below most 30"),
        ({"mean": 10, "p95": 20, "least": 10_000}, "next to nothing of lognormal"),
    ):
        with pytest.raises(KplanError, match=what):
            law(**numbers)
    with pytest.raises(KplanError, match="no amount of 2 given values"):
        law("empirical", (1, 2), least=3)


@given(st.integers(0, 2**53 - 1))
def test_whole_numbers_settle_exactly(n: int) -> None:
    assert settled(float(n)) == n


def test_others_keep_thirteen_digits() -> None:
    assert settled(1 / 3) == Decimal("0.3333333333333")
