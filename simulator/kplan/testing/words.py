"""What a broken promise says: two to four lines with its place and the command to run next."""

from __future__ import annotations

import shlex
from pathlib import Path

from kplan.engine.results import Results
from kplan.errors import Mark
from kplan.regress.checks import CheckResult
from kplan.regress.lock.drift import Drift
from kplan.regress.lock.scan import Report
from kplan.render.drift import words
from kplan.render.format import plain_text


class BrokenError(Exception):
    """A promise that is broken; its text is all that is printed."""


class KplanWarning(UserWarning):
    """A bound that is broken and only warns."""


def said(check: CheckResult, scenario: Path, results: Results) -> str:
    """The figure beside its bound, the check's own message, where it is written, and what explains it."""
    lines = (check.text, check.check.message, str(check.mark or ""), _next(check, scenario, results))
    return "\n".join(plain_text(line) for line in lines if line)


def said_of_lock(drift: Drift, report: Report, mark: Mark | None) -> str:
    """What became of the design, the price that moved most, where it is locked, and what accepts it."""
    prices = [words.price(moved) for moved in drift.prices[:1]]
    accept = f"to accept: {report.command([drift])}"
    lines = (words.summary(drift), *prices, str(mark or report.lock), accept)
    return "\n".join(map(plain_text, lines))


def _next(check: CheckResult, scenario: Path, results: Results) -> str:
    """The command that explains the design's costliest stage."""
    stages = results.design(check.design).stages
    if not stages:
        return f"next: {shlex.join(['kplan', 'simulate', str(scenario)])}"
    costliest = max(stages, key=lambda stage: stage.cost_per_query_usd)
    asked = [str(scenario), f"{check.design}.{costliest.id}"]
    dashes = ["--"] if any(word.startswith("-") for word in asked) else []
    return f"next: {shlex.join(['kplan', 'explain', *dashes, *asked])}"
