"""Replicas of own GPUs for a load, as a JSON document."""

from __future__ import annotations

import json
from decimal import Decimal

from kplan.capacity.fleet.break_even import Cheaper
from kplan.capacity.fleet.files import Measured
from kplan.capacity.fleet.replicas import Running, usd_per_million_when_full
from kplan.capacity.fleet.sized import LOADS, Sized, Way
from kplan.engine.montecarlo.numbers import decimal
from kplan.money import plain, rounded
from kplan.render.gpus import EVEN, SAME
from kplan.render.gpus_curve import curve_document


def size_json(own: Sized, read: Measured) -> str:
    """Rates a second, times in seconds, money as decimal strings; months have 730 hours."""
    document = {
        "kind": "gpus.size",
        "schema_version": 1,
        "engine": "hour-of-week grid",
        "week": own.week,
        "replica": _replica_json(own),
        "tokens": {
            "input": plain(rounded(own.tokens.input, 6)),
            "output": plain(rounded(own.tokens.output, 6)),
        },
        "load": {
            "requests_per_s": _digits(own.mean_per_s),
            "busiest_requests_per_s": _digits(float(own.ways[0].now.loads_per_s.max())),
        },
        "headroom": plain(own.asked.policy.headroom),
        "spare": own.asked.policy.spare,
        "least": own.asked.policy.least,
        "api": _api_json(own),
        "base": _base_json(own),
        "ways": {way.name: _way_json(own, way) for way in own.ways},
        "curve": curve_document(own.curve, read),
        "notes": [*own.notes, EVEN, *((SAME,) if own.api else ())],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _replica_json(own: Sized) -> dict[str, object]:
    rate = own.rate
    return {
        "model": own.curve.model or None,
        "gpus": own.replica.gpus,
        "usd_per_gpu_hour": plain(own.replica.usd_per_gpu_hour),
        "slo": [
            {"figure": each.figure, "limit_s": _digits(float(each.limit_s))} for each in own.asked.bounds
        ],
        "requests_per_s": _digits(float(rate.requests_per_s)),
        "is_at_least": rate.broken is None,
        "is_interpolated": rate.is_interpolated,
        "measured": [point.place for point in rate.kept.points],
        "broken_at_requests_per_s": None if rate.broken is None else float(rate.broken.requests_per_s),
        "binding": [each.figure for each in rate.binding],
    }


def _api_json(own: Sized) -> dict[str, object] | None:
    if own.api is None:
        return None
    return {
        "model": own.api.model,
        "on": own.api.on.isoformat(),
        "usd_per_request": plain(own.api.usd_per_request),
        "usd_per_million_tokens": _usd(own.api.usd_per_million(own.tokens)),
        "usd_per_month": _usd(own.api.usd_per_month(own.ways[0].now.requests)),
    }


def _base_json(own: Sized) -> dict[str, object] | None:
    if own.base is None:
        return None
    return {
        "replicas": own.base.replicas,
        "usd_per_month": _usd(own.base.usd_per_month),
        "spilled_share": float(own.base.spilled_share),
    }


def _way_json(own: Sized, way: Way) -> dict[str, object]:
    return {
        **_running_json(own, way.now),
        "replicas_by_hour": way.now.counts.tolist(),
        "cheaper_than_api": None if way.cheaper is None else _cheaper_json(way.cheaper),
        "by_load": [
            {"times": float(times), **_running_json(own, each)}
            for times, each in zip(LOADS, way.by_load, strict=True)
        ],
        "months": [{"month": n, **_running_json(own, each)} for n, each in enumerate(way.by_month, 1)],
    }


def _running_json(own: Sized, each: Running) -> dict[str, object]:
    counts = {"all": own.tokens.all, "output": own.tokens.output, "input": own.tokens.input}
    full = {name: usd_per_million_when_full(own.replica, count) for name, count in counts.items()}
    found: dict[str, object] = {
        "requests_per_s": _digits(each.mean_per_s),
        "least_replicas": int(each.counts.min()),
        "most_replicas": int(each.counts.max()),
        "gpu_hours_per_month": plain(rounded(each.gpu_hours, 6)),
        "usd_per_month": _usd(each.usd),
        "utilisation": _digits(each.utilisation),
        "usd_per_million_tokens": {name: _usd(each.usd_per_million(count)) for name, count in counts.items()},
        "usd_per_million_tokens_when_full": {name: _usd(usd) for name, usd in full.items()},
    }
    if own.api:
        found["api_usd_per_month"] = _usd(own.api.usd_per_month(each.requests))
    return found


def _cheaper_json(found: Cheaper) -> dict[str, object]:
    return {
        "never": found.is_never,
        "spans_requests_per_s": [
            {"from": _digits(low), "to": None if high is None else _digits(high)} for low, high in found.spans
        ],
        "stays_from_requests_per_s": None if found.stays_from is None else _digits(found.stays_from),
        "stays_from_at_the_latest": None if found.at_the_latest is None else _digits(found.at_the_latest),
    }


def _usd(usd: Decimal | None) -> str | None:
    return None if usd is None else plain(rounded(usd, 6))


def _digits(value: float) -> float:
    return float(decimal(value))
