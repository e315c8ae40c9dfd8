"""Queues simulated by kplan, by SimPy and by Ciw: the same five stages with token buckets, in one run.

CPU time of one thread, minima of runs in turn, since what else runs on a machine only ever adds. All give the
mean time that queries stay, and at each stage how long 95 % of the calls wait and stay at most; kplan checks
Little's law besides. Ciw has no token bucket: a server that takes 1 / rate for each call stands in its place,
which paces calls as a bucket without a burst does. The others are run with fewer arrivals, and their time
told for as many. The second comparison leaves the servers away: the calls of a trace pass the limits alone.
"""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kplan.capacity.queues.laws import Law
from kplan.capacity.queues.network import Limit, Network, Station, Step
from kplan.capacity.queues.simulation import replay, simulate

QUERIES, SIMPY_QUERIES, CIW_QUERIES = 200_000, 40_000, 10_000
RUNS = 3
LIMITS, ALONE_LIMITS = {"SimPy": 38.0, "Ciw": 250.0}, {"SimPy": 150.0}
"""Smallest ratios that are promised."""
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
MOST_BYTES = 200 << 20

ARRIVALS_PER_S = 6.0
STAGES = (
    # visits per query, service [s], servers, bucket [calls/s], burst [calls]
    (1.0, 0.4, 4, 9.0, 30.0),
    (0.9, 0.6, 6, 9.0, 30.0),
    (0.7, 1.5, 9, 7.0, 20.0),
    (1.0, 1.0, 10, 9.0, 30.0),
    (0.3, 2.0, 6, 4.0, 10.0),
)


def gaps_of(n: int) -> NDArray[np.float64]:
    """Times between arrivals [s], shape (n,)."""
    return np.random.default_rng(1).exponential(1 / ARRIVALS_PER_S, n)


def network(*, limits_alone: bool = False) -> Network:
    """The five stages as kplan knows them."""
    stations = {
        str(n): Station(None if limits_alone else servers, (Limit(rate, burst),))
        for n, (_, _, servers, rate, burst) in enumerate(STAGES)
    }
    steps = [Step(str(n), Law(service_s), visits) for n, (visits, service_s, *_) in enumerate(STAGES)]
    return Network(stations, steps)


def with_kplan(n: int, *, limits_alone: bool = False) -> float:
    """Mean time that a query stays [s]; where limits are alone, of the calls of a trace."""
    rng = np.random.default_rng(1)
    if limits_alone:
        seen = replay(network(limits_alone=True), np.cumsum(gaps_of(n)), rng)
    else:
        seen = simulate(network(), Law(1 / ARRIVALS_PER_S), rng, n)
    for step in seen.steps:
        step.waits.quantile_s(0.95), step.stays.quantile_s(0.95)
    assert seen.stays.n >= n  # and those still there from the warm-up
    return seen.stays.mean_s.value


def with_simpy(n: int, *, limits_alone: bool = False) -> float:
    """The same by processes and resources; a bucket is a container that a process of its own fills."""
    import simpy

    env = simpy.Environment()
    tokens = [simpy.Container(env, burst, burst) for *_, burst in STAGES]

    def filled(stage: int) -> Generator[Any, Any, None]:
        pause_s = 1 / STAGES[stage][3]
        while True:
            if tokens[stage].level < tokens[stage].capacity:
                yield tokens[stage].put(1)
            yield env.timeout(pause_s)

    for stage in range(len(STAGES)):
        env.process(filled(stage))
    return _stayed(env, n, lambda stage: tokens[stage].get(1), limits_alone)


def with_fast_simpy(n: int, *, limits_alone: bool = False) -> float:
    """The same where a bucket is the instant until which it is empty: kplan's own identity, call by call."""
    import simpy

    env = simpy.Environment()
    empty_until_s = [float("-inf")] * len(STAGES)

    def token(stage: int) -> Any:
        *_, rate, burst = STAGES[stage]
        now, empty = env.now, empty_until_s[stage]
        empty_until_s[stage] = max(empty, now) + 1 / rate
        admitted = empty + (1 - burst) / rate
        return env.timeout(admitted - now) if admitted > now else None

    return _stayed(env, n, token, limits_alone)


def _stayed(env: Any, n: int, token: Callable[[int], Any], limits_alone: bool) -> float:
    """Mean time that a query stays [s], from SimPy."""
    import simpy

    rng = Random(1)
    slots = [simpy.Resource(env, servers) for _, _, servers, _, _ in STAGES]
    stayed: list[float] = []
    waits: list[list[float]] = [[] for _ in STAGES]
    stays: list[list[float]] = [[] for _ in STAGES]
    all_gone = env.event()

    def query() -> Generator[Any, Any, None]:
        came = env.now
        for stage, (visits, service_s, *_) in enumerate(STAGES):
            if visits < 1 and rng.random() >= visits:
                continue
            start = env.now
            if (event := token(stage)) is not None:
                yield event
            if limits_alone:
                begun = env.now
                yield env.timeout(rng.expovariate(1 / service_s))
            else:
                with slots[stage].request() as slot:
                    yield slot
                    begun = env.now
                    yield env.timeout(rng.expovariate(1 / service_s))
            waits[stage].append(begun - start)
            stays[stage].append(env.now - start)
        stayed.append(env.now - came)
        if len(stayed) == n:
            all_gone.succeed()

    def arrivals() -> Generator[Any, Any, None]:
        for gap_s in gaps_of(n).tolist():
            yield env.timeout(gap_s)
            env.process(query())

    env.process(arrivals())
    env.run(all_gone)
    for times in (*waits, *stays):
        np.quantile(times, 0.95)
    return statistics.fmean(stayed)


