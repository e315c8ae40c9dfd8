"""Bursts of a trace at a limit that a design fills: the waits of pairs of calls, by hand."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from kplan.capacity.delays import Delays, delays
from kplan.capacity.demand import Demand
from kplan.capacity.headroom import Use
from kplan.capacity.limit_files import limits_of
from kplan.capacity.trace import Trace

LIMITS = """\
provider: test
counting:
  calls: {measures: requests, counts: {request: 1}, kind: bucket, per: 60s, window: 5s}
  out: {measures: output, counts: {output: 1}, kind: bucket, per: 60s, window: 60s}
  flying: {measures: concurrency, counts: {request: 1}, kind: level}
limits:
  - {models: [sonnet], calls: 1_234, out: 60_000, flying: 5}
"""


def pairs(n: int = 11, apart_s: float = 10.0) -> Trace:
    """Two calls at once, every 10 seconds."""
    at_s = np.repeat(np.arange(n) * apart_s, 2)
    return Trace("t.csv", at_s, None, {}, np.arange(2 * n), 2 * n, (), ())


def found(mean: float, counting: str = "calls", trace: Trace | None = None, quiet: float = 1.0) -> Delays:
    limits = limits_of(LIMITS, "l.yaml").limits
    limit = next(each for each in limits if each.counting.name == counting)
    hours = np.full((2, 168), mean)
    hours[:, 84:] *= quiet
    use = Use(Demand(limit, Decimal(1), {}), hours, 1.0, 1.0, "", 0.0, hours.max(axis=1))
    return delays(use, trace or pairs(), 1, "2027-02")


def test_every_second_call_waits() -> None:
    """22 calls in 100 s fill nine tenths: 0.2444 a second, 5 s hold 1.222; the second waits 2 / r - 5 s."""
    fared = found(0.9)
    assert fared.found is not None
    assert (fared.month, fared.use, fared.why) == ("2027-02", 0.9, "")
    assert fared.found.delayed == pytest.approx(0.5)
    assert fared.found.max_s == pytest.approx(2 * 0.9 / 0.22 - 5)
    assert fared.found.engine == "discrete-event on a trace"


@pytest.mark.parametrize(("mean", "delayed"), [(0.549, 0.0), (0.551, 0.5)])
def test_a_bucket_that_just_holds_a_pair(mean: float, delayed: float) -> None:
    """5 s hold two calls up to 5 x 0.22 / u = 2, which is u = 0.55, however large the limit is."""
    fared = found(mean).found
    assert fared is not None
    assert fared.delayed == delayed


def test_a_trace_of_a_week_is_held_to_the_mean_of_the_week() -> None:
    week = pairs(8, 86_400.0)
    assert found(0.9, quiet=0.5).use == 0.9
    assert found(0.9, quiet=0.5, trace=week).use == pytest.approx(0.675)


@pytest.mark.parametrize("mean", [1.0, 1.3])
def test_more_than_the_limit_lets_in_is_unstable(mean: float) -> None:
    fared = found(mean)
    assert fared.found is None
    assert fared.why.startswith("unstable: more comes than the limit lets in")


def test_what_is_not_known_is_said() -> None:
    assert found(0.5, "out").why == "test sonnet out counts output, which the trace does not say"
    assert found(0.5, "flying").why.startswith("test sonnet flying limits what is there at once")
    assert found(0.0).why == "the calls take nothing of test sonnet calls"
