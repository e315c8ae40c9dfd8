"""How queries come at an even rate: Poisson, in bursts, of many clients, or as the calls of a trace."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from kplan.capacity.arrivals import even_arrivals
from kplan.capacity.buckets import Seconds
from kplan.capacity.bursts import DISPERSION_WINDOW_S, busiest_hour, dispersion
from kplan.capacity.trace import Trace
from kplan.scenario.traffic import Burstiness

_MOST_OF_TRACE = 20_000
"""Calls of a trace that are followed, if no more are asked for."""
_MOST_WINDOWS = 1_000_000


class Coming(Struct, frozen=True, eq=False):
    """What is said of how queries come within an hour."""

    burstiness: Burstiness
    trace: Trace | None
    """Instead of made arrivals."""
    seed: int

    @property
    def iat_scv(self) -> float:
        """Squared coefficient of variation of the times between queries, of a client if there are some."""
        return float(self.burstiness.iat_scv)

    def times(self, n: int) -> Seconds:
        """Arrivals at a mean rate of 1: n of them, of a trace at most as many as it has, ascending."""
        if self.trace is None:
            rng = np.random.default_rng(self.seed)
            return even_arrivals(rng, n, self.iat_scv, self.burstiness.clients)
        at_s = self.trace.at_s[busiest_hour(self.trace.at_s)][: max(n, _MOST_OF_TRACE)]
        found: Seconds = (at_s - at_s[0]) * ((len(at_s) - 1) / (at_s[-1] - at_s[0]))
        return found

    def told(self, n: int) -> str:
        """Of n queries, in words."""
        said = self.burstiness
        if self.trace is not None:
            of = f"the calls of {self.trace.file}, with the plan's own tokens"
            return f"{n:,} queries that come as {of}, seed {self.seed}"
        kind = "Poisson" if said.iat_scv == 1 else f"gamma (iat_scv {said.iat_scv.normalize():f})"
        of = f" of {said.clients:,} clients" if said.clients > 1 and said.iat_scv != 1 else ""
        return f"{n:,} queries, {kind} arrivals{of}, seed {self.seed}"


def dispersion_of(at_s: Seconds) -> float | None:
    """Index of dispersion in 60 s; None where they fill less than two windows, or too many to count."""
    windows = float(at_s[-1] - at_s[0]) / DISPERSION_WINDOW_S
    return dispersion(at_s - at_s[0]) if 2 <= windows <= _MOST_WINDOWS else None
