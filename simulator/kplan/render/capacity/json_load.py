"""Latency under load as JSON values: times in seconds with their 95 % intervals, null where unstable."""

from __future__ import annotations

from math import isfinite

from kplan.capacity.loaded.points import Estimate, Loaded, LoadPoint
from kplan.engine.montecarlo.numbers import decimal


def load_of(found: Loaded) -> dict[str, object]:
    """What is known of all loads; `largest_per_s` is null without a promise, and where all keep it."""
    slo, flight = found.slo, found.in_flight
    return {
        "month": found.month,
        "busiest": _point(found.busiest),
        "first_month": found.first_month,
        "first": _point(found.first),
        "points": [_point(point) for point in found.points],
        "unstable_per_s": figure(found.unstable_per_s),
        "unstable_month": found.unstable_month or None,
        "binding": found.binding or None,
        "slo": slo and {"quantile": figure(slo.quantile), "latency_s": figure(slo.latency_s)},
        "largest_per_s": figure(found.largest_per_s),
        "largest_is_at_least": found.is_at_least,
        "in_flight": flight
        and {
            "mean": figure(flight.mean),
            "p99": flight.p99,
            "most": flight.most,
            "engine": flight.engine,
        },
        "dispersion_60s": figure(found.dispersion),
        "method": found.method,
    }


def _point(point: LoadPoint) -> dict[str, object]:
    return {
        "queries_per_s": figure(point.queries_per_s),
        "p50_s": _estimate(point.p50_s),
        "p95_s": _estimate(point.p95_s),
        "p99_s": _estimate(point.p99_s),
        "stable": point.is_stable,
        "held_up_calls": figure(point.delayed_calls),
        "held_up_queries": figure(point.delayed_queries),
        "too_short": point.is_short,
        "engine": point.engine,
    }


def _estimate(found: Estimate) -> dict[str, float | None]:
    return {"value": figure(found.value), "low": figure(found.low), "high": figure(found.high)}


def figure(value: float | None) -> float | None:
    """To 12 digits; null for what is no number, or has no end."""
    return float(decimal(value)) if value is not None and isfinite(value) else None
