"""A lock's check as annotations of a GitHub workflow run: an error on the entry's line of the lock."""

from __future__ import annotations

from kplan.regress.lock.drift import Drift
from kplan.regress.lock.scan import Report
from kplan.render.annotations import annotation, workflow_log
from kplan.render.drift import words
from kplan.render.format import plain_text


def render(report: Report) -> bytes:
    """A workflow command for each design that is not as locked; then how many there are."""
    lines = [_annotation(drift, report) for drift in report.bad]
    lines.append(plain_text(f"kplan lock: {words.tally(report.drifts)}"))
    return workflow_log(lines)


def _annotation(drift: Drift, report: Report) -> str:
    line = report.lines.get(drift.id)
    place: dict[str, object] = {"file": report.lock} | ({"line": line} if line else {})
    told = "\n".join([words.summary(drift), *map(words.price, drift.prices[: words.MOST_PRICES])])
    accept = f"To accept: {report.command([drift])}"
    return annotation("error", place | {"title": "kplan lock"}, f"{told}\n{accept}")
