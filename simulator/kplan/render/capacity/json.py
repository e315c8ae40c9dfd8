"""Capacity as JSON for machines: money as decimal strings, uses as parts of a limit."""

from __future__ import annotations

import json
from collections.abc import Sequence

from kplan.capacity.actions import Action
from kplan.capacity.delays import Delays
from kplan.capacity.fits import fullest_month
from kplan.capacity.headroom import Array, Use
from kplan.capacity.pattern import Pattern
from kplan.capacity.study import DesignStudy, Study
from kplan.checksum import CHECKSUM, json_checksum
from kplan.money import plain
from kplan.prices.skipped import Skipped
from kplan.render.capacity.json_load import figure, load_of
from kplan.render.capacity.json_units import bought_of, offer_of
from kplan.render.json import safe
from kplan.version import __version__

KIND = "kplan/capacity"
SCHEMA_VERSION = 1


def render(study: Study) -> bytes:
    """The document with its checksum; one line a value, newline at the end."""
    rest = document(study)
    whole = rest | {CHECKSUM: json_checksum(rest)}
    return (safe(json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False)) + "\n").encode()


def document(study: Study) -> dict[str, object]:
    """The study as JSON values, without the checksum.

    Lists under `limits` are by month of the plan, null where the limit does not hold; `headroom` is by how
    much traffic could grow, null without end; `engine` says what made the figures beside it.
    """
    made = study.results.provenance
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "kplan_version": __version__,
        "scenario_file": made.scenario_file,
        "scenario_sha256": made.scenario_sha256,
        "book_sha256": made.book_sha256,
        "limits_sha256": {variant or "base": book.sha256 for variant, book in study.limits.items()},
        "currency": study.results.currency,
        "headline": list(study.headline),
        "assumed": list(study.assumed),
        "traffic": [_traffic(variant, each) for variant, each in study.patterns.items()],
        "design": study.shown.design.id,
        "designs": [_design(each) for each in study.designs],
    }


def _traffic(variant: str, pattern: Pattern) -> dict[str, object]:
    return {
        "variant": variant,
        "week": pattern.week_source,
        "tz": pattern.tz,
        "busiest_hour_over_mean": figure(float(pattern.week.max())),
        "peak_factor": figure(pattern.peak_factor),
        "trace": pattern.trace.file if pattern.trace else None,
    }


def _design(each: DesignStudy) -> dict[str, object]:
    binding = each.binding
    return {
        "id": each.design.id,
        "variant": each.design.variant,
        "added": each.design.added,
        "first_month_cost": plain(each.design.months[0].cost_usd),
        "total_cost": plain(each.design.total_usd),
        "months": list(each.months),
        "queries_per_s": _numbers(each.queries_per_s),
        "fits": each.fits,
        "binding": None if binding is None else binding.limit.id,
        "unstable_from": each.unstable_month or None,
        "limits": [_use(use, each) for use in each.headroom.uses],
        "week": _week(each),
        "in_flight": _in_flight(each),
        "under_load": load_of(each.loaded) if each.loaded else None,
        "under_load_unknown": each.why_no_latency or None,
        "bought": [bought_of(bought) for bought in each.bought],
        "offers": [offer_of(quote) for quote in each.quotes],
        "not_quoted": [_skipped(skipped) for skipped in each.not_quoted],
        "actions": [_action(action) for action in each.actions],
        "bursts": [_delays(delays) for delays in each.delays],
        "not_counted": [_skipped(skipped) for skipped in each.headroom.skipped],
    }


def _use(use: Use, each: DesignStudy) -> dict[str, object]:
    limit = use.limit
    return {
        "id": limit.id,
        "provider": limit.provider,
        "pool": limit.pool,
        "tier": limit.tier,
        "service": limit.service,
        "counts": limit.counting.name,
        "amount": plain(limit.amount),
        "per_s": plain(limit.counting.per_s) if limit.counting.per_s else None,
        "target": figure(use.target),
        "per_query": plain(use.demand.per_query),
        "stages": {stage: plain(taken) for stage, taken in use.demand.stages.items()},
        "mean_use": _numbers(use.mean),
        "peak_use": _numbers(use.peak),
        "headroom": _numbers(use.headroom),
        "binding_hour": use.binding_hour,
        "full_month": use.full_month or None,
        "months_left": figure(use.months_left),
        "engine": each.headroom.engine,
        "note": use.demand.note,
        "source": limit.source,
        "source_url": limit.source_url,
        "checked_on": limit.checked_on and limit.checked_on.isoformat(),
        "status": limit.status,
    }


def _week(each: DesignStudy) -> dict[str, object] | None:
    """Of the limit that binds, in its fullest month: use in the busiest minute of each hour, Monday first."""
    use = each.binding
    if use is None:
        return None
    month = fullest_month(use)
    peak = use.hours[month] * use.peak_factor
    return {"limit": use.limit.id, "month": each.months[month], "peak_use": _numbers(peak)}


def _in_flight(each: DesignStudy) -> dict[str, object]:
    found = [each.in_flight(month) for month in range(len(each.months))]
    return {
        "mean": [None if pair is None else figure(pair[0]) for pair in found],
        "peak": [None if pair is None else figure(pair[1]) for pair in found],
        "unknown": list(each.flight.unknown),
        "engine": each.flight.engine,
    }


def _action(action: Action) -> dict[str, object]:
    return {
        "kind": action.kind,
        "text": action.text,
        "use_then": figure(action.use_then),
        "months_more": figure(action.months_more),
        "suffices": action.suffices,
    }


def _delays(delays: Delays) -> dict[str, object]:
    found = delays.found
    return {
        "month": delays.month,
        "mean_use": figure(delays.use),
        "calls": found and found.n_calls,
        "delayed": found and figure(found.delayed),
        "p50_s": found and figure(found.p50_s),
        "p99_s": found and figure(found.p99_s),
        "max_s": found and figure(found.max_s),
        "unknown": delays.why or None,
        "engine": found and found.engine,
    }


def _skipped(skipped: Skipped) -> dict[str, object]:
    return {"what": skipped.what, "why": skipped.why}


def _numbers(values: Array | Sequence[float]) -> list[float | None]:
    return [figure(float(value)) for value in values]
