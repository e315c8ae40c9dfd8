"""The largest load at which a station keeps what its calls are promised."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kplan.capacity.queues.answer import Answer, Effort, answer
from kplan.capacity.queues.demand import Demand
from kplan.capacity.queues.figures import Engine, Figure

_CLOSED, _SIMULATED = (1e-4, 1e-9), (1e-3, 2e-3)
"""How close to 0 and to all that the servers can take loads are looked at, and how close the search comes to
the largest one; both as a share of what the servers can take."""
_ARRIVALS = 200_000
"""Arrivals of each simulated load, on the same random numbers."""


class LargestLoad(Struct, frozen=True):
    """Most arrivals per second that keep all limits, and the figures there; none where no load does."""

    arrivals_per_s: Figure | None
    binding: str


def missed(found: Answer, limits_s: Mapping[str, float]) -> list[str]:
    """Names of the limits that the figures of staying do not keep."""
    return [name for name, limit_s in limits_s.items() if found.stays_s[name].value > limit_s]


def largest_load(demand: Demand, limits_s: Mapping[str, float], effort: Effort) -> LargestLoad:
    """By bisection, since a station with less to do makes nobody wait longer.

    limits_s  bounds of the figures of staying, by name [s]
    Simulated loads share their random numbers, so that what differs between them is the load; the interval
    is of loads at which one end of the figure's own interval keeps the limits.
    """
    capacity_per_s = demand.servers / demand.service_s
    seen: dict[float, Answer] = {}

    def at(share: float) -> Answer:
        if share not in seen:
            load = replace(demand, arrivals_per_s=share * capacity_per_s)
            seen[share] = answer(load, replace(effort, arrivals=effort.arrivals or _ARRIVALS))
        return seen[share]

    def keeps(end: str) -> Callable[[float], bool]:
        return lambda share: all(
            getattr(at(share).stays_s[name], end) <= limit for name, limit in limits_s.items()
        )

    def bisected(end: str) -> tuple[float, float]:
        """The largest share at which this end of the figures keeps the limits, and the next that does not."""
        holds = keeps(end)
        known = sorted(share for share in seen if edge <= share <= 1 - edge)
        low = max((share for share in known if holds(share)), default=0.0)
        high = min((share for share in known if not holds(share)), default=1 - edge)
        while high - low > step:
            middle = (low + high) / 2
            low, high = (middle, high) if holds(middle) else (low, middle)
        return low, high

    engine = Engine.CLOSED_FORM if at(0.5).length is None else Engine.SIMULATED
    edge, step = _CLOSED if engine is Engine.CLOSED_FORM else _SIMULATED
    if not keeps("value")(edge):
        return LargestLoad(None, missed(at(edge), limits_s)[0])
    value, beyond = bisected("value")
    binding = (missed(at(beyond), limits_s) or [""])[0]
    low, high = value, value
    if engine is Engine.SIMULATED:
        low, high = min(value, bisected("high")[0]), max(value, bisected("low")[1])
    loads = [share * capacity_per_s for share in (value, low, high)]
    return LargestLoad(Figure(loads[0], engine, *loads[1:]), binding)
