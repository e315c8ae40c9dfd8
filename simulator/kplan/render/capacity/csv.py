"""Capacity as CSV: unrounded figures, and no text that a spreadsheet would run."""

from __future__ import annotations

from kplan.capacity.study import Study
from kplan.render.capacity.tables import LISTINGS, every
from kplan.render.tables.csv import written

MONTHS = "months"
"""The table of a single file: every limit of every design in every month."""


def render(study: Study) -> bytes:
    """One line a design, limit and month, UTF-8."""
    return written([LISTINGS[MONTHS].table(MONTHS, study)])


def folder(study: Study) -> dict[str, bytes]:
    """A file for every table in which something stands, by its name: `limits.csv`."""
    return {f"{name}.csv": written([table]) for name, table in every(study).items()}
