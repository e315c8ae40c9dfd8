"""Every way of a query: its distribution of cost, and where the ways are too many."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from flows import Both, both
from kplan.engine.flow.ways import Sent
from kplan.errors import KplanError

RETRY = "stages: {r: {kind: retry, failure: 20%, attempts: 3, stages: {a: {input: 10, output: 1}}}}"


def price(sent: Sent) -> Fraction:
    """1 for a token of input, 5 for one of output."""
    return sent.usage["input"] + 5 * sent.usage["output"]


def test_the_distribution_of_cost(tmp_path: Path) -> None:
    """15, 30 or 45 for one, two or three attempts: .8, .16 and what is left."""
    brute = both(tmp_path, RETRY).brute()
    assert brute.costs(price) == {15: Fraction(8, 10), 30: Fraction(16, 100), 45: Fraction(4, 100)}
    assert brute.stopped == Fraction(8, 1_000)


def test_its_mean_is_the_expected_cost(tmp_path: Path) -> None:
    """Also where some of an attempt is billed, and where turns depend on each other."""
    text = """
stages:
  l:
    kind: loop
    stop: 25%
    most: 4
    context: 50
    stages:
      r: {kind: retry, failure: 10%, attempts: 2, bills: 50%, stages: {a: {input: 10, output: 1}}}
      b: {input: 7, output: 2, chance: 30%}
"""
    found = both(tmp_path, text)
    units, costs = found.units(), found.brute().costs(price)
    expected = sum(n * (1 if meter == "input" else 5) for (_, _, meter), n in units.items())
    assert sum(costs.values()) == 1
    assert sum(cost * chance for cost, chance in costs.items()) == expected
    assert len(costs) > 20


def test_too_many_ways_are_refused(tmp_path: Path) -> None:
    """One step fewer than there are is an error that says what can be enumerated."""
    found = both(tmp_path, RETRY)
    steps = next(n for n in range(1, 100) if _is_enough(found, n))
    assert found.brute(steps).visits() == found.visits()
    with pytest.raises(KplanError, match=f"more than {steps - 1} steps over all ways: only small flows"):
        found.brute(steps - 1)


def _is_enough(found: Both, n: int) -> bool:
    try:
        found.brute(n)
    except KplanError:
        return False
    return True
