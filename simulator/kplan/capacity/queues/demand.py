"""One station as a user describes it: calls per second, what each takes, how many at once."""

from __future__ import annotations

from msgspec import Struct

from kplan.capacity.queues.laws import Law
from kplan.capacity.queues.network import Network, Station, Step


class Demand(Struct, frozen=True):
    """Calls that come to a station.

    arrivals_per_s  above 0
    service_s       mean time that a call holds a server, above 0
    servers         calls at once, 1 or more
    scv             squared coefficient of variation of the service times
    arrival_scv     that of the times between arrivals; 1 is Poisson
    family          law of the service times, by name
    """

    arrivals_per_s: float
    service_s: float
    servers: int
    scv: float = 1.0
    arrival_scv: float = 1.0
    family: str = "gamma"

    @property
    def load(self) -> float:
        """Servers that would be busy if they kept up [erlang]."""
        return self.arrivals_per_s * self.service_s

    @property
    def utilisation(self) -> float:
        """Load over servers; unstable from 1 on."""
        return self.load / self.servers

    @property
    def is_stable(self) -> bool:
        """Whether the servers keep up."""
        return self.load < self.servers

    @property
    def service(self) -> Law:
        """The law of the service times."""
        return Law(self.service_s, self.scv, self.family)

    @property
    def gaps(self) -> Law:
        """The law of the times between arrivals."""
        return Law(1 / self.arrivals_per_s, self.arrival_scv)

    @property
    def network(self) -> Network:
        """The station alone."""
        return Network({"station": Station(self.servers)}, [Step("station", self.service)])
