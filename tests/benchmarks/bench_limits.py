"""Calls of a trace at a provider's limits by kplan and by SimPy; the hour-of-week grid beside its arithmetic.

CPU time of one thread, minima of runs in turn. A trace of bursty calls with long-tailed tokens passes limits
on requests, input and output at once, in order, each call as soon as all three let it in. kplan says who
waits and how long, with percentiles. In SimPy each call is a process that holds the door, sleeps until the
tokens are there and takes them; it lists the waits. The grid is that of 5 stages with a limit each, 24 months
and the 168 hours of the week: how full each limit is, and the chance to wait for one of some slots.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from kplan.capacity.admission import Admission, admission
from kplan.capacity.buckets import Charges, Seconds, TokenBucket
from kplan.capacity.demand import Demand
from kplan.capacity.headroom import _Scene
from kplan.capacity.limit_files import limits_of
from kplan.capacity.queues.erlang import erlang_c
from kplan.capacity.week import global_consumer
from kplan.scenario.volume import Volume

CALLS, SIMPY_CALLS, RUNS = 200_000, 20_000, 5
STAGES, MONTHS, HOURS = 5, 24, 168
MOST = 3.0
"""Largest ratio of a grid to its bare arithmetic that is promised."""
LIMITS = """\
provider: test
counting: {calls: {measures: requests, counts: {request: 1}, kind: bucket, per: 60s, window: 60s}}
limits:
""" + "".join(f"  - {{models: [m{n}], calls: {1_000 * (n + 3)}}}\n" for n in range(STAGES))
SLOTS = np.array([8, 20, 40, 12, 64])
PEAK_FACTOR, TARGET, GROWTH = 1.5, 0.8, 1.03

Trace = tuple[Seconds, Sequence[Charges]]


def trace(n: int) -> Trace:
    """Bursts of gamma intervals, a call a second on average; each a request with input and output."""
    rng = np.random.default_rng(1)
    at_s = np.cumsum(rng.gamma(1 / 16, 16.0, n))
    return at_s, (np.ones(n), rng.lognormal(6.7, 0.9, n), rng.lognormal(5.0, 0.8, n))


def buckets(of: Trace) -> list[tuple[Charges, float, float]]:
    """Charges, refill a second and burst of each limit: a fifth above the mean, and a minute of it."""
    at_s, charges = of
    rates = [1.2 * float(each.sum() / at_s[-1]) for each in charges]
    return [(each, rate, 60 * rate) for each, rate in zip(charges, rates, strict=True)]


def with_kplan(of: Trace) -> Admission:
    """Who waits, and how long."""
    return admission(of[0], [TokenBucket(each, rate, burst / rate) for each, rate, burst in buckets(of)])


def with_simpy(of: Trace) -> Seconds:
    """The wait of each call [s]."""
    import simpy

    env = simpy.Environment()
    door = simpy.Resource(env, 1)
    limits = [(each.tolist(), rate, burst) for each, rate, burst in buckets(of)]
    level, filled_s = [burst for _, _, burst in limits], 0.0
    waits: list[float] = []

    def call(n: int) -> Generator[Any, Any, None]:
        nonlocal level, filled_s
        came = env.now
        with door.request() as turn:
            yield turn
            now = env.now
            lacks = 0.0
            for m, (charges, rate, burst) in enumerate(limits):
                level[m] = min(burst, level[m] + (now - filled_s) * rate)
                lacks = max(lacks, (charges[n] - level[m]) / rate)
            if lacks:
                yield env.timeout(lacks)
            filled_s = env.now
            level = [
                min(burst, has + lacks * rate) - charges[n]
                for has, (charges, rate, burst) in zip(level, limits, strict=True)
            ]
        waits.append(env.now - came)

    def arrivals() -> Generator[Any, Any, None]:
        for n, at_s in enumerate(of[0].tolist()):
            yield env.timeout(at_s - env.now)
            env.process(call(n))

    env.process(arrivals())
    env.run()
    return np.array(waits)


Grids = tuple[Callable[[], Sequence[Any]], Callable[[], Sequence[Any]]]
"""The same figures by kplan and by bare arithmetic."""


def use_grids() -> Grids:
    """Mean, peak and headroom of each limit by month; kplan also says when each is full."""
    limits = limits_of(LIMITS, "l.yaml").limits
    demands = [Demand(limit, Decimal(n + 1), {}) for n, limit in enumerate(limits)]
    months = [date(2027 + n // 12, n % 12 + 1, 1) for n in range(MONTHS)]
    rates, week = 5 * GROWTH ** np.arange(MONTHS), global_consumer()
    volume = Volume(queries_per_day=Decimal(432_000), growth_per_month=Decimal(str(GROWTH)) - 1)
    scene = _Scene(volume, months, rates, week, lambda _: PEAK_FACTOR, TARGET)
    capacity = [np.full(MONTHS, float(limit.per_second)) for limit in limits]
    per_query, lets_in = np.arange(1.0, STAGES + 1), np.stack(capacity)

    def by_kplan() -> Sequence[Any]:
        return [(use.mean, use.peak, use.headroom) for use in scene._uses(demands, capacity)]

    def bare() -> Sequence[Any]:
        hours = (per_query[:, None] * rates / lets_in)[:, :, None] * week
        peak = hours.max(axis=2) * PEAK_FACTOR
        return list(zip(hours.mean(axis=2), peak, TARGET / peak - 1, strict=True))

    return by_kplan, bare


def wait_grids() -> Grids:
    """The chance that a call waits for a slot in each hour of each month, shape (5, 24, 168)."""
    growth = GROWTH ** np.arange(MONTHS)
    slots = SLOTS[:, None, None]
    load = 0.4 * slots * growth[:, None] * global_consumer()

    def bare() -> Sequence[Any]:
        lost = np.ones(load.shape)
        for k in range(1, int(SLOTS.max()) + 1):
            lost = np.where(k <= slots, load * lost / (k + load * lost), lost)
        return np.where(load < slots, slots * lost / (slots - load * (1 - lost)), 1.0)

    return lambda: erlang_c(load, slots), bare


def cpu_s(work: Callable[[], object]) -> float:
    """CPU time [s]."""
    start = time.process_time()
    work()
    return time.process_time() - start


def least_s(works: Sequence[Callable[[], object]], runs: int) -> list[float]:
    """The least CPU time of each, run in turn [s]."""
    found = [math.inf] * len(works)
    for _ in range(runs):
        found = [min(least, cpu_s(work)) for least, work in zip(found, works, strict=True)]
    return found


def main() -> None:
    """Print each ratio with what it is made of."""
    many, few = trace(CALLS), trace(SIMPY_CALLS)
    own, other = least_s((lambda: with_kplan(many), lambda: with_simpy(few)), RUNS)
    other *= CALLS / SIMPY_CALLS
    print(f"{own:7.3f} s CPU  kplan, {CALLS:,} calls of a trace at three limits")
    print(f"{other:7.3f} s CPU  SimPy, from {SIMPY_CALLS:,}")
    print(f"SimPy / kplan, calls of a trace at three limits: {other / own:.0f}")
    for what, grids in (("full each limit is", use_grids()), ("likely a wait is", wait_grids())):
        own, bare = least_s(grids, 40 * RUNS)
        print(f"{1e3 * own:7.3f} ms CPU  hour-of-week grid: how {what}; {1e3 * bare:.3f} ms bare")
        print(f"grid / bare arithmetic: {own / bare:.2f} (promised: at most {MOST:.0f})")


if __name__ == "__main__":
    main()
