"""Erlang's formulas against his own sums in Fractions, published values, and the laws they keep."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.capacity.queues.erlang import erlang_b, erlang_c

from . import exact

CASES = [
    (Fraction(1, 2), 1),
    (Fraction(4, 5), 1),
    (Fraction(32, 5), 8),
    (Fraction(79, 10), 8),
    (Fraction(36), 40),
    (Fraction(299), 300),
    (Fraction(1, 1000), 3),
]


@pytest.mark.parametrize(("load", "servers"), CASES)
def test_recursions_give_the_sums(load: Fraction, servers: int) -> None:
    assert float(erlang_b(float(load), servers)) == pytest.approx(
        float(exact.erlang_b(load, servers)), rel=1e-12
    )
    assert float(erlang_c(float(load), servers)) == pytest.approx(
        float(exact.erlang_c(load, servers)), rel=1e-11
    )


def test_many_queues_at_once_give_what_each_gives_alone() -> None:
    """A week of hours for several sizes, in no order."""
    rng = np.random.default_rng(3)
    servers = rng.integers(1, 300, (5, 168))
    load = servers * rng.uniform(0.01, 1.3, (5, 168))
    for formula in (erlang_b, erlang_c):
        alone = [float(formula(a, int(c))) for a, c in zip(load.ravel(), servers.ravel(), strict=True)]
        assert formula(load, servers) == pytest.approx(np.reshape(alone, load.shape), rel=1e-12)


def test_one_load_is_held_against_many_sizes() -> None:
    assert erlang_b(2.0, np.arange(4)) == pytest.approx([1, 2 / 3, 2 / 5, 4 / 19])


def test_published_values() -> None:
    """Erlang B tables: 1 % are lost at 4.461 erlang on 10 lines and at 84.06 on 100 (ITU-T, Handbook
    Teletraffic Engineering, table of the B formula). Erlang C: of two servers, a^2 / (2 + a) is the share
    that waits: 1/3 at a = 1, 1/6 at a = 2/3."""
    assert erlang_b(4.461, 10) <= 0.01 < erlang_b(4.462, 10)
    assert erlang_b(84.06, 100) <= 0.01 < erlang_b(84.07, 100)
    assert erlang_c(np.array([1, 2 / 3]), 2) == pytest.approx([1 / 3, 1 / 6])


def test_boundaries() -> None:
    assert erlang_b(np.array([0.0, 0.0, 5.0]), np.array([0, 1, 0])).tolist() == [1, 0, 1]
    assert erlang_c(np.array([7.999999, 8.0, 9.0]), 8).tolist()[1:] == [1, 1]
    assert erlang_c(7.999999, 8) < 1
    assert erlang_b(np.zeros(0), 3).size == 0


def test_a_hundred_thousand_servers_are_stable() -> None:
    """Where the load is as large, B tends to sqrt(2 / (pi c)), by Stirling's formula."""
    assert float(erlang_b(100_000, 100_000)) == pytest.approx(np.sqrt(2 / np.pi / 100_000), rel=0.01)


@settings(deadline=None)
@given(st.floats(0.01, 200), st.integers(1, 200))
def test_more_servers_lose_and_hold_fewer(load: float, servers: int) -> None:
    fewer, more = np.array([servers, servers + 1]), slice(None)
    lost, waiting = erlang_b(load, fewer), erlang_c(load, fewer)
    assert lost[1] <= lost[0]
    assert waiting[1] <= waiting[0]
    assert (lost[more] <= waiting[more]).all()
