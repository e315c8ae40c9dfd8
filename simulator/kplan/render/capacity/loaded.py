"""How long queries take under load, in sentences: with intervals, and with the engine that made them."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from kplan.amounts import chance, duration
from kplan.capacity.loaded.points import Estimate, Loaded, LoadPoint
from kplan.capacity.study import DesignStudy
from kplan.engine.montecarlo.numbers import decimal
from kplan.render.capacity.words import number

QUANTILES = {0.5: "p50", 0.95: "p95", 0.99: "p99"}


def under_load(design: DesignStudy, *, is_traced: bool) -> Iterator[str]:
    """Percentiles at the busiest load, or at the last one that is stable; the largest load; what made them.

    is_traced   whether arrivals are those of a trace, whose busiest hour is looked at
    """
    found = design.loaded
    if found is None:
        if design.why_no_latency and not design.flight.unknown:
            yield f"unknown: {design.why_no_latency.rstrip('.')}."
        return
    when = "hour" if is_traced else "minute"
    if found.busiest.is_stable:
        yield f"{_percentiles(found.busiest)} in the busiest {when} of {found.month}, {_rate(found.busiest)}."
    else:
        yield f"Unstable in the busiest {when} from {found.unstable_month} on."
        if found.first.is_stable:
            yield f"{_percentiles(found.first)} in that of {found.first_month}, {_rate(found.first)}."
    yield from _bounds(found)
    yield f"{found.busiest.engine.capitalize()}: {found.method}."


def estimate(found: Estimate) -> str:
    """A time with its 95 % interval, where it has one: `60.5 s (45.9 s to 71.9 s)`; `unstable`."""
    if not isfinite(found.value):
        return "unstable"
    value, low, high = (duration(decimal(each)) for each in (found.value, found.low, found.high))
    return value if low == high else f"{value} ({low} to {high})"


def _percentiles(point: LoadPoint) -> str:
    told = ", ".join(f"{name} {_told(point, quantile)}" for quantile, name in QUANTILES.items())
    waits = chance(decimal(point.delayed_queries))
    return told if not point.delayed_queries else f"{told}, {waits} held up by a limit,"


def _told(point: LoadPoint, quantile: float) -> str:
    """A percentile with its interval; what too few queries tell is a bound, since lines grow slowly."""
    found = point.at(quantile)
    return f"at least {duration(decimal(found.value))}" if point.is_short else estimate(found)


def _rate(point: LoadPoint) -> str:
    few = "; so near to unstable it takes more queries to tell (--queries)" if point.is_short else ""
    return f"{number(point.queries_per_s)} queries/s{few}"


def _bounds(found: Loaded) -> Iterator[str]:
    """Up to which load the promise is kept, and from which on the limits no longer let in what comes."""
    if found.slo is not None and found.largest_per_s is not None:
        promise = f"{found.slo.name} <= {duration(decimal(found.slo.latency_s))}"
        if not found.largest_per_s:
            yield f"{promise} is kept at no load."
        elif isfinite(found.largest_per_s):
            least = "at least " if found.is_at_least else ""
            yield f"{promise} is kept up to {least}{number(found.largest_per_s)} queries/s."
        else:
            yield f"{promise} is kept at every load that was looked at."
    if found.unstable_per_s is not None:
        yield f"Unstable from {number(found.unstable_per_s)} queries/s on, where {found.binding} is full."


def in_flight(found: Loaded) -> Iterator[str]:
    """Calls at once in the busiest minute, call by call."""
    flight = found.in_flight
    if flight is not None:
        told = f"mean {number(flight.mean)}, p99 {flight.p99:,}, at most {flight.most:,}"
        yield f"Call by call in the busiest minute of {found.month}: {told} ({flight.engine})."
