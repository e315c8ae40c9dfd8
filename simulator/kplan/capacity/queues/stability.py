"""Where servers cannot keep up, nothing is a number: it is unstable, and that is said."""

from __future__ import annotations

from math import floor

from kplan.errors import KplanError


class UnstableError(KplanError):
    """Calls come at least as fast as the servers can take them: the line grows without end."""

    def __init__(self, load: float, servers: float, where: str = "") -> None:
        self.load = load
        self.needed = floor(load) + 1
        at = f"{where}: " if where else ""
        super().__init__(
            f"{at}unstable: {load:.6g} servers' worth of calls for {servers:.6g}, and the line grows without "
            f"end; at least {self.needed} are needed"
        )


def stable_load(arrivals_per_s: float, service_s: float, servers: int) -> float:
    """The offered load [erlang]; raises UnstableError from as many erlangs as servers on."""
    load = arrivals_per_s * service_s
    if not load < servers:
        raise UnstableError(load, servers)
    return load
