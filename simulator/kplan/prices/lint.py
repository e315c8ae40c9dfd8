"""Every lint on price books, in one registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from kplan.prices import lint_dates, lint_gaps, lint_prices
from kplan.prices.findings import ERROR, WARN, Finding, Lint, LintedBook
from kplan.prices.rows import PriceRow


class Rule(NamedTuple):
    """A lint and how severe its findings are."""

    lint: Lint
    severity: str


LINTS: Mapping[str, Rule] = MappingProxyType(
    {
        "overlap": Rule(lint_dates.overlap, ERROR),
        "cache-read": Rule(lint_prices.cache_read, ERROR),
        "cache-write": Rule(lint_prices.cache_write, WARN),
        "hour-write": Rule(lint_prices.hour_write, ERROR),
        "batch": Rule(lint_prices.batch, ERROR),
        "output": Rule(lint_prices.output, WARN),
        "bounds": Rule(lint_prices.bounds, ERROR),
        "scale": Rule(lint_prices.scale, ERROR),
        "meter": Rule(lint_prices.unknown_meter, WARN),
        "free": Rule(lint_prices.free, WARN),
        "gap": Rule(lint_dates.gap, WARN),
        "partial": Rule(lint_gaps.partial, WARN),
        "alias": Rule(lint_gaps.alias, WARN),
        "currency": Rule(lint_gaps.unconverted, WARN),
        "future": Rule(lint_dates.future, WARN),
        "overdue": Rule(lint_dates.overdue, WARN),
        "stale": Rule(lint_dates.stale, WARN),
        "retired": Rule(lint_dates.retired, WARN),
    }
)
"""A new lint is one function and one line here."""

AGAINST = "against"


def lint(book: LintedBook) -> Iterator[Finding]:
    """What every lint finds, lint by lint, in the order of the book."""
    for name, rule in LINTS.items():
        for finding in rule.lint(book):
            yield replace(finding, lint=name, severity=rule.severity)


def lint_against(book: LintedBook, others: tuple[PriceRow, ...], name: str) -> Iterator[Finding]:
    """Where another book has another price in force on the day, each with both rows."""
    for finding in lint_prices.disagreements(book, others, name):
        yield replace(finding, lint=AGAINST, severity=WARN)
