"""The bench of drawn queries runs, and what it compares is the same work."""

from __future__ import annotations

import pytest

from benchmarks import bench_sample

N = 3 * bench_sample.CHUNK


@pytest.mark.parametrize("name", bench_sample.LIMITS)
def test_queries_of_six_stages_are_drawn_and_so_are_their_variates(name: str) -> None:
    queries, alone = bench_sample.studies(N)[name]
    found = queries()["one"]
    assert found.all.n == N
    assert found.all.time_s is not None
    assert found.is_by_way == (name == "branches")
    planned = bench_sample.compiled()
    exact = bench_sample.Decimals(planned.plan.graph)[planned.plan.designs[0].usage_per_query[0]]
    assert found.all.cost_usd.mean.low < exact < found.all.cost_usd.mean.high
    assert alone() is None
