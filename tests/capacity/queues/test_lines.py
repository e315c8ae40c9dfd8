"""Waiting lines over arrays against loops that do what the words say, one call after the other."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.capacity.queues import lines
from kplan.capacity.queues.lines import Bucket, Servers, admitted, completions
from kplan.errors import KplanError


def counted(
    arrivals: list[Fraction], buckets: list[tuple[Fraction, Fraction, list[Fraction]]]
) -> list[Fraction]:
    """Tokens counted literally: full buckets, filled as time goes by, each call takes from all at once."""
    held, now, found = [burst for _, burst, _ in buckets], arrivals[0], []
    for n, came in enumerate(arrivals):

        def fill(until: Fraction) -> None:
            nonlocal now
            for j, (rate, burst, _) in enumerate(buckets):
                held[j] = min(burst, held[j] + rate * (until - now))
            now = until

        fill(max(now, came))
        lacking = [(charges[n] - held[j]) / rate for j, (rate, _, charges) in enumerate(buckets)]
        fill(now + max(0, *lacking))
        for j, (_, _, charges) in enumerate(buckets):
            held[j] -= charges[n]
        found.append(now)
    return found


AMOUNTS = st.integers(0, 40).map(lambda n: Fraction(n, 8))
CALLS = st.lists(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS), min_size=1, max_size=60)
SIZES = st.tuples(st.integers(1, 24).map(lambda n: Fraction(n, 4)), st.integers(5, 12).map(Fraction))


@settings(max_examples=300, deadline=None)
@given(CALLS, st.lists(SIZES, min_size=1, max_size=3), st.integers(1, 60), st.booleans())
def test_buckets_admit_when_a_loop_that_counts_tokens_does(
    calls: list[tuple[Fraction, ...]], sizes: list[tuple[Fraction, Fraction]], cut: int, one_by_one: bool
) -> None:
    """One to three buckets, in two blocks, by sweeps or call by call."""
    arrivals = list(np.cumsum([call[0] for call in calls]))
    charges = [[call[j + 1] for call in calls] for j in range(len(sizes))]
    expected = counted(arrivals, [(*size, charge) for size, charge in zip(sizes, charges, strict=True)])
    buckets = [Bucket(float(rate), float(burst)) for rate, burst in sizes]
    times, tokens = np.array(arrivals, float), [np.array(charge, float) for charge in charges]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_MOST_SWEEPS", 0 if one_by_one else 60)
        found = [
            admitted(buckets, times[part], [charge[part] for charge in tokens])
            for part in (slice(None, cut), slice(cut, None))
        ]
    assert np.concatenate(found) == pytest.approx(np.array(expected, float), abs=1e-9)


def test_a_charge_that_no_full_bucket_holds_is_refused_and_one_that_just_fits_is_not() -> None:
    assert admitted([Bucket(1.0, 5.0)], np.zeros(1), [np.array([5.0])]).tolist() == [0.0]
    with pytest.raises(KplanError, match="1 of 2 calls charge more than a burst of 5 holds"):
        admitted([Bucket(1.0, 5.0)], np.zeros(2), [np.array([5.0, 5.001])])
    for rate, burst in ((0.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (float("inf"), 1.0), (float("nan"), 1.0)):
        with pytest.raises(KplanError, match="have to be above 0"):
            Bucket(rate, burst)


@pytest.mark.parametrize("servers", [1, 2, 3, 8, None])
def test_servers_take_the_next_call_when_one_is_free(servers: int | None) -> None:
    """Every free time listed, no heap: in blocks of any size, with times counted anew after each."""
    rng = np.random.default_rng(5)
    arrivals, service = np.cumsum(rng.exponential(0.3, 400)), rng.gamma(0.7, 1.0, 400)
    free, expected = [0.0] * (servers or 400), []
    for came, time_s in zip(arrivals, service, strict=True):
        first = int(np.argmin(free))
        expected.append(max(came, free[first]))
        free[first] = expected[-1] + time_s
    line, found, start = Servers(servers), [], 0.0
    for part in np.split(np.arange(400), [1, 7, 7, 300]):
        found.append(line.start(arrivals[part] - start, service[part]) + start)
        end = arrivals[part[-1]] if part.size else start
        line.shift(end - start)
        start = end
    assert np.concatenate(found) == pytest.approx(np.array(expected), abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=50), AMOUNTS)
def test_lindley_without_a_loop(calls: list[tuple[Fraction, Fraction]], free_at: Fraction) -> None:
    arrivals, work = np.cumsum([gap for gap, _ in calls]), [time for _, time in calls]
    end, expected = free_at, []
    for came, time in zip(arrivals, work, strict=True):
        end = max(end, came) + time
        expected.append(float(end))
    found = completions(np.array(arrivals, float), np.array(work, float), float(free_at))
    assert found == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=50), st.integers(1, 6))
def test_one_server_more_makes_nobody_wait_longer(
    calls: list[tuple[Fraction, Fraction]], servers: int
) -> None:
    arrivals = np.cumsum(np.array([gap for gap, _ in calls], float))
    service = np.array([time for _, time in calls], float)
    fewer, more = (Servers(n).start(arrivals, service) for n in (servers, servers + 1))
    assert (more <= fewer + 1e-9).all()