def with_ciw(n: int) -> float:
    """The same with ten nodes: before each stage one that lets calls through at its bucket's rate."""
    import ciw

    size = 2 * len(STAGES)
    routing = np.zeros((size, size))
    arrivals: list[Any] = [None] * size
    for stage, (visits, *_) in enumerate(STAGES):
        routing[2 * stage, 2 * stage + 1] = 1.0
        assert visits or stage
    for start in (-1, *range(len(STAGES))):
        skipped = 1.0
        for to in range(start + 1, len(STAGES)):
            chance = skipped * STAGES[to][0]
            skipped -= chance
            if start < 0:
                arrivals[2 * to] = ciw.dists.Exponential(ARRIVALS_PER_S * chance) if chance else None
            else:
                routing[2 * start + 1, 2 * to] = chance
    ciw.seed(1)
    system = ciw.create_network(
        arrival_distributions=arrivals,
        service_distributions=[
            law
            for _, service_s, _, rate, _ in STAGES
            for law in (ciw.dists.Deterministic(1 / rate), ciw.dists.Exponential(1 / service_s))
        ],
        number_of_servers=[k for _, _, servers, _, _ in STAGES for k in (1, servers)],
        routing=routing.tolist(),
    )
    simulation = ciw.Simulation(system)
    simulation.simulate_until_max_customers(n, method="Finish")
    records = simulation.get_all_records()
    stayed = sum(record.exit_date - record.arrival_date for record in records)
    for node in range(1, size + 1):
        own = [record for record in records if record.node == node]
        np.quantile([record.waiting_time for record in own], 0.95)
        np.quantile([record.exit_date - record.arrival_date for record in own], 0.95)
    return stayed / len({record.id_number for record in records})


def cpu_s(work: Callable[[int], object], n: int) -> float:
    """CPU time [s]."""
    start = time.process_time()
    work(n)
    return time.process_time() - start


Work = Callable[[int], object]
WHOLE: Mapping[str, tuple[Work, int]] = {
    "SimPy": (with_simpy, SIMPY_QUERIES),
    "SimPy, told when tokens are there": (with_fast_simpy, SIMPY_QUERIES),
    "Ciw": (with_ciw, CIW_QUERIES),
}
"""What is compared, and with how many arrivals."""
ALONE: Mapping[str, tuple[Work, int]] = {
    name: (partial(work, limits_alone=True), SIMPY_QUERIES)
    for name, work in (("SimPy", with_simpy), ("SimPy, told when tokens are there", with_fast_simpy))
}


def ratios(own: Work, others: Mapping[str, tuple[Work, int]], n: int, runs: int) -> dict[str, float]:
    """CPU time of the others over kplan's own, for n arrivals; of the least of runs in turn."""
    own_s, found = math.inf, dict.fromkeys(others, math.inf)
    for _ in range(runs):
        for name, (work, size) in others.items():
            own_s = min(own_s, *(cpu_s(own, n) for _ in range(3)))
            found[name] = min(found[name], cpu_s(work, size) * n / size)
    print(f"{own_s:7.3f} s CPU  kplan, {n:,} arrivals")
    for name, (_, size) in others.items():
        print(f"{found[name]:7.3f} s CPU  {name}" + (f", from {size:,}" if size < n else ""))
    return {name: found[name] / own_s for name in others}


def grown(n: int) -> tuple[float, int]:
    """CPU time of n arrivals [s], and the most memory that a process of its own took for them [bytes]."""
    code = (
        "import sys; from pathlib import Path; from benchmarks.bench_queues import cpu_s, with_kplan; "
        "print(cpu_s(with_kplan, int(sys.argv[1])), Path('/proc/self/status').read_text())"
    )
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-c", code, str(n)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tests)
    seconds, _, status = done.stdout.partition(" ")
    return float(seconds), int(status.partition("VmHWM:")[2].split()[0]) * 1024


def compared(
    own: Work, others: Mapping[str, tuple[Work, int]], what: str, least: Mapping[str, float]
) -> None:
    """Print each ratio beside what is promised of it."""
    for name, ratio in ratios(own, others, QUERIES, RUNS).items():
        promised = f" (promised: at least {least[name]:.0f})" if name in least else ""
        print(f"{name} / kplan, {what}: {ratio:.0f}{promised}")


def main() -> None:
    """Print each ratio, and how time and memory grow."""
    compared(with_kplan, WHOLE, "five stages with token buckets", LIMITS)
    compared(
        partial(with_kplan, limits_alone=True), ALONE, "calls of a trace at five limits alone", ALONE_LIMITS
    )
    for n in SIZES:
        seconds, most = grown(n)
        print(f"{seconds / n * 1e6:7.3f} us CPU  an arrival of {n:,}; {most / 2**20:.0f} MB at most")
    print(f"(promised: linear from {SIZES[0]:,} to {SIZES[-1]:,}, in under {MOST_BYTES / 2**20:.0f} MB)")


if __name__ == "__main__":
    main()
