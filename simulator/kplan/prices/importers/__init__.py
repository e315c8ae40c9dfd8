"""Price books made from what others publish: one file per source, and one line in this table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from kplan.errors import KplanError
from kplan.prices.importers.imported import Imported, Wishes

Importer = Callable[[Path | None, date, Wishes], Imported]
"""Reads a source, its file if it has one, as of a day."""


class Source(NamedTuple):
    """One line of the help, where the importer lies, and what it takes."""

    target: str
    """`module:function`, an `Importer`, imported when it is run."""
    help: str
    takes_file: bool
    wishes: frozenset[str]
    """Which of the wishes it knows."""
    package: str = ""
    """What has to be installed for it."""


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "genai-prices": Source(
            "kplan.prices.importers.genai_prices:read",
            "the installed package genai-prices",
            False,
            frozenset(),
            "genai-prices",
        ),
        "litellm": Source(
            "kplan.prices.importers.litellm:read",
            "LiteLLM's model_prices_and_context_window.json",
            True,
            frozenset({"zeros"}),
        ),
        "table": Source(
            "kplan.prices.importers.tables:read",
            "anybody's CSV or xlsx file",
            True,
            frozenset({"names", "ignored", "fills", "wide"}),
        ),
    }
)
"""A new importer is one line here and one module."""

TABLES = (".csv", ".xlsx")
"""Endings of files that are a table without its being said."""


def importer(name: str) -> Importer:
    """The importer of a source; raises KplanError when what it needs is not installed."""
    source = SOURCES[name]
    module, _, attribute = source.target.partition(":")
    try:
        found: Importer = getattr(import_module(module), attribute)
    except ImportError as e:
        if not source.package:
            raise
        raise KplanError(f"{source.package} is not installed; pip install {source.package}") from e
    return found
