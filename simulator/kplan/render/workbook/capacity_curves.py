"""On sheet Capacity: charts of latency against load, of the load-duration curve and of what volumes cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from kplan.capacity.base_load import load_duration
from kplan.capacity.purchases import ModelQuote, break_even_curve
from kplan.capacity.study import DesignStudy, Study
from kplan.render.capacity import units
from kplan.render.capacity.tables.listing import digits, shown
from kplan.render.workbook import charts
from kplan.render.workbook.export import CAPACITY
from kplan.render.workbook.sheet import Sheet
from kplan.render.workbook.styles import QUANTITY, WHOLE, dollars, places_for

MOST_OFFERS = 2
"""Offers that are charted: those that pay most."""
WIDTH = 620
"""Of a chart, two of which stand side by side [pixels]."""
_COLOURS = (charts.BASELINE, charts.MAIN, charts.OTHERS[1], charts.OTHERS[2], charts.OTHERS[3])
_GREY = charts.OTHERS[0]
_SECONDS = "#,##0.000"
_NAMED = {"name_font": {"name": "Calibri", "size": 9, "bold": False, "color": "#444444"}}
_WHOLE_FROM = 10
"""Largest value of an axis from which on its decimals say nothing."""


class Curve(Struct, frozen=True):
    """Lines over one axis, all with a value at each of its places."""

    title: str
    about: str
    """What the chart shows, for those who cannot see it."""
    axis: str
    along: Sequence[float]
    lines: Mapping[str, Sequence[float]]
    unit: str
    number: str
    dashed: frozenset[str] = frozenset()
    """Lines that are bounds of others, thin and grey."""


def curves(study: Study) -> list[Curve]:
    """Those of the design that the verdict is about."""
    return [*_latency(study.shown), *_units(study.shown)]


def _latency(each: DesignStudy) -> Iterator[Curve]:
    found = each.loaded
    points = [] if found is None else [point for point in found.points if point.is_stable]
    if len(points) < 2:
        return
    lines = {
        name: [point.at(quantile).value for point in points]
        for name, quantile in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }
    bounds = {
        "p99, low end": [point.p99_s.low for point in points],
        "p99, high end": [point.p99_s.high for point in points],
    }
    yield Curve(
        f"{shown(each)}: latency against load [s], {points[-1].engine}",
        "Time that half, 95 and 99 % of the queries are through within, by load; p99 with its 95 % interval",
        "queries a second",
        [point.queries_per_s for point in points],
        lines | bounds,
        "s",
        _SECONDS,
        frozenset(bounds),
    )


def _units(each: DesignStudy) -> Iterator[Curve]:
    for quote in [quote for quote in units.told(each.quotes) if quote.quote.payg][:MOST_OFFERS]:
        yield _load_duration(quote)
        volumes, costs = break_even_curve(quote)
        smallest = min((usd for line in costs.values() for usd in line.tolist() if usd > 0), default=1.0)
        yield Curve(
            f"{units.title(quote)}: US$ a month by its queries",
            "What a month costs by its queries, paid call by call and with units",
            "queries a month",
            volumes.tolist(),
            {label: usd.tolist() for label, usd in costs.items()},
            "US$",
            dollars(places_for(Decimal(smallest))),
        )


def _load_duration(quote: ModelQuote) -> Curve:
    loads = load_duration(quote.loads).tolist()
    best = units.term(quote)
    lines = {"load": loads, "units for the peak": [float(best.peak.units)] * len(loads)}
    if best.base is not None and best.base.units:
        lines["best base"] = [float(best.base.units)] * len(loads)
    return Curve(
        f"{units.title(quote)}: load in {quote.month}, from the fullest hour on",
        "Units filled in each hour of the week, from the fullest to the emptiest, with the units to buy",
        "hours of the week",
        [float(hour) for hour in range(1, len(loads) + 1)],
        lines,
        quote.quote.sizing.offer.unit,
        QUANTITY,
    )


def room(found: Sequence[Curve]) -> int:
    """Rows that the charts cover, two side by side."""
    return charts.ROWS * ((len(found) + 1) // 2)


def write(sheet: Sheet, row: int, at: int, found: Sequence[Curve]) -> None:
    """The figures from a row on, and the charts of them from another on."""
    for number, curve in enumerate(found):
        first = _figures(sheet, row, curve)
        x = (number % 2) * (WIDTH + charts.GAP)
        chart = _chart(sheet, curve, first)
        charts.put(sheet, at + charts.ROWS * (number // 2), chart, curve.about, x)
        row = first + len(curve.along) + 1


def _figures(sheet: Sheet, row: int, curve: Curve) -> int:
    """The table; gives its first row of figures."""
    heads = [curve.axis.capitalize(), *(f"{name} [{curve.unit}]" for name in curve.lines)]
    sheet.band(row, curve.title, len(heads) - 1)
    sheet.header(row + 1, heads, range(len(heads)))
    columns = [curve.along, *curve.lines.values()]
    formats = [_SECONDS if curve.unit == "s" else WHOLE, *[curve.number] * len(curve.lines)]
    for column, (values, number) in enumerate(zip(columns, formats, strict=True)):
        for at, value in enumerate(values, row + 2):
            figure = digits(value)
            assert figure is not None
            sheet.number(at, column, figure, number=number)
    return row + 2


def _chart(sheet: Sheet, curve: Curve, first: int) -> Any:
    chart = sheet.styles.book.add_chart({"type": "scatter", "subtype": "straight"})
    last = first + len(curve.along) - 1
    for column, (name, colour) in enumerate(zip(curve.lines, _colours(curve), strict=True), 1):
        is_bound = name in curve.dashed
        line = {"color": colour, "width": 1 if is_bound else 2, "dash_type": "dash" if is_bound else "solid"}
        chart.add_series(
            {
                "name": [CAPACITY, first - 1, column],
                "categories": [CAPACITY, first, 0, last, 0],
                "values": [CAPACITY, first, column, last, column],
                "line": line,
            }
        )
    charts.dress(chart, curve.title, WIDTH)
    along = "#,##0" if max(curve.along) >= _WHOLE_FROM else "0.00"
    chart.set_x_axis({**charts.MONEY_AXIS, "name": curve.axis, "num_format": along, **_NAMED, "min": 0})
    upward = "$#,##0" if curve.unit == "US$" else "#,##0"
    chart.set_y_axis({**charts.MONEY_AXIS, "num_format": upward, "min": 0})
    return chart


def _colours(curve: Curve) -> Iterator[str]:
    number = 0
    for name in curve.lines:
        yield _GREY if name in curve.dashed else _COLOURS[number % len(_COLOURS)]
        number += name not in curve.dashed
