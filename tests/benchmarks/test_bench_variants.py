"""The bench of variants compares like with like, and stays within the memory it promises."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.bench_variants import by_hand, by_kplan, peak_mb, plan_and_values


def test_both_ways_give_the_same_totals() -> None:
    plan, values = plan_and_values()
    np.testing.assert_allclose(by_kplan(plan, values), by_hand(values), rtol=1e-12)


@pytest.mark.slow
def test_the_arrays_stay_under_500_mb() -> None:
    assert peak_mb("b.by_kplan(p, v)") < 500
