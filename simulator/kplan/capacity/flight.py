"""Requests in flight: how many calls of a design are with its providers at once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from kplan.capacity.bursts import busiest_hour
from kplan.capacity.demand import CallShape
from kplan.capacity.loaded.points import InFlight
from kplan.capacity.queues.concurrency import Concurrency
from kplan.capacity.trace import Trace
from kplan.engine.flow.speeds import Speed

ENGINE = "closed form (Little's law)"
_METERS = {"input": "input", "cache_read": "cache_read", "cache_write": "cache_write_5m", "output": "output"}
"""Bucket of a trace -> meter of a call."""


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


def of_trace(trace: Trace, speed: Speed, calls_per_s: float) -> InFlight | None:
    """Calls of a trace in flight, each as long as its own tokens take; None where it does not say them.

    calls_per_s   the trace's busiest hour is run so much faster, or slower, that as many come
    Bursts need more than any rule of thumb says: the trace itself is counted.
    """
    needed = {"output"} if speed.tokens_per_s is not None else set()
    if speed.per_input_token_s:
        needed.add("input")
    if needed - trace.tokens.keys() or not trace.span_s:
        return None
    lasts_s = speed.seconds({_METERS[name]: tokens for name, tokens in trace.tokens.items()})
    hour = busiest_hour(trace.at_s)
    came_s = trace.at_s[hour] - trace.at_s[hour.start]
    at_s = came_s * (len(came_s) / (came_s[-1] * calls_per_s))
    found = Concurrency.of(at_s, np.broadcast_to(lasts_s, trace.at_s.shape)[hour])
    return InFlight(found.mean, found.slots(0.99), found.most, f"discrete events, the calls of {trace.file}")
