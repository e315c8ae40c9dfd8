"""Erlang's formulas: calls lost by, or waiting for, a number of servers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kplan.form.arrays import Array


def erlang_b(load: ArrayLike, servers: ArrayLike) -> Array:
    """Probability that a call is lost in an M/G/c/c queue, which has no room to wait.

    load     offered load, arrival rate x mean service time [erlang], 0 or more, shape (h,)
    servers  parallel slots [count], whole numbers from 0, same shape or broadcast with it
    Returns probabilities [0..1], shape (h,).

    It depends on the service times through their mean alone. By the recursion B(0) = 1,
    B(k) = a B(k-1) / (k + a B(k-1)), all of whose terms are positive: stable for any number of servers.
    Source: Jagerman, Some properties of the Erlang loss function, BSTJ 53 (1974); Erlang, 1917.
    """
    a, c = np.broadcast_arrays(np.asarray(load, dtype=float), np.asarray(servers))
    if not a.ndim:
        return np.asarray(_lost(float(a), int(c)))
    shape = a.shape
    order = np.argsort(c, axis=None, kind="stable")
    a, c = a.ravel()[order], c.ravel()[order]
    blocked = np.ones_like(a)
    first = 0
    for k in range(1, int(c[-1]) + 1 if c.size else 0):
        first += int(np.searchsorted(c[first:], k))
        carried = a[first:] * blocked[first:]
        blocked[first:] = carried / (k + carried)
    found = np.empty_like(blocked)
    found[order] = blocked
    return found.reshape(shape)


def _lost(load: float, servers: int) -> float:
    """The same recursion for one queue, in plain floats: a hundred times as quick as arrays of one."""
    blocked = 1.0
    for k in range(1, servers + 1):
        carried = load * blocked
        blocked = carried / (k + carried)
    return blocked


def erlang_c(load: ArrayLike, servers: ArrayLike) -> Array:
    """Probability that a call has to wait in an M/M/c queue.

    load     offered load, arrival rate x mean service time [erlang], shape (h,)
    servers  parallel slots [count], whole numbers from 1, same shape or broadcast with it
    Returns probabilities [0..1], shape (h,); 1.0 where load >= servers, which is unstable.

    Holds for Poisson arrivals and exponential service; else simulate. C = B / (1 - rho (1 - B)).
    Source: Gross, Shortle, Thompson and Harris, Fundamentals of Queueing Theory, 4th ed., 2.3 and 2.6.
    """
    a, c = np.asarray(load, dtype=float), np.asarray(servers, dtype=float)
    blocked = erlang_b(load, servers)
    is_stable = a < c
    spare = np.where(is_stable, c - a * (1 - blocked), 1.0)
    return np.where(is_stable, c * blocked / spare, 1.0)
