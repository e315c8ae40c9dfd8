"""On sheet Capacity: how full each limit is and how many calls are in flight, one column a month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from kplan.capacity.study import DesignStudy, Study
from kplan.money import ONE
from kplan.render.capacity.tables.listing import digits, shown
from kplan.render.workbook.listed import LONGEST, NOTHING, coloured, day_of
from kplan.render.workbook.sheet import Sheet
from kplan.render.workbook.styles import MONTH, PERCENT, dollars, places_for

FIRST_MONTH = 2
RATE = "#,##0.000"
CALLS = "#,##0.00"
SHARE = PERCENT.replace('"–"', "0.0%")

Line = tuple[str, str, tuple[str, ...], list[Decimal | None]]
"""Design, what it is, the design's months, and the figure in each of them."""


def write(sheet: Sheet, row: int, study: Study) -> tuple[int, int]:
    """The tables from a row on; gives the first free row and the last column."""
    months = sorted({month for each in study.designs for month in each.months})
    parts = (
        ("Use in the busiest minute (of what is counted by the day: on the busiest day)", _uses, PERCENT),
        ("Queries a second, on average", _rates, RATE),
        ("Calls in flight", _flights, CALLS),
        ("What units cost a month", _costs, dollars(places_for(_least(study)))),
        ("Use of the units", _used, SHARE),
        ("Part of their work that finds no room in the units", _spilled, SHARE),
    )
    for title, lines, number in parts:
        found = list(lines(study))
        if found:
            row = _table(sheet, row, title, found, months, number) + 1
    return row - 1, FIRST_MONTH + len(months) - 1


def _table(
    sheet: Sheet, row: int, title: str, lines: Sequence[Line], months: Sequence[str], number: str
) -> int:
    last = FIRST_MONTH + len(months) - 1
    sheet.band(row, title, last)
    sheet.header(row + 1, ["Design", "Of what"], ())
    for column, month in enumerate(months, FIRST_MONTH):
        sheet.day(row + 1, column, day_of(month), "header", "right", number=MONTH)
    first = row + 2
    for at, (design, what, own, figures) in enumerate(lines, first):
        sheet.text(at, 0, design)
        if len(what) > LONGEST:
            sheet.paragraph(at, 1, what, LONGEST)
        else:
            sheet.text(at, 1, what)
        for month, figure in zip(own, figures, strict=True):
            _figure(sheet, at, FIRST_MONTH + months.index(month), figure, number)
    if number == PERCENT:
        coloured(sheet, first, FIRST_MONTH, first + len(lines) - 1, last)
    return first + len(lines)


def _figure(sheet: Sheet, row: int, column: int, figure: Decimal | None, number: str) -> None:
    if figure is None:
        sheet.text(row, column, NOTHING, "muted", "right", measured=False)
    else:
        sheet.number(row, column, figure, number=number)


def _uses(study: Study) -> Iterator[Line]:
    for each in study.designs:
        for use in each.headroom.uses:
            yield shown(each), use.limit.title, each.months, [digits(float(peak)) for peak in use.peak]


def _rates(study: Study) -> Iterator[Line]:
    """Once a variant: its designs get the same queries."""
    first: dict[str, DesignStudy] = {}
    for each in study.designs:
        first.setdefault(each.design.variant, each)
    for variant, each in first.items():
        yield (
            variant or "all",
            "queries a second",
            each.months,
            [digits(float(n)) for n in each.queries_per_s],
        )


def _flights(study: Study) -> Iterator[Line]:
    """Mean and busiest minute of each design of which they are known."""
    for each in study.designs:
        pairs = [each.in_flight(month) for month in range(len(each.months))]
        known = [pair for pair in pairs if pair is not None]
        if len(known) == len(pairs):
            for at, what in enumerate(("mean", "busiest minute")):
                yield shown(each), what, each.months, [digits(pair[at]) for pair in known]


def _least(study: Study) -> Decimal:
    """The smallest month of units [USD]: what a number format must still show."""
    paid = [usd for each in study.designs for bought in each.bought for usd in bought.usd_per_month]
    return min(filter(None, paid), default=ONE)


def _costs(study: Study) -> Iterator[Line]:
    for each in study.designs:
        for bought in each.bought:
            yield shown(each), f"{bought.units:,} x {bought.label}", each.months, list(bought.usd_per_month)


def _used(study: Study) -> Iterator[Line]:
    for each in study.designs:
        for bought in each.bought:
            yield shown(each), bought.label, each.months, [digits(used) for used in bought.utilisation]


def _spilled(study: Study) -> Iterator[Line]:
    for each in study.designs:
        for bought in each.bought:
            yield shown(each), bought.label, each.months, list(bought.spilled_share)
