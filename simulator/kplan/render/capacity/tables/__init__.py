"""Every table of a study, unrounded: one place for CSV, Markdown and the workbook."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kplan.capacity.study import Study
from kplan.render.capacity.tables import limits, loaded, outcomes, units
from kplan.render.capacity.tables.listing import Listing
from kplan.render.tables.table import Table

LISTINGS: Mapping[str, Listing[Any]] = MappingProxyType(
    {
        "designs": limits.DESIGNS,
        "limits": limits.LIMITS,
        "months": limits.MONTHS,
        "hours": limits.HOURS,
        "actions": outcomes.ACTIONS,
        "in-flight": outcomes.IN_FLIGHT,
        "load": loaded.LOADS,
        "offers": units.OFFERS,
        "bought": units.BOUGHT,
        "load-duration": units.LOAD_DURATION,
        "break-even": units.BREAK_EVEN,
        "bursts": outcomes.BURSTS,
        "not-counted": outcomes.NOT_COUNTED,
        "not-quoted": units.NOT_QUOTED,
        "sources": limits.SOURCES,
    }
)
"""By the name that each has in files; another table is one line here."""


def every(study: Study) -> dict[str, Table]:
    """All tables in which something stands, by name."""
    found = {name: listing.table(name, study) for name, listing in LISTINGS.items()}
    return {name: table for name, table in found.items() if table.rows}
