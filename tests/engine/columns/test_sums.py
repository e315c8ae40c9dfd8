"""Sums of counts by price cell: exact beyond what float64 and int64 hold."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kplan.engine.columns.sums import Sums, sums_by

MOST = 2**53 - 1


@given(
    st.lists(st.tuples(st.integers(0, 3), st.one_of(st.integers(0, 9), st.integers(0, MOST))), max_size=40)
)
def test_sums_by_are_those_of_whole_numbers(calls: list[tuple[int, int]]) -> None:
    columns = np.array([column for column, _ in calls], dtype=np.intp)
    found = sums_by(columns, np.array([float(count) for _, count in calls]), 4)
    assert found.tolist() == [sum(n for at, n in calls if at == column) for column in range(4)]


def test_the_last_sum_that_float64_adds_exactly_and_the_first_that_it_does_not() -> None:
    for counts in ([2**51, 2**51 - 1, 1], [2**52, 2**52 - 1, 1], [MOST, MOST, 1]):
        column = np.zeros(3, np.intp)
        assert sums_by(column, np.array(counts, dtype=float), 1).tolist() == [sum(counts)]


def test_blocks_are_carried_before_int64_is_full() -> None:
    sums = Sums(2)
    for n in range(1, 2001):
        sums.add(0, np.array([MOST]))
        sums.add(1, np.array([n, 2 * n]))
    sums.add(0, np.array([0, 0, 2**80], dtype=object))
    assert 2000 * MOST > 2**63
    assert sums.totals().tolist() == [[2000 * MOST, 0, 2**80], [2001000, 4002000, 0]]
