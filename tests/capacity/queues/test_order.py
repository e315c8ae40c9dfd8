"""Times are sorted as a stable sort sorts them, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from kplan.capacity.queues.order import in_order
from kplan.form.arrays import Array

RNG = np.random.default_rng(5)
CAME = np.cumsum(RNG.exponential(1.0, 5_000))
TIMES = {
    "none": np.zeros(0),
    "one": np.array([3.0]),
    "ascending": CAME,
    "after service": CAME + RNG.exponential(3.0, CAME.size),
    "at full seconds": np.floor(CAME + RNG.exponential(3.0, CAME.size)),
    "all the same": np.full(100, 7.0),
    "descending": CAME[::-1],
    "alike in all but the last bits": 1.0 + np.spacing(1.0) * RNG.integers(0, 50, 1_000),
    "before 0": RNG.normal(0.0, 10.0, 1_000),
    "endless": np.array([2.0, np.inf, 0.0, 1.0, np.inf]),
}


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES.keys())
def test_the_order_is_that_of_a_stable_sort(times: Array) -> None:
    order = np.argsort(times, kind="stable")
    found, beside = in_order(times.copy(), np.arange(times.size, dtype=np.float64))
    np.testing.assert_array_equal(found, times[order])
    np.testing.assert_array_equal(beside, order)
