"""What lints found in price books, as text, JSON and annotations of a GitHub workflow run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kplan.checksum import CHECKSUM, json_checksum
from kplan.prices.findings import ERROR, WARN, Finding, LintedBook
from kplan.render.annotations import annotation, workflow_log
from kplan.render.format import plain_text
from kplan.render.json import Value, text_of
from kplan.render.price_json import row_json

KIND = "kplan/book-lint"
SCHEMA_VERSION = 1

Found = Sequence[tuple[LintedBook, Sequence[Finding]]]


def table(found: Found) -> bytes:
    """A line a finding, errors first, and how many there are of each book."""
    lines = []
    for book, findings in found:
        ranked = sorted(findings, key=lambda finding: finding.severity != ERROR)
        lines += [_line(finding) for finding in ranked]
        lines += [""] * bool(ranked) + [f"{book.name}: {_tally(book, findings)}"]
    return "".join(f"{plain_text(line)}\n" for line in lines).encode()


def _line(finding: Finding) -> str:
    place = f"{finding.mark}: " if finding.mark else ""
    other = finding.places[1].mark if len(finding.places) > 1 else None
    also = f" ({other})" if other else ""
    return f"{finding.severity:<5}  {finding.lint:<11}  {place}{finding.what}{also}"


def _tally(book: LintedBook, findings: Sequence[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    words = ((ERROR, "error", "errors"), (WARN, "warning", "warnings"))
    told = [
        f"{counts[name]:,} {one if counts[name] == 1 else many}" for name, one, many in words if counts[name]
    ]
    n = f"{len(book.rows):,} price{'' if len(book.rows) == 1 else 's'}"
    return f"{' and '.join(told) or 'nothing found'} in {n}"


def github(found: Found) -> bytes:
    """A workflow command for each finding, at the line of its row."""
    lines = []
    for book, findings in found:
        for finding in findings:
            properties: dict[str, object] = {"title": f"kplan book lint {finding.lint}"}
            if mark := finding.mark:
                properties = {"file": mark.file, "line": mark.line, "col": mark.column} | properties
            level = "error" if finding.severity == ERROR else "warning"
            lines.append(annotation(level, properties, finding.what))
        lines.append(f"{plain_text(book.name)}: {_tally(book, findings)}")
    return workflow_log(lines)


def json(found: Found) -> bytes:
    """The document with its checksum."""
    rest = document(found)
    return text_of(rest | {CHECKSUM: json_checksum(rest)}).encode()


def document(found: Found) -> dict[str, Value]:
    """The findings as JSON values, each with the whole rows that it is about, the one at fault first."""
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "books": [
            {
                "book": book.name,
                "today": str(book.today),
                "prices": len(book.rows),
                "findings": [_finding(finding) for finding in findings],
            }
            for book, findings in found
        ],
    }


def _finding(finding: Finding) -> Value:
    return {
        "lint": finding.lint,
        "severity": finding.severity,
        "text": finding.what,
        "rows": [
            dict(row_json(placed.row))
            | {
                "file": placed.mark.file if placed.mark else None,
                "line": placed.mark.line if placed.mark else None,
            }
            for placed in finding.places
        ],
    }
