"""Checks as annotations of a GitHub workflow run: an error or a warning on the line that states the bound."""

from __future__ import annotations

from collections.abc import Sequence

from kplan.regress.check_files import FileChecks, all_checks
from kplan.regress.checks import PASS, WARN, CheckResult, tally
from kplan.render.annotations import annotation, workflow_log


def render(files: Sequence[FileChecks]) -> bytes:
    """A workflow command for each broken bound and each file without checks; then how many there are."""
    checks = all_checks(files)
    lines = [_annotation(check) for check in checks if check.verdict != PASS]
    lines += [annotation("notice", {"file": file.file}, "no checks") for file in files if not file.checks]
    lines += [f"kplan check: {tally(checks)}."] if checks else []
    return workflow_log(lines)


def _annotation(check: CheckResult) -> str:
    properties: dict[str, object] = {"title": f"kplan check {check.check.id}".strip()}
    if place := check.place:
        properties = {"file": place.file, "line": place.line, "col": place.column} | properties
    told = f": {check.check.message}" if check.check.message else ""
    return annotation("warning" if check.verdict == WARN else "error", properties, f"{check.text}{told}")
