"""Writers of results, one file a format, in one registry: they choose words and layout, compute nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, NamedTuple

from kplan.errors import KplanError
from kplan.render.marks import marked


class Writer(NamedTuple):
    """Where a format is written."""

    target: str
    """`module:function`, imported when used; takes Results (or what its registry says), returns bytes."""
    suffix: str
    """Ending of the files that `-o` writes in this format."""
    is_binary: bool


WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "table": Writer("kplan.render.terminal:page", ".txt", False),
        "json": Writer("kplan.render.json:render", ".json", False),
        "csv": Writer("kplan.render.csv:render", ".csv", False),
        "markdown": Writer("kplan.render.markdown:render", ".md", False),
        "html": Writer("kplan.render.html:render", ".html", False),
        "xlsx": Writer("kplan.render.xlsx:render", ".xlsx", True),
    }
)
"""Format -> writer; a new format is one line here and one module."""

CHECK_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "table": Writer("kplan.render.check.table:page", ".txt", False),
        "json": Writer("kplan.render.check.json:render", ".json", False),
        "junit": Writer("kplan.render.check.junit:render", ".xml", False),
        "github": Writer("kplan.render.check.github:render", ".github", False),
        "markdown": Writer("kplan.render.check.markdown:render", ".md", False),
    }
)
"""The same for the outcome of checks: what they write is a sequence of `FileChecks`."""

DIFF_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "table": Writer("kplan.render.diff.text:page", ".txt", False),
        "json": Writer("kplan.render.diff.json:render", ".json", False),
        "markdown": Writer("kplan.render.diff.markdown:render", ".md", False),
        "github": Writer("kplan.render.diff.github:render", ".github", False),
    }
)
"""The same for comparisons: what they write is a `Diff`."""

BOOK_DIFF_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "table": Writer("kplan.render.book_diff:table", ".txt", False),
        "json": Writer("kplan.render.book_diff:json", ".json", False),
        "csv": Writer("kplan.render.book_diff:csv", ".csv", False),
        "markdown": Writer("kplan.render.book_diff:markdown", ".md", False),
    }
)
"""The same for comparisons of price books: what they write is a `NamedDiff`."""

BOOK_LINT_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "table": Writer("kplan.render.book_lint:table", ".txt", False),
        "json": Writer("kplan.render.book_lint:json", ".json", False),
        "github": Writer("kplan.render.book_lint:github", ".github", False),
    }
)
"""The same for lints on price books: what they write is each book with its findings."""

CALENDAR_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "table": Writer("kplan.render.price_calendar:table", ".txt", False),
        "json": Writer("kplan.render.price_calendar:json", ".json", False),
        "csv": Writer("kplan.render.price_calendar:csv", ".csv", False),
        "markdown": Writer("kplan.render.price_calendar:markdown", ".md", False),
    }
)
"""The same for calendars of prices: what they write is a sequence of `Entry`."""
PORTFOLIO_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "table": Writer("kplan.render.portfolio.table:page", ".txt", False),
        "json": Writer("kplan.render.portfolio.json:render", ".json", False),
        "csv": Writer("kplan.render.portfolio.csv:render", ".csv", False),
        "markdown": Writer("kplan.render.portfolio.markdown:render", ".md", False),
    }
)
"""The same for the total of many scenarios: what they write is a `Portfolio`."""

TABLE_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "table": Writer("kplan.render.tables.text:page", ".txt", False),
        "json": Writer("kplan.render.tables.json:render", ".json", False),
        "csv": Writer("kplan.render.tables.csv:render", ".csv", False),
        "markdown": Writer("kplan.render.tables.markdown:render", ".md", False),
    }
)
"""The same for single tables of a result: what they write is a `View`."""

PORTFOLIO_DIFF_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "table": Writer("kplan.render.portfolio_diff.text:page", ".txt", False),
        "json": Writer("kplan.render.portfolio_diff.json:render", ".json", False),
        "markdown": Writer("kplan.render.portfolio_diff.markdown:render", ".md", False),
        "github": Writer("kplan.render.portfolio_diff.github:render", ".github", False),
    }
)
"""The same for comparisons of portfolios: what they write is a `PortfolioDiff`."""

LOCK_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "table": Writer("kplan.render.drift.table:page", ".txt", False),
        "json": Writer("kplan.render.drift.json:render", ".json", False),
        "junit": Writer("kplan.render.drift.junit:render", ".xml", False),
        "github": Writer("kplan.render.drift.github:render", ".github", False),
        "markdown": Writer("kplan.render.drift.markdown:render", ".md", False),
    }
)
"""The same for checks of a lock: what they write is a `Report` of drifts."""

CAPACITY_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "table": Writer("kplan.render.capacity.table:page", ".txt", False),
        "json": Writer("kplan.render.capacity.json:render", ".json", False),
        "csv": Writer("kplan.render.capacity.csv:render", ".csv", False),
        "markdown": Writer("kplan.render.capacity.markdown:render", ".md", False),
        "html": Writer("kplan.render.capacity_page.html:render", ".html", False),
        "xlsx": Writer("kplan.render.capacity.xlsx:render", ".xlsx", True),
    }
)
"""The same for limits and how designs fit them: what they write is a `Study`."""

PROFILE_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "yaml": Writer("kplan.render.profile.yaml:render", ".yaml", False),
        "json": Writer("kplan.render.profile.json:render", ".json", False),
        "table": Writer("kplan.render.profile.table:page", ".txt", False),
    }
)
"""The same for logs of calls: what they write is a `Profile`."""


def render(format_name: str, results: Any, writers: Mapping[str, Writer] = WRITERS) -> bytes:
    """The whole file in this format, with kplan's mark where the format can carry one.

    results   what the writers take, `Results` unless said; not imported here, so that a look at the
              registry is cheap
    """
    entry = writers[format_name]
    module, _, function = entry.target.partition(":")
    write: Callable[[Any], bytes] = getattr(import_module(module), function)
    return marked(write(results), entry.suffix)


def format_of(path: str, writers: Mapping[str, Writer] = WRITERS) -> str:
    """The format that a file's name asks for; raises KplanError for an ending that none has."""
    suffix = PurePath(path).suffix.lower()
    for name, entry in writers.items():
        if entry.suffix == suffix:
            return name
    known = ", ".join(entry.suffix for entry in writers.values())
    raise KplanError(f"-o {path}: no format ends in {suffix or 'nothing'}; name the file with one of {known}")
