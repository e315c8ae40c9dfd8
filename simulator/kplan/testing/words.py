"""What a broken promise says: two to four lines with its place and the command to run next."""

from __future__ import annotations

import shlex
from pathlib import Path

from kplan.engine.results import Results
from kplan.regress.checks import CheckResult
from kplan.render.format import plain_text


class BrokenError(Exception):
    """A promise that is broken; its text is all that is printed."""


class KplanWarning(UserWarning):
    """A bound that is broken and only warns."""


def said(check: CheckResult, scenario: Path, results: Results) -> str:
    """The figure beside its bound, the check's own message, where it is written, and what explains it."""
    lines = (check.text, check.check.message, str(check.mark or ""), _next(check, scenario, results))
    return "\n".join(plain_text(line) for line in lines if line)


def _next(check: CheckResult, scenario: Path, results: Results) -> str:
    """The command that explains the design's costliest stage."""
    stages = results.design(check.design).stages
    if not stages:
        return f"next: {shlex.join(['kplan', 'simulate', str(scenario)])}"
    costliest = max(stages, key=lambda stage: stage.cost_per_query_usd)
    words = [str(scenario), f"{check.design}.{costliest.id}"]
    dashes = ["--"] if any(word.startswith("-") for word in words) else []
    return f"next: {shlex.join(['kplan', 'explain', *dashes, *words])}"
