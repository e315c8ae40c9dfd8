"""Requests in flight: how many calls of a design are with its providers at once."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kplan.capacity.demand import CallShape

ENGINE = "closed form (Little's law)"


class Flight(Struct, frozen=True):
    """Calls in flight per query that comes in a second."""

    seconds: float
    """Time that the calls of a query take on average, one after the other or at once [s]."""
    unknown: tuple[str, ...]
    """Why it is not known, each reason once; empty where it is."""
    engine: str = ENGINE

    def at(self, queries_per_s: float) -> float | None:
        """Mean calls in flight at a rate of queries; None where the time of a call is not known."""
        return None if self.unknown else queries_per_s * self.seconds


def flight(calls: Iterable[CallShape]) -> Flight:
    """The flight of a design's calls, but for those that wait in batches; without any load on the models.

    Source: J. D. C. Little, A proof for the queuing formula L = lambda W, Operations Research 9, 1961.
    """
    online = [call for call in calls if not call.waits_in_batches]
    unknown = dict.fromkeys(call.why_unknown for call in online if call.lasts_s is None)
    return Flight(sum(float(call.per_query * (call.lasts_s or 0)) for call in online), tuple(unknown))
