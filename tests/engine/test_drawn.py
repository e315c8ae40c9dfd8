"""Scenarios whose amounts are distributions: priced over the law, held against windows, shown as such."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from scipy import integrate, stats

from kplan.engine.results import Results
from kplan.engine.simulate import simulate
from kplan.errors import KplanError
from kplan.form.decimals import Decimals
from kplan.places import folder
from kplan.prices.book import Book, load_book
from kplan.prices.models import ModelRow
from kplan.render import explain, xlsx
from kplan.render import json as as_json
from kplan.scenario.load import load_scenario
from support import book_of, priced, simulated

ROW = ModelRow(
    "test", "reader", aliases=(), context_window=1_000_000, max_output=8_000, tokenizer="",
    released_on=None, deprecated_on=None, retires_on=None, successor="", source="",
)  # fmt: skip


def tiered() -> Book:
    """2/12 USD per million tokens, 4/18 above 200 000 input tokens; cache reads a tenth."""
    over = {"over_input_tokens": 200_000}
    return book_of(
        {"reader": {"input": "2", "output": "12", "cache_read": "0.2"}},
        tuple(
            priced("reader", meter, usd, **over)
            for meter, usd in (("input", "4"), ("output", "18"), ("cache_read", "0.4"))
        ),
        (ROW,),
    )


HEAD = "volume: 1_000/month\nsingles: false\ndesigns: {d: reader}\n"


def results(tmp_path: Path, stages: str, more: str = "") -> Results:
    return simulated(tmp_path, f"{HEAD}{more}\nstages: {{{stages}}}\n", tiered())


def cost(tmp_path: Path, stages: str, more: str = "") -> float:
    return float(results(tmp_path, stages, more).design("d").cost_per_query_usd)


def integral(power: int, low: float, high: float) -> float:
    """E[X^power; low < X <= high] of the example's law, from scipy's density."""
    z = stats.norm.ppf(0.95)
    sigma = z - math.sqrt(z**2 - 2 * math.log(156 / 60))
    law = stats.lognorm(s=sigma, scale=60_000 * math.exp(-(sigma**2) / 2))
    edges = [low, *(x for x in (1e4, 5e4, 1e5, 2e5, 4e5, 1e6, 4e6) if low < x < high), high]
    return sum(
        integrate.quad(lambda x: x**power * law.pdf(x), *pair, epsabs=0, epsrel=1e-11)[0]
        for pair in pairwise(edges)
    )


@pytest.fixture(scope="module")
def example() -> Results:
    path = folder("scenarios") / "long-context.kplan.yaml"
    return simulate(load_scenario(path), load_book([]))


def test_the_example_crosses_in_2_4_percent_of_the_calls(example: Results) -> None:
    assert any("2.42% of the calls are in the tier" in note for note in example.notes)
    assert integral(0, 200_000, 3e7) == pytest.approx(0.0242, abs=5e-5)


def test_the_example_costs_the_closed_form(example: Results) -> None:
    """2/12 USD up to 200 000 input tokens, 4/18 above; the output does not depend on the input."""
    above, share = integral(1, 200_000, 3e7), integral(0, 200_000, 3e7)
    expected = 2e-6 * (60_000 - above) + 4e-6 * above + 900 * (12e-6 * (1 - share) + 18e-6 * share)
    read = next(stage for stage in example.design("pro").stages if stage.id == "read")
    assert float(read.cost_per_query_usd) == pytest.approx(expected, rel=1e-9)
    at_the_mean = 2e-6 * 60_000 + 12e-6 * 900
    assert expected / at_the_mean == pytest.approx(1.10, abs=0.005)


def test_the_example_agrees_with_two_million_queries(example: Results) -> None:
    rng = np.random.default_rng(3)
    z = stats.norm.ppf(0.95)
    sigma = z - math.sqrt(z**2 - 2 * math.log(156 / 60))
    tokens = rng.lognormal(math.log(60_000) - sigma**2 / 2, sigma, 2_000_000)
    output = rng.gamma(4, 225, 2_000_000)
    is_long = tokens > 200_000
    usd = tokens * np.where(is_long, 4e-6, 2e-6) + output * np.where(is_long, 18e-6, 12e-6)
    read = next(stage for stage in example.design("pro").stages if stage.id == "read")
    error = usd.std() / math.sqrt(usd.size)
    assert abs(usd.mean() - float(read.cost_per_query_usd)) < 3 * error
    assert abs(2e-6 * 60_000 + 12e-6 * 900 - usd.mean()) > 30 * error


@pytest.mark.parametrize(("second", "usd"), [("200_000", "0.4"), ("200_001", "0.600002")])
def test_boundary_of_measured_amounts(tmp_path: Path, second: str, usd: str) -> None:
    """Half of the calls read 200 000 tokens, half as many or one more: then those pay double."""
    text = f"read: {{input: {{values: [200_000, {second}]}}, output: 0}}"
    assert results(tmp_path, text).design("d").cost_per_query_usd == Decimal(usd)


def test_cached_parts_are_of_the_same_draw(tmp_path: Path) -> None:
    """By hand: 100 000 and 300 000 tokens, half the calls each, 20 % of each read from the cache."""
    text = "read: {input: {values: [100_000, 300_000]}, output: 100, cached: 20%}"
    low = 80_000 * 2e-6 + 20_000 * 0.2e-6 + 100 * 12e-6
    high = 240_000 * 4e-6 + 60_000 * 0.4e-6 + 100 * 18e-6
    assert cost(tmp_path, text) == pytest.approx((low + high) / 2, rel=1e-12)


def test_what_varies_from_query_to_query_varies_in_all_stages_together(tmp_path: Path) -> None:
    """Two parts of 150 000 of one long document cross the threshold together or not at all."""
    more = "params: {doc: {varies: {values: [50_000, 150_000]}, unit: tokens}}"
    found = results(tmp_path, "read: {input: doc + doc, output: 0}", more)
    assert float(found.design("d").cost_per_query_usd) == pytest.approx((0.2 + 1.2) / 2, rel=1e-12)


def test_a_stage_that_long_documents_alone_visit(tmp_path: Path) -> None:
    """The chance and the tokens are of one draw: a third of the calls, of 90 000 tokens each."""
    more = "params: {doc: {varies: {values: [1_000, 2_000, 90_000]}}}"
    found = results(tmp_path, "read: {chance: 'if(doc > 50_000, 1, 0)', input: doc, output: 0}", more)
    stage = found.design("d").stages[0]
    assert float(stage.cost_per_query_usd) == pytest.approx(90_000 * 2e-6 / 3, rel=1e-12)
    assert float(stage.visits) == pytest.approx(1 / 3, rel=1e-12)


def test_a_file_lies_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "tokens.csv").write_text("input\n1000\n3000\n", encoding="utf-8")
    text = "read: {input: {file: tokens.csv, column: input}, output: 0}"
    assert cost(tmp_path, text) == pytest.approx(2_000 * 2e-6)


def test_a_value_takes_the_place_of_a_variation(tmp_path: Path) -> None:
    more = "params: {doc: {varies: {values: [50_000, 150_000]}}}\nvariants: {fixed: {params: {doc: 7_000}}}"
    path = tmp_path / "test.kplan.yaml"
    text = f"months: 2027-01..2027-12\n{HEAD}{more}\nstages: {{read: {{input: doc, output: 0}}}}\n"
    path.write_text(text, encoding="utf-8")
    found = simulate(load_scenario(path, variant="fixed"), tiered())
    assert float(found.design("d").cost_per_query_usd) == pytest.approx(7_000 * 2e-6)


@pytest.mark.parametrize(
    ("stage", "what"),
    [
        (
            "input: {mean: 400_000, p95: 1_000_000}, output: 0",
            r"stage read: 5% of the calls have more input tokens than",
        ),
        ("input: {mean: 1_200_000, p95: 1_300_000}, output: 0", "call of 1,200,000 input tokens is above"),
        (
            "input: {values: [5, 1_000_001]}, output: 0",
            "of up to 1,000,001 input tokens is above the context",
        ),
        (
            "input: {mean: 400_000, p95: 1_000_000, most: 1_000_001}, output: 0",
            "of up to 1,000,001 input tokens is above the context window of test/reader, 1,000,000; truncate",
        ),
        (
            "input: 1, output: {gamma: {mean: 4_000, sd: 2_000}}",
            r"% of the calls have more output tokens than",
        ),
        ("input: {mean: 5, p95: 50}, output: 0", "p95 is 10 times the mean"),
        ("input: 5, output: {mean: 5, p95: 8, most: 0.0001}", "next to nothing of lognormal"),
    ],
)
def test_too_large(tmp_path: Path, stage: str, what: str) -> None:
    with pytest.raises(KplanError, match=what) as error:
        results(tmp_path, f"read: {{{stage}}}")
    assert "test.kplan.yaml:" in str(error.value)


@pytest.mark.parametrize(
    "stage",
    [
        "input: {values: [5, 1_000_000]}, output: 0",
        "input: {mean: 400_000, p95: 1_000_000, most: 1_000_000}, output: 0",
    ],
)
def test_just_not_too_large(tmp_path: Path, stage: str) -> None:
    assert cost(tmp_path, f"read: {{{stage}}}") > 0


def test_rare_calls_above_the_window_are_told(tmp_path: Path) -> None:
    found = results(tmp_path, "read: {input: {mean: 60_000, p95: 156_000}, output: 0}")
    told = "stage read: <0.01% of the calls have more input tokens than the context window"
    assert any(note.startswith(told) for note in found.notes)


def test_value_and_varies_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KplanError, match="a param has one of them"):
        results(tmp_path, "read: {input: doc, output: 1}", "params: {doc: {value: 1, varies: {values: [1]}}}")


def test_a_wrong_variation_is_told_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(
        KplanError, match=r"params\.doc\.varies: a lognormal distribution is given by"
    ) as error:
        results(tmp_path, "read: {input: doc, output: 1}", "params: {doc: {varies: {mean: 1}}}")
    assert len(error.value.problems) == 1


def test_shares_are_no_distributions(tmp_path: Path) -> None:
    with pytest.raises(KplanError, match="a number or arithmetic over params is expected here, not a map"):
        results(tmp_path, "read: {input: 1, output: 1, cached: {mean: 1, p95: 2}}")


def test_shown_and_labelled(example: Results) -> None:
    text = explain.render(example, "pro.read", 100, color=False)
    assert "read.input: mean of lognormal(mean 60,000, p95 156,000)" in text
    said = json.loads(as_json.render(example))["distributions"]
    assert said["read.output"] == {"law": "gamma(mean 900, sd 450)", "mean": "900"}
    book = openpyxl.load_workbook(BytesIO(xlsx.render(example)))
    lines = {row[0].value: row for row in book["Inputs"].iter_rows() if row[0].value}
    baked = lines["share of calls over 200000 input tokens (read.input)"]
    assert "read.input: lognormal(mean 60,000, p95 156,000)" in [cell.value for cell in baked]
    assert "worked out by kplan beforehand: not to be edited" in lines
    shapes, free = lines["read.input.mean"], lines["read.output.mean"]
    assert "not to be edited here" in shapes[4].value
    assert "not to be edited" not in (free[4].value or "")
    assert shapes[1].fill.fgColor.rgb != free[1].fill.fgColor.rgb


def test_scenarios_without_distributions_say_none_of_this(tmp_path: Path) -> None:
    found = results(tmp_path, "read: {input: 1_000, output: 10}")
    assert "distributions" not in json.loads(as_json.render(found))
    assert "distribution" not in explain.render(found, "d.read", 100, color=False)


def test_charges_keep_what_they_are_the_mean_of(example: Results) -> None:
    """For samplers: every charge of the random stage knows its draws; others are their own mean."""
    (plan,) = example.plans
    values = Decimals(plan.graph)
    for charge in plan.designs[0].charges:
        if charge.stage == "read":
            names = {plan.graph.entries[node].name for node in plan.graph.randoms(charge.drawn)}
            assert "read.input" in names
        else:
            assert charge.drawn == charge.quantity
        assert not plan.graph.randoms(charge.quantity)
        assert values[charge.quantity] >= 0
