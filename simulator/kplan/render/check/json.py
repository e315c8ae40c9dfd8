"""Checks as JSON for machines: values and bounds as exact decimal strings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kplan.checksum import CHECKSUM, json_checksum
from kplan.regress.check_files import FileChecks, all_checks
from kplan.regress.checks import FAIL, PASS, WARN, CheckResult
from kplan.render.json import Value, text_of
from kplan.render.json_checks import check_of
from kplan.version import __version__

KIND = "kplan/checks"
SCHEMA_VERSION = 1


def render(files: Sequence[FileChecks]) -> bytes:
    """The document with its checksum; one line a value, newline at the end."""
    rest = document(files)
    return text_of(rest | {CHECKSUM: json_checksum(rest)}).encode()


def document(files: Sequence[FileChecks]) -> dict[str, Value]:
    """The checks as JSON values (`check_of`), each with its place, without the checksum."""
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
    place = check.place
    return {
        **check_of(check),
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }
