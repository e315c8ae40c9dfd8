"""Amounts that are distributions inside blocks: each visit draws its own, in the context too."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from kplan.engine.montecarlo.found import Sample
from kplan.engine.results import Results
from kplan.errors import KplanError
from kplan.form.laws.average import Average
from kplan.form.laws.gamma import Gamma
from kplan.form.laws.lognormal import Lognormal
from kplan.prices.book import Book
from support import book_of, priced, simulated

HEAD = "months: 2027-01..2027-01\nvolume: 1_000/month\nsingles: false\ndesigns: {d: m}\n"


def book() -> Book:
    """1/10 USD per million tokens, 2/15 above 10 000 input tokens; writes 1.25, reads a tenth."""
    low = {"input": "1", "output": "10", "cache_read": "0.1", "cache_write_5m": "1.25"}
    high = {"input": "2", "output": "15", "cache_read": "0.2", "cache_write_5m": "2.5"}
    over = tuple(priced("m", meter, usd, over_input_tokens=10_000) for meter, usd in high.items())
    return book_of({"m": low}, over)


def results(folder: Path, text: str) -> Results:
    return simulated(folder, HEAD + text, book())


def cost(folder: Path, text: str) -> float:
    return float(results(folder, text).design("d").cost_per_query_usd)


def gamma_parts(shape: float, scale: float, over: float) -> tuple[float, float]:
    """Mean, and the part of it above a threshold; DLMF 8.2.4."""
    return shape * scale, shape * scale * float(special.gammaincc(shape + 1, over / scale))


def test_turns_of_a_loop_draw_their_own_tokens(tmp_path: Path) -> None:
    """Turn t reads the sum of t draws; sums of gammas of one scale are gamma again: a closed form.

    One draw for all turns would spread t times as far, and cost 6 % more.
    """
    tokens = "{gamma: {mean: 2_500, sd: 2_500}}"
    text = f"stages: {{l: {{kind: loop, turns: 4, stages: {{s: {{input: {tokens}, output: 0}}}}}}}}"
    expected = sum(sum(gamma_parts(t, 2_500, 10_000)) * 1e-6 for t in range(1, 5))
    assert cost(tmp_path, text) == pytest.approx(expected, rel=2e-5)
    as_one = sum(sum(gamma_parts(1, 2_500 * t, 10_000)) * 1e-6 for t in range(1, 5))
    assert as_one / expected > 1.05


def test_a_cached_loop_agrees_with_its_queries_one_by_one(tmp_path: Path) -> None:
    """Against a loop over queries that knows nothing of kplan."""
    text = (
        "stages: {l: {kind: loop, turns: 6, context: 500, cache: 5m,"
        " stages: {s: {input: {gamma: {mean: 1_500, sd: 1_000}}, output: {gamma: {mean: 300, sd: 300}}}}}}"
    )
    rng, n = np.random.default_rng(5), 400_000
    usd, held, context = np.zeros(n), np.zeros(n), np.full(n, 500.0)
    for _ in range(6):
        own, out = rng.gamma(2.25, 1_500 / 2.25, n), rng.exponential(300, n)
        times = np.where(context + own > 10_000, 2, 1)
        usd += (0.1 * held + 1.25 * (context + own - held)) * times + np.where(times > 1, 15, 10) * out
        held = context + own
        context = held + out
    usd *= 1e-6
    error = usd.std() / n**0.5
    assert abs(cost(tmp_path, text) - usd.mean()) < 3 * error
    assert error < 6e-4 * usd.mean()


def test_exact_costs_are_those_of_drawn_queries(tmp_path: Path) -> None:
    """Where inputs are plain and answers random, only the context varies."""
    text = "stages: {l: {kind: loop, turns: 5, stages: {s: {input: 1_500, output: {mean: 600, p95: 1_500}}}}}"
    found = simulated(tmp_path, HEAD + text, book(), sample=Sample(200_000)).design("d")
    assert found.sample is not None
    mean = found.sample.all.cost_usd.mean
    assert mean.low - mean.off / 2 <= found.cost_per_query_usd <= mean.high + mean.off / 2


def test_a_stage_is_told_once_how_many_of_its_calls_are_long(tmp_path: Path) -> None:
    """Half of the queries take a second turn; it crosses where both draws are high: 1/8 of 1.5 calls."""
    text = "stages: {l: {kind: loop, turns: 1.5, stages: {s: {input: {values: [6_000, 3_000]}, output: 0}}}}"
    notes = [note for note in results(tmp_path, text).notes if "tier" in note]
    assert notes == ["stage s: 8.33% of the calls are in the tier of test/m above 10,000 input tokens"]


def test_turns_that_do_not_take_place_are_not_too_large(tmp_path: Path) -> None:
    """Spare turns are written out for the workbook; nobody takes them."""
    text = "stages: {l: {kind: loop, turns: 2, stages: {s: {input: {values: [6_000, 9_000]}, output: 0}}}}"
    assert not [note for note in results(tmp_path, text).notes if note.startswith("stage s: 100")]


def test_turns_that_vary(tmp_path: Path) -> None:
    """1, 3 or 30 turns: n (n + 1) / 2 times 100 tokens."""
    text = (
        "params: {n: {varies: {values: [1, 3, 30]}}}\n"
        "stages: {l: {kind: loop, turns: n, stages: {s: {input: 100, output: 0}}}}"
    )
    assert cost(tmp_path, text) == pytest.approx(100e-6 * (1 + 6 + 465) / 3, rel=1e-9)


def test_turns_that_vary_without_an_end_are_refused(tmp_path: Path) -> None:
    varies = "params: {n: {varies: {mean: 3, p95: 7%s}}}\n"
    loop = "stages: {l: {kind: loop, turns: n, stages: {s: {input: 100, output: 0}}}}"
    with pytest.raises(KplanError, match=r"how often l repeats varies without a largest number.*`most:`"):
        results(tmp_path, varies % "" + loop)
    assert cost(tmp_path, varies % ", most: 20" + loop) > 0


def test_calls_that_vary_are_those_of_their_own_turn(tmp_path: Path) -> None:
    """Two turns of 1, 2 or 9 calls, each reading all 110 tokens of those before; by hand over the 9 pairs."""
    text = (
        "stages: {l: {kind: loop, turns: 2, stages:"
        " {s: {input: 100, output: 10, calls: {values: [1, 2, 9]}}}}}"
    )
    expected = sum(
        Fraction(110 * k + 100 + 10 * 10, 9 * 10**6)
        for first, second in product((1, 2, 9), repeat=2)
        for k in range(first + second)
    )
    assert cost(tmp_path, text) == pytest.approx(float(expected), rel=1e-9)


PREFIXED = "prompt_caches: {system: 3_000}\nstages: {s: {input: %s, output: 10, prefix: system}}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            PREFIXED % "{values: [2_999, 5_000]}",
            r"stages\.s\.input: input is less than .* in 50% of the calls",
        ),
        (PREFIXED % "{mean: 4_000, p95: 9_000}", r"less than what it includes in 43\.07% of the calls"),
        (
            "stages: {s: {input: 1, output: 99, reasoning: {values: [9, 100]}}}",
            r"output is less than .* in 50%",
        ),
    ],
)
def test_calls_that_some_draws_make_negative_are_refused(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(KplanError, match=what):
        results(tmp_path, text)


def test_just_not_negative(tmp_path: Path) -> None:
    expected = Decimal("0.00125") * 3 + (Decimal(1_000) + 10 * 10) / 10**6
    found = results(tmp_path, PREFIXED % "{values: [3_000, 5_000]}")
    assert found.design("d").cost_per_query_usd == expected


def test_a_context_does_not_hide_that_a_call_is_shorter_than_its_prefix(tmp_path: Path) -> None:
    """The answers make up for it, in the sum of what is written to the cache."""
    text = (
        "prompt_caches: {system: 3_000}\nstages: {l: {kind: loop, turns: 2, context: 9_000, cache: 5m,"
        " stages: {s: {input: 2_500, output: 4_000, prefix: system}}}}"
    )
    with pytest.raises(KplanError, match=r"stages\.s\.input: input is 500 less than what it includes"):
        results(tmp_path, text)
    assert cost(tmp_path, text.replace("2_500", "3_000")) > 0


@pytest.mark.parametrize("n", [2, 5, 16])
def test_the_mean_of_gamma_draws_is_gamma(n: int) -> None:
    one = Gamma.of({"mean": Decimal(100), "sd": Decimal(80)}, "")
    whole = Gamma.of({"mean": Decimal(100), "sd": Decimal(80) / Decimal(n).sqrt()}, "")
    law = Average.of(one, n)
    x = whole.ppf(np.array([0.001, 0.05, 0.3, 0.5, 0.8, 0.99, 0.9999]))
    for power in (0, 1):
        assert law.partial(power, x) == pytest.approx(whole.partial(power, x), rel=4e-3, abs=1e-6)
    assert float(law.partial(1, np.array(np.inf))) == pytest.approx(100, rel=1e-12)
    assert law.ppf(whole.partial(0, x)) == pytest.approx(x, rel=4e-3)


def test_the_mean_of_skewed_draws() -> None:
    one = Lognormal.of({"mean": Decimal(100), "p95": Decimal(300)}, "")
    law, rng = Average.of(one, 3), np.random.default_rng(1)
    drawn = one.draw(rng, 3_000_000).reshape(-1, 3).mean(axis=1)
    for x in (30.0, 80.0, 200.0, 500.0):
        assert float(law.partial(0, np.array(x))) == pytest.approx(np.mean(drawn <= x), abs=2e-3)
    assert Average.of(one, 1) is one


@pytest.mark.parametrize(
    ("stage", "what"),
    [
        ("{input: 100, output: 0, chance: p}", "the chance of s"),
        ("{kind: retry, failure: p, stages: {t: {input: 100, output: 0}}}", "the failure of s"),
        (
            (
                "{kind: route, shares: {t: p, u: 1 - p}, stages:"
                " {t: {input: 100, output: 0}, u: {input: 10, output: 0}}}"
            ),
            "the shares.t of s",
        ),
    ],
)
def test_shares_that_vary_lie_within_0_and_1(tmp_path: Path, stage: str, what: str) -> None:
    params = "params: {p: {varies: {values: [50%%, %s]}}}\nstages: {s: %s}"
    with pytest.raises(KplanError, match=rf"{what} leaves 0 to 1 in 50% of the queries"):
        results(tmp_path, params % ("100.01%", stage))
    assert cost(tmp_path, params % ("100%", stage)) > 0
