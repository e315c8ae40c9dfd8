"""The bench of limits runs, and what it compares is the same."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import bench_limits


def test_both_let_the_same_calls_wait_as_long() -> None:
    few = bench_limits.trace(2_000)
    found, waits = bench_limits.with_kplan(few), bench_limits.with_simpy(few)
    assert (found.p50_s, found.p99_s) == pytest.approx(np.quantile(waits, (0.5, 0.99)).tolist())
    assert found.max_s == pytest.approx(waits.max())
    assert found.delayed == pytest.approx((waits > 1e-6).mean())
    assert found.delayed > 0.05


def test_grids_are_their_bare_arithmetic() -> None:
    for by_kplan, bare in (bench_limits.use_grids(), bench_limits.wait_grids()):
        np.testing.assert_allclose(by_kplan(), bare(), rtol=1e-12)
