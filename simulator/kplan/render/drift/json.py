"""A lock's check as JSON for machines: figures as exact decimal strings."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from kplan.checksum import CHECKSUM, json_checksum
from kplan.money import plain
from kplan.regress.lock.drift import Drift, Moved, Status
from kplan.regress.lock.scan import Report
from kplan.render.format import percent_exact
from kplan.render.json import Value, text_of
from kplan.version import __version__

KIND = "kplan/lock-check"
SCHEMA_VERSION = 1


def render(report: Report) -> bytes:
    """The document with its checksum; one line a value, newline at the end."""
    rest = document(report)
    return text_of(rest | {CHECKSUM: json_checksum(rest)}).encode()


def document(report: Report) -> dict[str, Value]:
    """The drifts as JSON values, without the checksum.

    status     same, drift, new (no entry) or unused (no scenario)
    causes     price, scenario, code: what made the figures drift
    old, new   decimal strings in `unit`; null where there was or is no such thing
    pct        the change in percent of the old value
    """
    counts = Counter(drift.status for drift in report.drifts)
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "kplan_version": __version__,
        "lock": report.lock,
        "counts": {status.value: counts[status] for status in Status},
        "accept": report.command(report.bad) if report.bad else None,
        "entries": [_drift(drift, report) for drift in report.drifts],
    }


def _drift(drift: Drift, report: Report) -> Value:
    return {
        "id": drift.id,
        "status": drift.status.value,
        "causes": [cause.value for cause in drift.causes],
        "figures": [_moved(moved) for moved in drift.figures],
        "prices": [_moved(moved) for moved in drift.prices],
        "reason": drift.old.reason if drift.old and drift.old.reason else None,
        "accept": report.command([drift]) if drift.is_bad else None,
    }


def _moved(moved: Moved) -> Value:
    return {
        "name": moved.name,
        "unit": moved.unit,
        "old": _exact(moved.old),
        "new": _exact(moved.new),
        "pct": None if moved.share is None else percent_exact(moved.share),
    }


def _exact(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
