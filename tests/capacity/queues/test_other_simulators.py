"""The same systems under Ciw and SimPy, which know nothing of kplan: all agree within sampling errors."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from random import Random
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest

from kplan.capacity.queues.laws import Law
from kplan.capacity.queues.network import Limit, Network, Station, Step
from kplan.capacity.queues.simulation import Seen, simulate

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
RUNS, QUERIES = 10, 4000
Z = 4.0


def standard_errors_apart(seen: Seen, others: Sequence[float]) -> float:
    """Between kplan's mean stay and the mean of independent runs of another simulator."""
    own = seen.stays.mean_s
    off = (((own.high - own.value) / 2.093) ** 2 + stdev(others) ** 2 / len(others)) ** 0.5
    return (own.value - fmean(others)) / off


def with_ciw(servers: Sequence[int], services: Sequence[Any], chance: float, rate: float, seed: int) -> float:
    """Mean stay in a tandem whose later stations are each visited by a chance, after a warm-up."""
    import ciw

    ciw.seed(seed)
    size = len(servers)
    routing = [[0.0] * size for _ in range(size)]
    for start in range(size):
        for to in range(start + 1, size):
            routing[start][to] = chance * (1 - chance) ** (to - start - 1)
    system = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate)] + [None] * (size - 1),
        service_distributions=list(services),
        number_of_servers=list(servers),
        routing=routing,
    )
    simulation = ciw.Simulation(system)
    simulation.simulate_until_max_customers(QUERIES, method="Finish")
    stayed: dict[int, float] = {}
    for record in simulation.get_all_records():
        spent = record.exit_date - record.arrival_date
        stayed[record.id_number] = stayed.get(record.id_number, 0.0) + spent
    return fmean(spent for number, spent in stayed.items() if number > QUERIES // 10)


def test_ciw_on_a_tandem_with_branches_and_three_kinds_of_service() -> None:
    import ciw

    services = [ciw.dists.Exponential(1.0), ciw.dists.Deterministic(1.5), ciw.dists.Gamma(0.5, 2.0)]
    others = [with_ciw((4, 3, 2), services, 0.6, 2.4, seed) for seed in range(RUNS)]
    network = Network(
        {"a": Station(4), "b": Station(3), "c": Station(2)},
        [Step("a", Law(1.0)), Step("b", Law(1.5, 0.0), 0.6), Step("c", Law(1.0, 2.0), 0.6)],
    )
    seen = simulate(network, Law(1 / 2.4), np.random.default_rng(1), 200_000)
    assert abs(standard_errors_apart(seen, others)) < Z
    wrong = simulate(
        Network({**network.stations, "c": Station(3)}, network.steps),
        Law(1 / 2.4),
        np.random.default_rng(1),
        200_000,
    )
    assert abs(standard_errors_apart(wrong, others)) > Z


def with_simpy(burst: int, seed: int) -> float:
    """Mean stay at a station behind a bucket of one token a call, visited twice by each query in turn."""
    import simpy

    env, rng = simpy.Environment(), Random(seed)
    slots = simpy.Resource(env, 3)
    tokens, filled_at_s = float(burst), 0.0
    line = simpy.Resource(env, 1)
    stayed: list[float] = []

    def admitted() -> Generator[Any, Any, None]:
        """Tokens counted as time goes by, calls in order."""
        nonlocal tokens, filled_at_s
        with line.request() as turn:
            yield turn
            tokens, filled_at_s = min(burst, tokens + 2.0 * (env.now - filled_at_s)), env.now
            if tokens < 1:
                yield env.timeout((1 - tokens) / 2.0)
                tokens, filled_at_s = 1.0, env.now
            tokens -= 1

    def query() -> Generator[Any, Any, None]:
        came = env.now
        for _ in range(2):
            yield from admitted()
            with slots.request() as slot:
                yield slot
                yield env.timeout(rng.gammavariate(2.0, 0.5))
        stayed.append(env.now - came)

    def arrivals() -> Generator[Any, Any, None]:
        for _ in range(QUERIES):
            yield env.timeout(rng.expovariate(0.85))
            env.process(query())

    env.process(arrivals())
    env.run()
    return fmean(stayed[QUERIES // 10 :])


def test_simpy_on_a_bucket_and_visits_one_after_the_other() -> None:
    others = [with_simpy(4, seed) for seed in range(RUNS)]
    network = Network({"a": Station(3, (Limit(2.0, 4.0),))}, [Step("a", Law(1.0, 0.5), 2.0)])
    seen = simulate(network, Law(1 / 0.85), np.random.default_rng(1), 60_000)
    assert abs(standard_errors_apart(seen, others)) < Z
    unlimited = Network({"a": Station(3)}, network.steps)
    wrong = simulate(unlimited, Law(1 / 0.85), np.random.default_rng(1), 60_000)
    assert abs(standard_errors_apart(wrong, others)) > Z
