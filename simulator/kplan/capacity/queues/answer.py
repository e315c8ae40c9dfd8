"""What a station does with its demand: every figure with the engine that produced it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from kplan.capacity.queues import mg1
from kplan.capacity.queues.demand import Demand
from kplan.capacity.queues.figures import Figure, exact
from kplan.capacity.queues.groups import Spread
from kplan.capacity.queues.length import Length
from kplan.capacity.queues.mdc import MDc
from kplan.capacity.queues.mmc import MMc
from kplan.capacity.queues.simulation import Seen, simulate

MEAN = "mean"
SHARES: Mapping[str, float] = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
FIGURES = (MEAN, *SHARES)

ByName = Mapping[str, Figure]
"""Figures by FIGURES [s]."""


class Effort(Struct, frozen=True):
    """How a station is simulated, where it has to be: the seed, and arrivals if their number is said."""

    seed: int = 1
    arrivals: int | None = None


class Answer(Struct, frozen=True):
    """Figures of a stable station.

    model                what it is called in Kendall's notation
    waiting_probability  chance that a call does not begin at once [0..1]
    waits_s              from coming to beginning, by FIGURES
    stays_s              from coming to leaving, service included, by FIGURES
    in_flight            calls there on average, waiting or served
    length               of the simulation, if anything is simulated
    """

    model: str
    waiting_probability: Figure
    waits_s: ByName
    stays_s: ByName
    in_flight: Figure
    length: Length | None = None


def answer(demand: Demand, effort: Effort | None = None) -> Answer:
    """Closed forms where they are exact, a simulation with intervals elsewhere.

    Raises UnstableError where the servers cannot keep up.
    """
    closed = _closed(demand)
    return closed or _simulated(demand, effort or Effort())


def kendall(demand: Demand) -> str:
    """Arrivals, service and servers in Kendall's notation; GI and G are any law."""
    arrivals = "M" if demand.arrival_scv == 1 else "D" if demand.arrival_scv == 0 else "GI"
    service = "M" if demand.service.is_exponential else "D" if demand.service.is_constant else "G"
    return f"{arrivals}/{service}/{demand.servers}"


def _closed(demand: Demand) -> Answer | None:
    """M/M/c and M/D/c."""
    law = MMc if demand.service.is_exponential else MDc if demand.service.is_constant else None
    if demand.arrival_scv != 1 or law is None:
        return None
    queue = law(demand.arrivals_per_s, demand.service_s, demand.servers)
    waits = {name: exact(queue.wait_quantile_s(share)) for name, share in SHARES.items()}
    stays = {name: exact(queue.sojourn_quantile_s(share)) for name, share in SHARES.items()}
    return Answer(
        kendall(demand),
        exact(queue.waiting_probability),
        {MEAN: exact(queue.mean_wait_s), **waits},
        {MEAN: exact(queue.mean_sojourn_s), **stays},
        exact(demand.arrivals_per_s * queue.mean_sojourn_s),
    )


def _simulated(demand: Demand, effort: Effort) -> Answer:
    """All but what Pollaczek and Khinchine know of a single server, and what no wait changes."""
    seen = simulate(demand.network, demand.gaps, np.random.default_rng(effort.seed), effort.arrivals)
    waits, chance = _figures(seen.steps[0].waits), seen.steps[0].waits.above_zero
    if demand.arrival_scv == 1 and demand.servers == 1:
        known = mg1.mean_wait_s(demand.arrivals_per_s, demand.service_s, demand.scv)
        waits, chance = {**waits, MEAN: exact(known)}, exact(demand.load)
    mean_stay = waits[MEAN].plus(demand.service_s)
    stays = {**_stays(demand, seen, waits), MEAN: mean_stay}
    return Answer(kendall(demand), chance, waits, stays, mean_stay.times(demand.arrivals_per_s), seen.length)


def _stays(demand: Demand, seen: Seen, waits: ByName) -> ByName:
    if demand.service.is_constant:
        return {name: wait.plus(demand.service_s) for name, wait in waits.items()}
    return _figures(seen.steps[0].stays)


def _figures(times: Spread) -> ByName:
    return {MEAN: times.mean_s, **{name: times.quantile_s(share) for name, share in SHARES.items()}}
