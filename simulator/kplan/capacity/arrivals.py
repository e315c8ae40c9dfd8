"""Made arrivals: gamma intervals of any burstiness, of one client or many, along the hours of the week."""

from __future__ import annotations

from math import sqrt

import numpy as np

from kplan.capacity.buckets import Seconds
from kplan.capacity.week import HOURS_OF_WEEK, HourFactors

_HOUR_S = 3_600.0
_SPARE = 1.05
"""Intervals are drawn in lots, each a little larger than what is still missing on average."""
_SURELY = 8.0
"""Standard deviations of their number."""


def arrivals(
    rng: np.random.Generator,
    per_s: float,
    hours: HourFactors,
    *,
    weeks: int = 1,
    iat_scv: float = 1.0,
    clients: int = 1,
) -> Seconds:
    """Times of calls from a Monday 00:00 on [s], ascending.

    per_s     mean rate over the week [1/s]
    hours     traffic of each hour over the mean one, shape (168,)
    iat_scv   squared coefficient of variation of the intervals of a client, at an even rate; Poisson is 1
    clients   so many renewal processes of the same rate, one over the other
    A renewal process at rate 1 is run along the cumulated rate, so that it follows the hours; over long
    windows its index of dispersion tends to iat_scv.
    Source: D. R. Cox, Renewal Theory, 1962, section 4.5 (variance of the number of renewals); time change as
    in L. Leemis, Nonparametric estimation of the cumulative intensity function, 1991.
    """
    span = HOURS_OF_WEEK * weeks
    edges_s = np.arange(span + 1) * _HOUR_S
    cumulated = np.concatenate(([0.0], np.cumsum(np.tile(hours, weeks) * per_s * _HOUR_S / clients)))
    found = [
        np.interp(renewals(rng, float(cumulated[-1]), iat_scv), cumulated, edges_s) for _ in range(clients)
    ]
    return np.sort(np.concatenate(found))


def even_arrivals(rng: np.random.Generator, n: int, iat_scv: float = 1.0, clients: int = 1) -> Seconds:
    """Times of n calls that come at a mean rate of 1 and no hour busier than another, ascending, shape (n,).

    iat_scv, clients   as in `arrivals`
    So many are drawn that n come all but surely: to draw anew where fewer do would keep the busy times alone.
    """
    until = (n + _SURELY * (sqrt(n * iat_scv) + iat_scv)) / clients
    while True:
        found = np.sort(np.concatenate([renewals(own, until, iat_scv) for own in rng.spawn(clients)]))
        if len(found) >= n:
            return found[:n] * clients
        until *= 2


def renewals(rng: np.random.Generator, until: float, scv: float) -> Seconds:
    """Points of a renewal process with gamma intervals of mean 1, up to some time.

    It has run for long when it begins: the interval that holds the start is one of a size-biased gamma law.
    """
    at = np.array([rng.uniform() * rng.gamma(1 / scv + 1, scv)])
    while at[-1] < until:
        lot = int((until - at[-1]) * _SPARE) + 16
        at = np.concatenate((at, at[-1] + np.cumsum(rng.gamma(1 / scv, scv, lot))))
    return at[at < until]
