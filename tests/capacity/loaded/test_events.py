"""The event engine against the array engines that it must agree with, and against what never may happen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kplan.capacity.buckets import FixedWindow, Reservations, TokenBucket, let_in
from kplan.capacity.limits import LEVEL, WINDOW
from kplan.capacity.loaded.events import Network
from kplan.capacity.loaded.runs import Run, run
from kplan.capacity.loaded.stations import Stations
from kplan.capacity.loaded.tracks import AMOUNTS, NONE, Tracks
from kplan.capacity.queues.balance import OutOfBalanceError
from kplan.money import ONE

from .made import CALLER, gate, limit, network, step, tandem

SEEDS = st.integers(0, 2**32)


def arrivals(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.sort(rng.random(n) * n)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 80), st.sampled_from([1.0, 3.0, 20.0]))
def test_one_station_behind_buckets_is_let_in_as_by_arrays(seed: int, n: int, window_s: float) -> None:
    """Two buckets at once, charges of all sizes: the same moments as the sweeps over arrays find."""
    rng = np.random.default_rng(seed)
    at_s, tracks = arrivals(rng, n), tandem([rng.random(n)])
    charges = [rng.random(n), np.ones(n)]
    limits = [limit(1.1, window_s=window_s), limit(1.05, window_s=5.0)]
    gates = [gate(each, step(tracks, 1), own) for each, own in zip(limits, charges, strict=True)]
    begun, _ = network(tracks, [gates]).run(at_s)
    rules = [TokenBucket(charges[0], 1.1, window_s), TokenBucket(charges[1], 1.05, 5.0)]
    assert begun[n:] == pytest.approx(let_in(at_s, rules), abs=1e-8)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 80))
def test_a_window_lets_in_as_by_arrays(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    at_s, tracks, charges = arrivals(rng, n), tandem([rng.random(n)]), 1 + rng.random(n)
    held = limit(1.2, window_s=5.0, kind=WINDOW)
    begun, _ = network(tracks, [[gate(held, step(tracks, 1), charges)]]).run(at_s)
    assert begun[n:] == pytest.approx(FixedWindow(charges, 6.0, 5.0)(at_s), abs=1e-8)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 80))
def test_reservations_come_back_as_by_the_engine_for_traces(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    at_s, lasts_s = arrivals(rng, n), rng.random(n) * 4
    tracks, reserves, settlements = tandem([lasts_s]), 1 + rng.random(n), rng.random(n)
    held = limit(1.0, window_s=3.0)
    held = replace(held, counting=replace(held.counting, settles={"request": ONE}))
    begun, _ = network(tracks, [[gate(held, step(tracks, 1), reserves, settlements)]]).run(at_s)
    exact = Reservations(reserves, settlements, lasts_s, 1.0, 3.0)(at_s)
    assert begun[n:] == pytest.approx(exact, abs=1e-8)


def test_a_call_larger_than_the_bucket_waits_until_that_is_full() -> None:
    """3 units of a bucket of 1 that gets 1 a second: at once, and the next one when the debt of 2 is paid."""
    tracks = tandem([np.zeros(3)])
    held = gate(limit(1.0), step(tracks, 1), np.array([3.0, 1.0, 3.0]))
    begun, _ = network(tracks, [[held]]).run(np.zeros(3))
    assert begun[3:].tolist() == [0, 3, 4]


def test_stations_share_a_pool() -> None:
    """1 a second and no burst: calls of two stations at 0, 0, 0.5, 0.5 s begin a second after one another."""
    tracks = tandem([np.full(4, 0.1)])
    nodes = step(tracks, 1)
    held = gate(limit(1.0), nodes)
    station = np.full(8, NONE)
    station[nodes] = [0, 1, 0, 1]
    begun, _ = Network(Stations(tracks, station, (held,), 2)).run(np.array([0.0, 0.0, 0.5, 0.5]))
    assert sorted(begun[4:].tolist()) == [0, 1, 2, 3]


def test_a_line_does_not_hold_up_another_station() -> None:
    """Behind a full limit of its own one model waits; the other, in the same pool, does not."""
    tracks = tandem([np.full(4, 0.1)])
    nodes = step(tracks, 1)
    shared, own = gate(limit(1.0, window_s=100.0), nodes), gate(limit(0.1, window_s=10.0), nodes[:2])
    station = np.full(8, NONE)
    station[nodes] = [0, 0, 1, 1]
    begun, _ = Network(Stations(tracks, station, (shared, own), 2)).run(np.array([0.0, 0.0, 1.0, 2.0]))
    assert begun[4:].tolist() == [0, 10, 1, 2]


@pytest.mark.parametrize("arms_s", [(1.0, 3.0), (3.0, 1.0)])
def test_calls_at_once_meet_again(arms_s: tuple[float, float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls of 1 s and 3 s at once, in either order, then one of 1 s: 4 s; behind one slot 5 s."""
    tracks = Tracks(
        n=1,
        before=np.array([NONE, 0, 0, 1, 3]),
        beside=np.array([NONE, NONE, NONE, 2, NONE]),
        takes_s=np.array([0.0, *arms_s, 0.0, 1.0]),
        caller=np.array([NONE, 0, 0, NONE, 0]),
        amounts={name: np.zeros(5) for name in AMOUNTS},
        callers=(CALLER,),
        last=np.array([4]),
        query=np.zeros(5, np.int64),
        blocks=((1, 3), (3, 4), (4, 5)),
    )

    def ends_s(slots: int) -> list[float]:
        held = gate(limit(slots, kind=LEVEL), np.array([1, 2, 4]))
        return network(tracks, [[held]]).run(np.array([10.0]))[1].tolist()

    one, other = arms_s
    assert ends_s(1) == [10, 10 + one, 14, 14, 15]
    assert ends_s(2) == [10, 10 + one, 10 + other, 13, 14]
    monkeypatch.setattr("kplan.capacity.loaded.stations.Gate.lets_all_in", lambda *_: False)
    assert ends_s(2) == [10, 10 + one, 10 + other, 13, 14]


