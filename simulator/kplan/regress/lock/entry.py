"""What a lock holds of one design: its figures, and all that they were made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct

from kplan.engine.calendar import Horizon
from kplan.engine.results import MonthCost
from kplan.money import plain
from kplan.prices.columns import ROW_COLUMNS, row_texts
from kplan.prices.rows import PriceRow
from kplan.regress.attribution import LineId
from kplan.regress.priced import Slot
from kplan.scenario.volume import Profile

TELLS_NOTHING = frozenset({"source", "source_url", "checked_on", "recorded_on", "note", "status"})
"""Columns of a price row that do not price; a cancelled row is never locked at all."""


class EntryId(NamedTuple):
    """A design of a scenario file, under a variant or as it stands."""

    file: str
    """Relative to the lock, with forward slashes."""
    design: str
    variant: str

    def __str__(self) -> str:
        return f"{self.file}#{self.name}"

    @property
    def name(self) -> str:
        """What results call the design."""
        return f"{self.design}@{self.variant}" if self.variant else self.design


class LockedStage(Struct, frozen=True):
    """A stage: its cost per query on the first day, and over the horizon [USD]."""

    id: str
    models: tuple[str, ...]
    """As the scenario writes them."""
    per_query_usd: Decimal
    total_usd: Decimal


class LockedPrice(Struct, frozen=True):
    """A price row without what does not price."""

    row: PriceRow
    is_used: bool
    """Whether the design pays it; others are what its models would bill for more tokens or other meters."""


class SlotKey(NamedTuple):
    """A call of a design."""

    query_class: str
    stage: str
    number: int


class Entry(Struct, frozen=True):
    """A design as it was locked."""

    id: EntryId
    kplan_version: str
    reason: str
    """Why somebody accepted it; empty where nobody said."""
    scenario_sha256: str
    """Of what the scenario says that matters to this design."""
    prices_sha256: str
    """Of what the rows that it pays say of prices within the plan's months."""
    per_query_usd: Decimal
    total_usd: Decimal
    months: tuple[MonthCost, ...]
    stages: tuple[LockedStage, ...]
    lines: Mapping[LineId, Decimal]
    """What is paid by the month, over the horizon [USD]."""
    slots: Mapping[SlotKey, Slot]
    prices: tuple[LockedPrice, ...]
    freeze: date | None
    """The day at which the scenario holds its prices."""
    profile: Profile | None

    @property
    def horizon(self) -> Horizon:
        """The months of the plan."""
        return Horizon(tuple(date.fromisoformat(f"{month.month}-01") for month in self.months))

    @property
    def span(self) -> tuple[date, date]:
        """The days whose prices hold, half-open: the plan's, or the one day at which they are held."""
        if self.freeze:
            return self.freeze, self.freeze + timedelta(days=1)
        return self.horizon.starts_on, self.horizon.ends_on

    @property
    def scope(self) -> frozenset[Scope]:
        """Of every row that may price the design."""
        runners = (runner for slot in self.slots.values() for runner in slot.runners)
        asked = {key for each in runners for key in scope(each.model, each.mode, each.region)}
        rows = (price.row for price in self.prices if price.is_used)
        return frozenset(asked | {(f"{row.provider}/{row.model}", row.mode, row.region) for row in rows})


Scope = tuple[str, str, str]
"""Model, mode and region of a price row."""


def scope(model: str, mode: str, region: str) -> set[Scope]:
    """What may price a call: rows of its own mode and region, and those that it falls back on."""
    return {(model, each, where) for each in (mode, "standard") for where in (region, "")}


class Term(NamedTuple):
    """What some rows of one key say for some days, half-open."""

    starts_on: date
    ends_on: date
    usd_per_unit: Decimal
    rest: tuple[str, ...]
    """All other columns that price."""


PriceKey = tuple[object, ...]
"""All that selects a price but for its dates: `PriceRow.key`."""

_BESIDE = [
    n
    for n, name in enumerate(ROW_COLUMNS)
    if name not in TELLS_NOTHING and name not in ("usd", "per", "valid_from", "valid_to")
]


def terms(rows: Iterable[PriceRow], span: tuple[date, date]) -> dict[PriceKey, tuple[Term, ...]]:
    """What the rows say within the days, whichever rows say so: equal neighbours are one."""
    found: dict[PriceKey, list[Term]] = {}
    for row in sorted(rows, key=lambda row: row.valid_from or date.min):
        start = max(row.valid_from or date.min, span[0])
        end = min(row.valid_to or date.max, span[1])
        if start >= end:
            continue
        texts = row_texts(row)
        term = Term(start, end, row.usd_per_unit, tuple(texts[n] for n in _BESIDE))
        own = found.setdefault(row.key, [])
        if own and own[-1].ends_on == start and own[-1][2:] == term[2:]:
            term = term._replace(starts_on=own.pop().starts_on)
        own.append(term)
    return {key: tuple(own) for key, own in found.items()}


def prices_sha256(rows: Iterable[PriceRow], span: tuple[date, date]) -> str:
    """One hash over what the rows say within the days."""
    lines = sorted(
        "\0".join((str(term.starts_on), str(term.ends_on), plain(term.usd_per_unit), *term.rest))
        for own in terms(rows, span).values()
        for term in own
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
