"""Of a trace its busiest hour is followed, as long as there is something in it."""

from __future__ import annotations

import numpy as np
import pytest

from kplan.capacity.bursts import busiest_hour


def test_of_a_long_trace_the_busiest_hour() -> None:
    """A call every 10 s for a day, and every 2 s in the hour from 09:30 on."""
    calm, busy = np.arange(0, 86_400, 10.0), np.arange(34_200, 37_800, 2.0)
    at_s = np.union1d(calm, busy)
    found = at_s[busiest_hour(at_s)]
    assert found == pytest.approx(busy)


@pytest.mark.parametrize("at_s", [np.arange(0, 3_500, 1.0), np.arange(0, 86_400, 60.0), np.zeros(500)])
def test_all_of_a_short_or_a_sparse_one(at_s: np.ndarray) -> None:
    assert busiest_hour(at_s) == slice(0, at_s.size)
