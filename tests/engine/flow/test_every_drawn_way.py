"""Random flows: the ways that queries are drawn from are every way there is, with its chance and its cost."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings

from drawn import chances
from engine.flow.test_every_way import WARM, contexts, flows
from flows import Both, both, brute_if_small
from kplan.engine.flow.formulas import Formulas
from kplan.engine.flow.prompt import Caches
from kplan.engine.flow.sampler import Sampler
from kplan.engine.flow.speeds import Speeds
from kplan.engine.flow.ways import Sent
from kplan.form.graph import Node
from kplan.kinds.primitives import Charge
from support import dumped


def decimal(number: Fraction) -> Decimal:
    """To 28 digits."""
    return Decimal(number.numerator) / Decimal(number.denominator)


PARTS = 97


@cache
def price(model: str, meter: str) -> int:
    """Another one for each model and meter [1/97]."""
    return 1 + sum(map(ord, model + meter)) % PARTS


def sampler_of(found: Both) -> Sampler:
    flow, graph = found.flow, found.flow.graph

    def bill(charge: Charge, ref: str, usage: Mapping[str, Node]) -> Node:
        rates = {meter: Fraction(price(ref, meter), PARTS) for meter in usage}
        leaves = {m: graph.number(decimal(each)) for m, each in rates.items()}
        return graph.sum(graph.product(usage[meter], leaf) for meter, leaf in leaves.items())

    warm = {key: graph.leaf(f"warm {key}", decimal(chance)) for key, chance in found.warm.items()}
    return Sampler(
        "all", flow.body, Formulas(graph, flow.node, bill, Caches(flow.caches, warm), {}), Speeds(), 60_000
    )


def billed(sent: Sent) -> Fraction:
    return Fraction(sum(n * price(sent.model, meter) for meter, n in sent.usage.items())) / PARTS


def assert_every_way(found: Both, *, whole: bool) -> None:
    """The mean cost; and the chance of each cost, where the whole distribution has to agree."""
    brute = brute_if_small(found, 3_000)
    sampler = sampler_of(found)
    if not sampler.is_by_way:
        reject()
    by_way, true = chances(sampler), brute.costs(billed)
    assert sampler.table is not None
    drawn = sampler.table.outcomes
    assert by_way.sum() == pytest.approx(1, abs=1e-12)
    mean = float(sum(cost * chance for cost, chance in true.items()))
    assert float(by_way @ drawn.cost_usd) == pytest.approx(mean, rel=1e-9, abs=1e-9)
    assert float(by_way[drawn.is_stopped].sum()) == pytest.approx(float(brute.stopped), abs=1e-12)
    if whole:
        costs, chance = (np.array(list(map(float, each))) for each in (true.keys(), true.values()))
        for cost in costs:
            same = np.isclose(drawn.cost_usd, cost, rtol=1e-9, atol=1e-9)
            near = np.isclose(costs, cost, rtol=1e-9, atol=1e-9)
            assert float(by_way[same].sum()) == pytest.approx(float(chance[near].sum()), abs=1e-9)


def retries_of_several(block: Mapping[str, Any]) -> bool:
    """Whether some stage makes several calls with retries: each may be made again when drawn, not the lot."""
    stages = block.get("stages", {}).values()
    return {"calls", "retries"} <= block.keys() or any(map(retries_of_several, stages))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flow=flows() | contexts())
def test_drawn_ways_are_every_way(tmp_path_factory: pytest.TempPathFactory, flow: dict[str, Any]) -> None:
    text = dumped(flow)
    assert_every_way(both(tmp_path_factory.mktemp("flow"), text), whole=not retries_of_several(flow))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flow=flows() | contexts())
def test_with_what_other_queries_have_left_the_mean_is_that_of_every_way(
    tmp_path_factory: pytest.TempPathFactory, flow: dict[str, Any]
) -> None:
    """Not the whole distribution: who finds a longer prefix finds the shorter one too when drawn."""
    assert_every_way(both(tmp_path_factory.mktemp("flow"), dumped(flow), WARM), whole=False)


@pytest.mark.slow
@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flow=flows() | contexts())
def test_drawn_ways_are_every_way_of_many_more(
    tmp_path_factory: pytest.TempPathFactory, flow: dict[str, Any]
) -> None:
    text = dumped(flow)
    assert_every_way(both(tmp_path_factory.mktemp("flow"), text), whole=not retries_of_several(flow))
