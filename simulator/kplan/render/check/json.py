"""Checks as JSON for machines: values and bounds as exact decimal strings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kplan.checksum import CHECKSUM, json_checksum
from kplan.money import plain
from kplan.regress.check_files import FileChecks, all_checks
from kplan.regress.checks import FAIL, PASS, WARN, CheckResult
from kplan.render.json import Value, text_of
from kplan.version import __version__

KIND = "kplan/checks"
SCHEMA_VERSION = 1


def render(files: Sequence[FileChecks]) -> bytes:
    """The document with its checksum; one line a value, newline at the end."""
    rest = document(files)
    return text_of(rest | {CHECKSUM: json_checksum(rest)}).encode()


def document(files: Sequence[FileChecks]) -> dict[str, Value]:
    """The checks as JSON values, without the checksum.

    value, max, min, off   decimal strings in `unit`: USD, a part [0..1] for a share, months or days
    locked                 what `max_increase` is counted from, where that is what max is about
    off                    how far the value lies beyond the bound that it breaks; 0 where it breaks none
    """
    counts = Counter(check.verdict for check in all_checks(files))
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "kplan_version": __version__,
        "counts": {verdict: counts[verdict] for verdict in (PASS, WARN, FAIL)},
        "files": [
            {
                "file": file.file,
                "scenario_sha256": file.provenance.scenario_sha256,
                "book_sha256": file.provenance.book_sha256,
                "checks": [_check(check) for check in file.checks],
            }
            for file in files
        ],
    }


def _check(check: CheckResult) -> Value:
    bounds, place = check.bounds, check.place
    return {
        "id": check.check.id or None,
        "metric": check.metric,
        "design": check.design,
        "variant": check.variant,
        "verdict": check.verdict,
        "severity": check.check.severity,
        "unit": check.unit.value,
        "value": plain(check.value),
        "max": None if bounds.max is None else plain(bounds.max),
        "min": None if bounds.min is None else plain(bounds.min),
        "locked": None if check.locked is None else plain(check.locked),
        "off": plain(check.off),
        "text": check.text,
        "message": check.check.message,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }
