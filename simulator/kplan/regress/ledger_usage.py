"""What two ledgers tell of a change where a side is a saved result: volume, price, and the rest as one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct

from kplan.engine.calendar import days_in, month_after
from kplan.engine.ledger import Kind, LedgerRow
from kplan.regress.runs import Run, RunDesign
from kplan.regress.shapley import Factor, Sides

_SINCE = re.compile(r" @\d{4}-\d{2}-\d{2}$")


class Cell(NamedTuple):
    """What a unit is billed as, whatever the day."""

    model: str
    meter: str
    price: str
    """The price row's id without its day: it tells tier, mode, region and hours."""


class Span(Struct, frozen=True):
    """What a ledger says of some days: [starts_on, ends_on)."""

    starts_on: date
    ends_on: date
    units: Mapping[str, Mapping[Cell, Fraction]]
    """Units per query of the whole mix, by stage."""
    usd: Mapping[Cell, Fraction]
    """Price of a unit [USD]."""

    def days_from(self, day: date) -> int:
        """How far the day lies from the span; 0 within it [days]."""
        last = self.ends_on - timedelta(days=1)
        return max((self.starts_on - day).days, (day - last).days, 0)


@dataclass
class LedgerUsage:
    """The stages of one design as two ledgers have them.

    A bill is queries (volume) x units per query (tokens, flow and models together) x price of a unit
    (price). On days that a ledger does not cover, its nearest days hold; a cell that one side has no
    price for takes the other's.
    """

    spans: tuple[Sequence[Span], Sequence[Span]]
    queries: tuple[Mapping[date, Fraction], Mapping[date, Fraction]]
    factors = (Factor.VOLUME, Factor.USAGE, Factor.PRICE, Factor.FIXED)
    _found: dict[tuple[str, tuple[int, ...]], Fraction] = field(default_factory=dict)

    @classmethod
    def of(cls, runs: tuple[Run, Run], designs: tuple[RunDesign, RunDesign]) -> LedgerUsage:
        """The two sides of a design."""
        spans = tuple(_spans(run.usage(design), design) for run, design in zip(runs, designs, strict=True))
        days = {day for side in spans for span in side for day in (span.starts_on, span.ends_on)}
        days |= {first for design in designs for first in _months(design)}
        cuts = sorted(days)
        return cls((spans[0], spans[1]), (_queries(designs[0], cuts), _queries(designs[1], cuts)))

    def stage_usd(self, stage: str, sides: Sides) -> Fraction:
        """The stage's cost over the horizon [USD]."""
        key = (stage, tuple(sides[factor] for factor in self.factors[:-1]))
        if key not in self._found:
            self._found[key] = sum(
                (
                    n * self._per_query(stage, day, sides)
                    for day, n in self.queries[sides[Factor.VOLUME]].items()
                ),
                Fraction(0),
            )
        return self._found[key]

    def monthly_usd(self, kind: Kind, name: str, sides: Sides) -> Fraction | None:  # noqa: ARG002 - Usage's own
        """None: a ledger does not tell the terms that made its monthly lines."""
        return None

    def _per_query(self, stage: str, day: date, sides: Sides) -> Fraction:
        side = sides[Factor.USAGE]
        span = _nearest(self.spans[side], day)
        units = span.units.get(stage, {}) if span else {}
        return sum(
            (n * self._price(cell, day, sides[Factor.PRICE], side) for cell, n in units.items()), Fraction(0)
        )

    def _price(self, cell: Cell, day: date, wanted: int, own: int) -> Fraction:
        for side in (wanted, 1 - wanted):
            span = _nearest(self.spans[side], day)
            if span and not span.days_from(day) and cell in span.usd:
                return span.usd[cell]
        held = [span for span in self.spans[own] if cell in span.usd]
        return min(held, key=lambda span: span.days_from(day)).usd[cell]


def _spans(rows: Iterable[LedgerRow], design: RunDesign) -> list[Span]:
    queries = {month.month: Fraction(month.queries) for month in design.months}
    units: dict[tuple[date, date], dict[str, dict[Cell, Fraction]]] = {}
    usd: dict[tuple[date, date], dict[Cell, Fraction]] = {}
    for row in rows:
        days = (row.starts_on, row.ends_on)
        of_all = queries.get(row.month, Fraction(0)) * (row.ends_on - row.starts_on).days
        if not row.queries or not of_all:
            continue
        cell = Cell(row.model, row.meter, _SINCE.sub("", row.price_row))
        share = Fraction(row.queries) * days_in(row.starts_on) / of_all
        stage = units.setdefault(days, {}).setdefault(row.stage, {})
        stage[cell] = stage.get(cell, Fraction(0)) + share * Fraction(row.quantity_per_query)
        usd.setdefault(days, {})[cell] = Fraction(row.unit_price_usd)
    return [Span(*days, units[days], usd[days]) for days in sorted(units)]


def _nearest(spans: Sequence[Span], day: date) -> Span | None:
    return min(spans, key=lambda span: span.days_from(day), default=None)


def _months(design: RunDesign) -> Iterable[date]:
    return (date.fromisoformat(f"{month.month}-01") for month in design.months)


def _queries(design: RunDesign, cuts: Sequence[date]) -> dict[date, Fraction]:
    """Queries from each of these days to the next; a month's fall evenly on its days."""
    found: dict[date, Fraction] = {}
    for first, month in zip(_months(design), design.months, strict=True):
        end = month_after(first)
        inside = sorted({first, *(day for day in cuts if first < day < end)})
        for start, until in zip(inside, [*inside[1:], end], strict=True):
            found[start] = Fraction(month.queries) / days_in(first) * (until - start).days
    return found