@pytest.mark.parametrize("slots", [30, 100])
def test_nobody_waits_or_the_clock_runs_it_is_the_same(slots: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The short cut for loads without any wait gives what the events give."""
    rng = np.random.default_rng(1)
    tracks = tandem([rng.random(200), rng.random(200)])
    at_s = arrivals(rng, 200)
    made = network(tracks, [[gate(limit(slots, kind=LEVEL), np.arange(200, 600))]])
    begun, ends = made.run(at_s)
    is_short = all(
        each.lets_all_in(begun[each.calls], tracks.takes_s[each.calls]) for each in made.stations.gates
    )
    assert is_short
    monkeypatch.setattr("kplan.capacity.loaded.stations.Gate.lets_all_in", lambda *_: False)
    again, over = made.run(at_s)
    assert again == pytest.approx(begun, abs=1e-9)
    assert over == pytest.approx(ends, abs=1e-9)


def test_a_long_chain_without_limits_is_no_recursion() -> None:
    tracks = tandem([np.ones(2)] * 3_000)
    held = gate(limit(1, kind=LEVEL), step(tracks, 3_000))
    _, ends = network(tracks, [[held]]).run(np.array([0.0, 0.0]))
    assert sorted(ends[tracks.last].tolist()) == [3_000, 3_001]


def test_littles_law_is_checked() -> None:
    """A run that lost a second of one query, or began a call too early, is refused."""
    rng = np.random.default_rng(1)
    tracks = tandem([rng.random(50), rng.random(50)])
    good = run(network(tracks, []), np.arange(50.0), 1.0, is_whole=True)
    good.point()
    ends = good.ends_s.copy()
    ends[tracks.last[7]] = np.nan
    with pytest.raises(OutOfBalanceError):
        Run(good.network, 1.0, good.begun_s, ends, good.counted).point()
    begun = good.begun_s.copy()
    begun[120] -= 0.5
    with pytest.raises(OutOfBalanceError, match="before what comes before"):
        Run(good.network, 1.0, begun, good.ends_s, good.counted).point()


def test_calls_that_come_to_more_than_their_reserve_fill_the_limit() -> None:
    """Half of a unit reserved, two settled, one call a second: of a limit of 1 a second that is too much."""
    at_s, tracks, twos = np.arange(60.0), tandem([np.full(60, 0.1)]), np.full(60, 2.0)
    held = limit(1.0, window_s=3.0)
    held = replace(held, counting=replace(held.counting, settles={"request": ONE}))
    begun, _ = network(tracks, [[gate(held, step(tracks, 1), twos / 4, twos)]]).run(at_s)
    as_traced = Reservations(twos / 4, twos, np.full(60, 0.1), 1.0, 3.0)(at_s)
    assert begun[60:] == pytest.approx(as_traced)
    assert begun[-1] - at_s[-1] > 50


@pytest.mark.parametrize("is_window", [False, True])
def test_lines_that_wait_for_the_same_moment_take_turns(is_window: bool) -> None:
    """Two models of one pool, calls that count alike: whoever has come first begins first, as in one line."""
    rng, ones = np.random.default_rng(4), np.ones(400)
    tracks, born = tandem([np.full(400, 0.1)]), np.sort(rng.uniform(0, 300, 400))
    calls = step(tracks, 1)
    station = np.full(len(tracks.before), NONE)
    station[calls] = rng.integers(0, 2, 400)
    held = gate(limit(1.0, window_s=3.0, **({"kind": WINDOW} if is_window else {})), calls)
    begun, _ = Network(Stations(tracks, station, (held,), 2)).run(born)
    as_one = FixedWindow(ones, 3.0, 3.0) if is_window else TokenBucket(ones, 1.0, 3.0)
    assert begun[calls] == pytest.approx(as_one(born))
    assert (begun[calls] - born).max() > 10
