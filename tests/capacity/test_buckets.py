"""Admissions at limits, held against loops that count tokens literally."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.capacity.admission import admission, bisected, mean_per_s, smallest_rate
from kplan.capacity.buckets import FixedWindow, Reservations, TokenBucket, let_in
from kplan.capacity.refusals import refused
from kplan.errors import KplanError

TIMES = st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=60)


def array(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def counted(
    at_s: np.ndarray, buckets: list[tuple[np.ndarray, float, float]]
) -> tuple[np.ndarray, list[float]]:
    """Let calls in one by one, holding the tokens of every bucket as a number."""
    level = [burst for _, _, burst in buckets]
    now, found = 0.0, []
    for n, came in enumerate(at_s):
        start = max(now, came)
        need = [
            max(0.0, charges[n] - min(burst, has + (start - now) * rate)) / rate
            for (charges, rate, burst), has in zip(buckets, level, strict=True)
        ]
        start += max(need)
        level = [
            min(burst, has + (start - now) * rate) - charges[n]
            for (charges, rate, burst), has in zip(buckets, level, strict=True)
        ]
        now = start
        found.append(start)
    return np.array(found), level


@settings(max_examples=80, deadline=None)
@given(TIMES, st.lists(st.integers(1, 50), min_size=60, max_size=60), st.floats(5, 200), st.floats(1, 4))
def test_a_bucket_is_the_loop_that_counts_tokens(
    times: list[float], charges: list[int], rate: float, window: float
) -> None:
    at, k = np.sort(times), np.array(charges[: len(times)], np.float64)
    k = np.minimum(k, rate * window)
    expected, _ = counted(at, [(k, rate, rate * window)])
    assert TokenBucket(k, rate, window)(at) == pytest.approx(expected, abs=1e-8)


@settings(max_examples=60, deadline=None)
@given(
    TIMES,
    st.lists(st.integers(1, 40), min_size=60, max_size=60),
    st.lists(st.integers(1, 40), min_size=60, max_size=60),
    st.floats(20, 200),
    st.floats(20, 200),
)
def test_several_buckets_at_once_are_the_joint_loop(
    times: list[float], one: list[int], two: list[int], rate: float, other: float
) -> None:
    """Requests, input and output at once: what one limit holds back is held back from all."""
    at, n = np.sort(times), len(times)
    parts = [
        (np.ones(n), 8.0, 16.0),
        (np.array(one[:n], np.float64), rate, rate * 2),
        (np.array(two[:n], np.float64), other, other * 3),
    ]
    expected, _ = counted(at, parts)
    buckets = [TokenBucket(k, rate, burst / rate) for k, rate, burst in parts]
    assert let_in(at, buckets) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("n", [1, 16_384, 16_385, 40_000])
def test_nearly_full_limits_that_hand_the_delay_to_and_fro_for_hours(n: int) -> None:
    """At 95% of three limits which of them binds changes hundreds of times: no number of sweeps suffices."""
    rng = np.random.default_rng(1)
    at = np.cumsum(rng.gamma(0.25, 4.0, n))
    charges = (np.ones(n), rng.lognormal(6.7, 0.9, n), rng.lognormal(5.0, 0.8, n))
    rates = [1.05 * float(each.mean()) for each in charges]
    most = [60 * rate for rate in rates]
    parts = [(np.minimum(k, b), rate, b) for k, b, rate in zip(charges, most, rates, strict=True)]
    expected, _ = counted(at, parts)
    found = let_in(at, [TokenBucket(k, rate, 60.0) for k, rate, _ in parts])
    assert found == pytest.approx(expected, abs=1e-6)
    assert n < 9 or (expected - at).max() > 60


def test_a_call_that_is_larger_than_a_bucket_is_let_in_when_it_is_full() -> None:
    """10 a second, 20 at most: 50 at 0 s leave a debt of 30, and a call of 10 is let in when it is paid.

    At another limit too, where it is held back until 2 s, and at both at once.
    """
    large = TokenBucket(array(50, 10), 10.0, 2.0)
    assert large(array(0, 0)).tolist() == pytest.approx([0, 4])
    assert TokenBucket(array(5, 50), 10.0, 2.0)(array(0, 0)).tolist() == pytest.approx([0, 0.5])
    late = FixedWindow(array(1, 1), 1, 2.0)
    for limits in ([large, TokenBucket(array(1, 1), 0.2, 5.0)], [late, large]):
        found = let_in(array(0, 0), limits)
        assert found.tolist() == pytest.approx([0, 5] if limits[0] is large else [0, 4])


@settings(max_examples=60, deadline=None)
@given(TIMES, st.lists(st.integers(1, 10), min_size=60, max_size=60), st.integers(10, 40))
def test_a_fixed_window_is_the_loop_that_counts_by_window(
    times: list[float], charges: list[int], most: int
) -> None:
    at, k = np.sort(times), np.array(charges[: len(times)], np.float64)
    window, counter, expected = -1, 0.0, []
    for came, charge in zip(at, k, strict=True):
        if int(came) > window:
            window, counter = int(came), 0.0
        if counter + charge > most:
            window, counter = window + 1, 0.0
        counter += charge
        expected.append(max(came, float(window)))
    assert FixedWindow(k, most, 1.0)(at) == pytest.approx(np.array(expected), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(TIMES, st.lists(st.integers(1, 30), min_size=60, max_size=60), st.floats(40, 200))
def test_reservations_that_settle_at_what_they_took_are_a_plain_bucket(
    times: list[float], charges: list[int], rate: float
) -> None:
    at, k = np.sort(times), np.array(charges[: len(times)], np.float64)
    reserved = Reservations(k, k, np.full(len(k), 0.7), rate, 1.0)
    assert reserved(at) == pytest.approx(TokenBucket(k, rate, 1.0)(at), abs=1e-8)


def test_a_refund_lets_the_next_call_in_when_the_first_one_ends() -> None:
    """600 a minute, 60 s of burst: two calls that reserve 600 and settle at 100, the first lasting 2 s.

    At 2 s, 20 have come in and 500 come back: the second waits until 8 s, when 60 more have come in.
    Without the refund it would wait for the whole 600: until 60 s.
    """
    reserved = Reservations(array(600, 580), array(100, 100), array(2, 2), 10.0, 60.0)
    assert reserved(array(0, 0)).tolist() == pytest.approx([0, 8])
    whole = Reservations(array(600, 580), array(600, 580), array(2, 2), 10.0, 60.0)
    assert whole(array(0, 0)).tolist() == pytest.approx([0, 58])


def test_a_settlement_above_the_reserve_is_taken_later() -> None:
    """Bedrock at 5x: 100 reserved, 400 settled 1 s later leaves 600 - 400 + 10 for a call of 300 at 1 s."""
    reserved = Reservations(array(100, 300), array(400, 300), array(1, 1), 10.0, 60.0)
    assert reserved(array(0, 1)).tolist() == pytest.approx([0, 10])


def test_refused_calls_are_charged_only_where_the_provider_says_so() -> None:
    """One call a second: of three at 0 s, one is let in; the one at 1 s is, unless the refused ones count."""
    at, ones = array(0, 0, 0, 0.5, 1.0), np.ones(5)
    assert refused(at, TokenBucket(ones, 1.0, 1.0)).tolist() == [False, True, True, True, False]
    counting = refused(at, TokenBucket(ones, 1.0, 1.0), counts_refused=True)
    assert counting.tolist() == [False, True, True, True, True]


def test_windows_refuse_what_does_not_fit_until_they_end() -> None:
    """Ten a window of 1 s: 6, then 5 too many, 4 that fit, and a new window; counted, 4 do not fit either."""
    at, k = array(0.1, 0.2, 0.3, 1.0), array(6, 5, 4, 10)
    assert refused(at, FixedWindow(k, 10, 1.0)).tolist() == [False, True, False, False]
    counting = refused(at, FixedWindow(k, 10, 1.0), counts_refused=True)
    assert counting.tolist() == [False, True, True, False]


@settings(max_examples=60, deadline=None)
@given(TIMES, st.lists(st.integers(1, 9), min_size=60, max_size=60))
def test_two_windows_at_once_are_the_joint_loop(times: list[float], charges: list[int]) -> None:
    """As on Azure: tokens by the long window, requests by the short one, both at the same instant."""
    at, k = np.sort(times), np.array(charges[: len(times)], np.float64)
    limits = [FixedWindow(k, 20, 2.0), FixedWindow(np.ones(len(k)), 3, 0.5)]
    used: list[dict[int, float]] = [{}, {}]
    now, expected = 0.0, []
    for n, came in enumerate(at):
        now = max(now, came)
        while any(
            window.get(int(now // limit.window_s), 0.0) + limit.charges[n] > limit.most
            for window, limit in zip(used, limits, strict=True)
        ):
            now = (now // 0.5 + 1) * 0.5
        for window, limit in zip(used, limits, strict=True):
            number = int(now // limit.window_s)
            window[number] = window.get(number, 0.0) + limit.charges[n]
        expected.append(now)
    assert let_in(at, limits) == pytest.approx(np.array(expected), abs=1e-9)


def test_what_is_larger_than_the_limit_is_counted_or_refused() -> None:
    at, k = array(0, 1), array(50, 70)
    assert TokenBucket(k, 60, 1).n_oversized == 1
    with pytest.raises(KplanError, match="1 calls count more than the 60 that a window of 1 s allows"):
        FixedWindow(k, 60, 1.0)(at)
    assert FixedWindow(k, 70, 1.0)(at).tolist() == [0, 1]
    with pytest.raises(KplanError, match="1 calls reserve more than the 60"):
        Reservations(array(60, 70), k, array(1, 1), 60, 1.0)(at)


def test_delays_of_a_trace_by_hand() -> None:
    """60 requests a minute, one a second: three at once wait 0, 1 and 2 s."""
    found = admission(array(0, 0, 0), [TokenBucket(np.ones(3), 1.0, 1.0)])
    assert (found.n_calls, found.delayed, found.p50_s, found.max_s) == (3, pytest.approx(2 / 3), 1.0, 2.0)
    assert found.engine == "discrete-event on a trace"


def test_the_smallest_rate_is_at_the_edge() -> None:
    rng = np.random.default_rng(1)
    at = np.cumsum(rng.gamma(0.1, 10.0, 5_000))
    ones = np.ones(len(at))
    rate = smallest_rate(at, ones, 10.0)
    for factor, does in ((1.0, True), (0.999, False)):
        wait = TokenBucket(ones, rate * factor, 10.0)(at) - at
        assert (np.quantile(wait, 0.99) <= 1.0) is np.bool_(does)
    assert rate > mean_per_s(at, ones)


def test_bad_traces() -> None:
    bucket = TokenBucket(np.ones(2), 1.0, 1.0)
    with pytest.raises(KplanError, match="without calls"):
        admission(array(), [bucket])
    with pytest.raises(KplanError, match="order"):
        admission(array(2, 1), [bucket])
    with pytest.raises(KplanError, match="no duration"):
        mean_per_s(array(1), array(1))
    with pytest.raises(KplanError, match="no size"):
        bisected(lambda _: False, 1.0)
