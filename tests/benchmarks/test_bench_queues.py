"""The bench of queues runs, and what it compares is the same system."""

from __future__ import annotations

import pytest

from benchmarks import bench_queues

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def test_all_simulate_the_same_five_stages() -> None:
    own = bench_queues.with_kplan(100_000)
    assert bench_queues.with_simpy(20_000) == pytest.approx(own, rel=0.04)
    assert bench_queues.with_fast_simpy(20_000) == pytest.approx(own, rel=0.04)


def test_the_same_limits_stand_alone() -> None:
    """The trace is the same; service is drawn anew, and SimPy fills tokens in one by one."""
    own = bench_queues.with_kplan(20_000, limits_alone=True)
    assert bench_queues.with_fast_simpy(20_000, limits_alone=True) == pytest.approx(own, rel=0.02)
    assert bench_queues.with_simpy(20_000, limits_alone=True) == pytest.approx(own, rel=0.02)
    assert own < bench_queues.with_kplan(20_000)


def test_ciw_paces_calls_instead_and_so_keeps_them_a_little_longer() -> None:
    own = bench_queues.with_kplan(100_000)
    assert own < bench_queues.with_ciw(4000) < 1.5 * own


def test_memory_does_not_grow_with_the_number_of_arrivals() -> None:
    (_, few), (_, many) = bench_queues.grown(100_000), bench_queues.grown(2_000_000)
    assert many < few + (40 << 20)
