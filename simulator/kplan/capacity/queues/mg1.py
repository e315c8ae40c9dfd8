"""M/G/1: Poisson arrivals and one server, with the mean wait in closed form for any service time."""

from __future__ import annotations

from kplan.capacity.queues.stability import stable_load


def mean_wait_s(arrivals_per_s: float, service_s: float, scv: float) -> float:
    """The mean wait in a stable M/G/1 queue [s]: lambda E[S^2] / (2 (1 - rho)).

    service_s  mean service time
    scv        its squared coefficient of variation, so that E[S^2] = service_s^2 (1 + scv)
    Raises UnstableError where the server cannot keep up. The chance of a wait is rho, whatever the service.
    Source: Pollaczek (1930) and Khinchine (1932); Gross, Shortle, Thompson and Harris, Fundamentals of
    Queueing Theory, 4th ed., 5.1.
    """
    rho = stable_load(arrivals_per_s, service_s, 1)
    return rho * service_s * (1 + scv) / (2 * (1 - rho))
