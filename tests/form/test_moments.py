"""Means over random amounts: by hand, by other integrals, by two million draws, and by what must add up."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from kplan.form.arrays import evaluate
from kplan.form.bind import bind
from kplan.form.decimals import Decimals
from kplan.form.expressions import Number, Random, parse
from kplan.form.graph import Graph, LeafKind, Node
from kplan.form.laws.distribution import Distribution
from kplan.form.lines import Lines
from kplan.form.moments import expected


def random(name: str, family: str = "lognormal", sample: tuple[int, ...] = (), **numbers: float) -> Random:
    said = tuple((key, Number(Decimal(str(value)))) for key, value in numbers.items())
    amounts = tuple(map(Decimal, sample))
    return Random(family, said, amounts, f"{len(sample)} given values", name=name, place=name)


AMOUNTS = (
    random("x", mean=60_000, p95=156_000),
    random("y", "gamma", mean=30_000, sd=20_000),
    random("z", mean=500, p95=1_500),
    random("t", mean=60_000, p95=156_000, most=300_000),
    random("e", "empirical", (1, 2, 3, 200_000, 200_001)),
)


def mean(text: str, amounts: tuple[Random, ...] = AMOUNTS) -> tuple[Graph, Node, Node]:
    """The graph, the node of an expression over the amounts, and the node of its mean."""
    graph = Graph()
    names = {each.name: bind(graph, each, {}) for each in amounts}
    node = bind(graph, parse(text), names)
    return graph, node, expected(graph, node)


def value(text: str, amounts: tuple[Random, ...] = AMOUNTS) -> Decimal:
    graph, _, found = mean(text, amounts)
    return Decimals(graph)[found]


def baked(graph: Graph) -> list[str]:
    return [
        entry.name
        for entry in graph.entries
        if entry.kind is LeafKind.BAKED and not entry.name.startswith(("mean of t", "mean of e"))
    ]


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("x", "60000"),
        ("0.2 * x + 500", "12500"),
        ("x * y", "1800000000"),
        ("x / 4 - z", "14500"),
        ("if(1 > 0, x, y)", "60000"),
        ("e", "80001.4"),
    ],
)
def test_straight_arithmetic_keeps_its_formula(text: str, exact: str) -> None:
    graph, _, found = mean(text)
    assert Decimals(graph)[found] == Decimal(exact)
    assert not baked(graph)
    assert not graph.randoms(found)


def test_the_mean_stays_an_input() -> None:
    graph, _, found = mean("0.2 * x")
    leaf = graph.entries.index(next(entry for entry in graph.entries if entry.name == "x.mean"))
    assert Decimals(graph, {Node(leaf): Decimal(100)})[found] == 20


def test_what_is_not_random_is_untouched() -> None:
    _, node, found = mean("if(3 > 2, max(1, 2), ceil(1.5))")
    assert node == found


def lognormal_above(mean_: float, p95: float, limit: float) -> tuple[float, float]:
    """P(X > limit) and E[X; X > limit] by numeric integration of scipy's density."""
    z = stats.norm.ppf(0.95)
    sigma = z - math.sqrt(z**2 - 2 * math.log(p95 / mean_))
    density = stats.lognorm(s=sigma, scale=mean_ * math.exp(-(sigma**2) / 2)).pdf
    spans = [limit * 2**n for n in range(12)]
    pairs = list(pairwise(spans))
    return tuple(  # type: ignore[return-value]
        sum(
            integrate.quad(lambda x, k=k: x**k * density(x), *pair, epsabs=0, epsrel=1e-11)[0]
            for pair in pairs
        )
        for k in (0, 1)
    )


def test_a_tier_equals_the_numeric_integral() -> None:
    share, tokens = lognormal_above(60_000, 156_000, 200_000)
    assert share == pytest.approx(0.02416, abs=1e-5)
    assert float(value("if(x > 200_000, x, 0)")) == pytest.approx(tokens, rel=1e-8)
    assert float(value("if(x > 200_000, 0, x)")) == pytest.approx(60_000 - tokens, rel=1e-9)
    assert float(value("if(x > 200_000, 1, 0)")) == pytest.approx(share, rel=1e-8)
    assert float(value("max(0, x - 200_000)")) == pytest.approx(tokens - 200_000 * share, rel=1e-7)


def test_an_independent_amount_in_a_tier_keeps_its_mean_as_input() -> None:
    graph, _, found = mean("if(x > 200_000, y, 0)")
    share, _ = lognormal_above(60_000, 156_000, 200_000)
    assert float(Decimals(graph)[found]) == pytest.approx(30_000 * share, rel=1e-8)
    assert baked(graph) == ["mean of x > 200,000"]
    assert graph.leaf("y.mean", Decimal(30_000)) in _under(graph, found)


def _under(graph: Graph, node: Node) -> set[Node]:
    seen, stack = set(), [node]
    while stack:
        here = stack.pop()
        seen.add(here)
        stack.extend(graph.entries[here].args)
    return seen


def test_dependent_factors_are_multiplied_before_the_mean() -> None:
    """E[X^2] = m^2 exp(sigma^2)."""
    z = stats.norm.ppf(0.95)
    sigma = z - math.sqrt(z**2 - 2 * math.log(2.6))
    assert float(value("x * x")) == pytest.approx(60_000**2 * math.exp(sigma**2), rel=1e-11)
    assert float(value("2 * x * (x + y)")) == pytest.approx(
        2 * (60_000**2 * math.exp(sigma**2) + 60_000 * 30_000), rel=1e-11
    )


@pytest.mark.parametrize(
    ("limit", "above"), [("199_999", "80000.2"), ("200_000", "40000.2"), ("200_001", "0")]
)
def test_measured_amounts_at_the_boundary(limit: str, above: str) -> None:
    """Of 1, 2, 3, 200 000 and 200 001: strictly above the limit."""
    assert value(f"if(e > {limit}, e, 0)") == Decimal(above)


MIXED = [
    "max(0, y + x - max(y, 200_000))",
    "if(x + y > 200_000, x, 0)",
    "if(x + y + z > 200_000, x * z, 0)",
    "ceil(x / 400) * 400",
    "if(ceil(x / 4_000) * 4_000 > 200_000, ceil(x / 4_000), 0)",
    "x / (y + 1)",
    "if(t > 200_000, t, 0)",
    "if(t + e > 200_000, e, 0)",
    "min(x, y, t)",
    "if(x + 10 * y + e > 200_000, x + e * 2, 3)",
    "max(ceil(x / 1_000), y / 1_000)",
    "if(x > y, x - y, 0)",
]


@pytest.mark.parametrize("text", MIXED)
def test_agrees_with_two_million_draws(text: str) -> None:
    graph, node, found = mean(text)
    rng = np.random.default_rng(11)
    draws = {}
    for each in sorted(graph.randoms(node)):
        law = graph.entries[each].law
        assert isinstance(law, Distribution)
        draws[each] = law.draw(rng, 2_000_000)
    values = evaluate(graph, [node], draws)[0]
    error = values.std() / math.sqrt(values.size)
    assert abs(values.mean() - float(Decimals(graph)[found])) < 4 * error


def test_two_amounts_within_the_stated_error() -> None:
    """E[X; X + Y > T] as an integral over Y of a closed form in X, by scipy's quad."""
    z = stats.norm.ppf(0.95)
    sigma = z - math.sqrt(z**2 - 2 * math.log(2.6))
    mu = math.log(60_000) - sigma**2 / 2
    other = stats.gamma(2.25, scale=30_000 / 2.25)

    def tail(y: float) -> float:
        if y >= 200_000:
            return 60_000.0
        return 60_000 * stats.norm.sf((math.log(200_000 - y) - mu - sigma**2) / sigma)

    spans = [0, 20_000, 60_000, 120_000, 199_000, 200_000, 400_000, 1_000_000]
    exact = sum(
        integrate.quad(lambda y: tail(y) * other.pdf(y), low, high, epsrel=1e-11)[0]
        for low, high in pairwise(spans)
    )
    assert float(value("if(x + y > 200_000, x, 0)")) == pytest.approx(exact, rel=1e-5)


def test_three_amounts_and_ratios_within_the_stated_error() -> None:
    """Against the same node with a grid of other points: E[1/(Y+1)] by quad; a sum of three by its parts."""
    other = stats.gamma(2.25, scale=30_000 / 2.25)
    exact = 60_000 * integrate.quad(lambda y: other.pdf(y) / (y + 1), 0, 1e6, limit=500)[0]
    assert float(value("x / (y + 1)")) == pytest.approx(exact, rel=1e-3)
    over = float(value("if(x + y + z > 200_000, x + y + z, 0)"))
    up_to = float(value("if(x + y + z > 200_000, 0, x + y + z)"))
    assert over + up_to == pytest.approx(90_500, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    mean_=st.integers(100, 300_000),
    ratio=st.floats(1.05, 3.8),
    limits=st.lists(st.integers(1, 400_000), min_size=1, max_size=4, unique=True),
    factor=st.sampled_from(["1", "0.2", "1.35"]),
    family=st.sampled_from(["lognormal", "gamma"]),
)
def test_nothing_is_lost_between_tiers(
    mean_: int, ratio: float, limits: list[int], factor: str, family: str
) -> None:
    """The mean is the sum of what lies in each tier, whichever law and however many tiers."""
    amounts = (random("x", family, mean=mean_, p95=round(mean_ * ratio, 3)),)
    edges = [0, *sorted(limits)]
    parts = []
    for n, low in enumerate(edges):
        part = f"x * {factor}"
        if n + 1 < len(edges):
            part = f"if(x * {factor} > {edges[n + 1]}, 0, {part})"
        parts.append(value(f"if(x * {factor} > {low}, {part}, 0)" if low else part, amounts))
    total = sum(map(float, parts))
    assert total == pytest.approx(mean_ * float(factor), rel=1e-10)
    assert all(part >= 0 for part in parts)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 400_000), min_size=1, max_size=30), st.integers(0, 400_000))
def test_measured_tiers_are_the_sums_of_the_sample(sample: list[int], limit: int) -> None:
    amounts = (random("x", "empirical", tuple(sample)),)
    above = value(f"if(x > {limit}, x, 0)", amounts)
    assert float(above) == pytest.approx(sum(n for n in sample if n > limit) / len(sample), rel=1e-12)


def test_two_baked_leaves_never_share_a_name() -> None:
    """Names are cut where they get long."""
    long = " + ".join(f"{n} * x" for n in range(1, 40))
    graph, _, _ = mean(f"max(1, {long}) + max(1, {long} + 7)")
    assert len(set(baked(graph))) == 2


def test_the_same_node_is_baked_once() -> None:
    graph, node, found = mean("max(1, x)")
    size = len(graph.entries)
    assert expected(graph, node) == found
    assert len(graph.entries) == size


def test_more_means_more_by_a_millionth_in_closed_form_too() -> None:
    """P(X > 1e-6) counts from 2e-6 on, as in every evaluator."""
    amounts = (random("x", mean=0.000003, p95=0.000006),)
    z = stats.norm.ppf(0.95)
    sigma = z - math.sqrt(z**2 - 2 * math.log(2))
    law = stats.lognorm(s=sigma, scale=3e-6 * math.exp(-(sigma**2) / 2))
    assert float(value("if(x > 0.000001, 1, 0)", amounts)) == pytest.approx(law.sf(2e-6), rel=1e-9)


def test_a_baked_mean_is_no_straight_line_in_what_shapes_it() -> None:
    """So that no break-even is told along it; the mean of straight arithmetic is one."""
    for text, slope in (("0.2 * x", Decimal("0.2")), ("if(x > 200_000, x, 0)", None)):
        graph, _, found = mean(text)
        shape = graph.leaf("x.mean", Decimal(60_000))
        line = Lines(Decimals(graph)).of(found, shape)
        assert (None if line is None else line.slope) == slope
