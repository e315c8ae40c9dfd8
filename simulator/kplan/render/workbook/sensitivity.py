"""Sheet Sensitivity: what each input alone does to the total of the design that the verdict is about."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from msgspec import Struct

from kplan.engine.swings import Ends, Swing, parts_of_wholes, swings
from kplan.form.graph import Entry, LeafKind, Node
from kplan.money import ONE, exact
from kplan.render.format import plain_text
from kplan.render.workbook import charts, ranges
from kplan.render.workbook.checks import CHANGED, MOVED
from kplan.render.workbook.export import SENSITIVITY, DesignCells, Export, VariantCells
from kplan.render.workbook.input_line import is_share
from kplan.render.workbook.inputs import param_of, shown_as, unit_of
from kplan.render.workbook.prices import PRICE
from kplan.render.workbook.sheet import Sheet, cell, in_row
from kplan.render.workbook.styles import GENERAL, dollars, places_for

TENTH = Decimal("0.1")
"""How far an input without a stated range is moved, up and down."""
STATED, UNCERTAIN, STEPPED = "stated range", "P10 to P90", "10% down and up"
TITLES = (
    *("Input", "Moved by", "Unit", "Value now", "Low", "High"),
    *("Total at low", "Total at high", "Change at low", "Change at high", "Swing"),
)
NOW, LOW, HIGH, AT_LOW, AT_HIGH, DOWN, UP, SWING = range(3, 11)
STATE_ROW, EXPORTED_ROW, HEADER_ROW = 2, 3, 5
MOST_BARS = 12
LONGEST = 60
"""Rows that are still read on one page."""
NO_TOTAL = "outside the plan"


class _Mover(Struct, frozen=True):
    """An input with what moves it."""

    name: str
    by: str
    swing: Swing


class _Total(Struct, frozen=True):
    """The design's total at the export, and how amounts of its size are shown."""

    usd: Decimal
    number: str


def write(sheet: Sheet, export: Export) -> None:
    """Write the sheet: the table of swings, their chart, and what the draws found, if there are any."""
    cells, design = _told(export)
    movers = _movers(export, cells, design)
    sheet.title(
        SENSITIVITY,
        f"What each input alone does to the total of {design.label}, all others as they were. kplan worked"
        " it out at the export: the totals at low and high do not recalculate.",
    )
    _heads(sheet, design)
    sheet.header(HEADER_ROW, TITLES, range(NOW, SWING + 1))
    total = _Total(design.result.total_usd, dollars(places_for(design.result.total_usd or ONE)))
    for row, mover in enumerate(movers, HEADER_ROW + 1):
        node = mover.swing.node
        _line(sheet, mover, _shown(export, cells, node), cells.entry(node).value, row, total)
    row = HEADER_ROW + 1 + len(movers)
    if movers:
        _put(sheet, row + 1, min(len(movers), MOST_BARS), design.label)
        row += 1 + charts.ROWS
    last = SWING
    if export.results.provenance.draws:
        row, last = ranges.write(sheet, export, row + 1)
    sheet.worksheet.freeze_panes(HEADER_ROW + 1, 1)
    sheet.finish(row, last, HEADER_ROW + 1, export.footer, narrowest=10, widest=46, one_page=row < LONGEST)


def _told(export: Export) -> tuple[VariantCells, DesignCells]:
    """The design that the verdict is about."""
    return next(each for each in export.designs if each[1].result.id == export.results.verdict.design)


def _heads(sheet: Sheet, design: DesignCells) -> None:
    """The total at the export and now, and whether the sheet still holds."""
    moved, changed = MOVED.seen_from(SENSITIVITY), CHANGED.seen_from(SENSITIVITY)
    state = (
        f'=IF({moved}+{changed}=0,"As exported: the totals below are of the inputs as they stand",'
        f'"INPUTS HAVE MOVED since export: the totals below are of the inputs as they were")'
    )
    sheet.words(STATE_ROW, 0, state, "As exported: the totals below are of the inputs as they stand", "muted")
    assert design.total is not None
    usd = design.result.total_usd
    money = dollars(places_for(usd or ONE))
    sheet.text(EXPORTED_ROW, 0, "Total as exported", "bold", measured=False)
    sheet.number(EXPORTED_ROW, NOW, usd, "muted", number=money)
    sheet.text(EXPORTED_ROW, AT_LOW, "Total now", "bold", "right", measured=False)
    sheet.formula(EXPORTED_ROW, AT_HIGH, f"={design.total.seen_from(SENSITIVITY)}", usd, "link", number=money)


def _movers(export: Export, cells: VariantCells, design: DesignCells) -> list[_Mover]:
    """Uncertain inputs from P10 to P90, those with a stated range along it, the others by a tenth."""
    drivers = list(_drivers(cells, design))
    known = {mover.swing.node for mover in drivers}
    apart = known | cells.baked | parts_of_wholes(cells.plan)
    stated: dict[Node, Ends] = {}
    stepped: dict[Node, Ends] = {}
    paid = {row.id for row in export.results.price_rows}
    for node in sorted(cells.used - apart):
        entry = cells.entry(node)
        if not (entry.name in paid if entry.kind is LeafKind.RATE else entry.kind is LeafKind.INPUT):
            continue
        param = param_of(cells, entry.name) if entry.kind is LeafKind.INPUT else None
        if param is not None and param.range:
            stated[node] = param.range
        elif entry.value and not entry.value.is_nan():
            stepped[node] = _tenth(entry)
    for by, ends in ((STATED, stated), (STEPPED, stepped)):
        found = swings(design.planned, cells.values, ends)
        drivers += [_Mover(_name(cells.entry(each.node)), by, each) for each in found]
    return sorted(drivers, key=lambda mover: (-mover.swing.size_usd, mover.name))


def _tenth(entry: Entry) -> Ends:
    with exact():
        low, high = entry.value * (ONE - TENTH), entry.value * (ONE + TENTH)
    return (low, min(high, ONE)) if is_share(entry) and entry.value <= ONE else (low, high)


def _name(entry: Entry) -> str:
    return f"price of {entry.name}" if entry.kind is LeafKind.RATE else entry.name.removeprefix("params.")


def _drivers(cells: VariantCells, design: DesignCells) -> Iterator[_Mover]:
    """What the draws moved one at a time."""
    for driver in design.result.ranges.drivers if design.result.ranges else ():
        name, _, of = driver.parameter.partition(" of ")
        node = cells.names.get(f"mix.{of}.params.{name}" if of else f"params.{name}")
        if node is not None:
            swing = Swing(node, driver.low, driver.high, driver.usd_at_low, driver.usd_at_high)
            yield _Mover(driver.parameter, UNCERTAIN, swing)


class _Shown(Struct, frozen=True):
    """How an input's values are written: its cell, its unit, what they are multiplied by."""

    place: str
    unit: str
    number: str
    scale: Decimal = ONE


def _shown(export: Export, cells: VariantCells, node: Node) -> _Shown:
    """An input as Inputs has it; a rate as the vendor writes it."""
    entry = cells.entry(node)
    if entry.kind is LeafKind.RATE:
        row = next(
            row for row in export.prices if row.id == entry.name and export.prices[row] == cells.places[node]
        )
        return _Shown(export.blue[row].seen_from(SENSITIVITY), f"$ per {row.per:,}", PRICE, Decimal(row.per))
    param = param_of(cells, entry.name)
    unit = (param.unit if param else "") or unit_of(entry)
    return _Shown(cells.places[node].seen_from(SENSITIVITY), unit, shown_as(entry, param))


def _line(sheet: Sheet, mover: _Mover, shown: _Shown, value: Decimal, row: int, total: _Total) -> None:
    swing, number = mover.swing, shown.number
    with exact():
        now, low, high = (shown.scale * each for each in (value, swing.low, swing.high))
    sheet.text(row, 0, mover.name)
    sheet.text(row, 1, mover.by, "muted")
    sheet.text(row, 2, shown.unit, "muted")
    sheet.formula(row, NOW, f"={shown.place}", now, "link", number=number)
    for column, end in ((LOW, low), (HIGH, high)):
        sheet.number(row, column, end, number=_as_end(end) if number == GENERAL else number)
    for at, change, usd in ((AT_LOW, DOWN, swing.usd_at_low), (AT_HIGH, UP, swing.usd_at_high)):
        if usd is None:
            sheet.text(row, at, NO_TOTAL, "muted", "right", measured=False)
            sheet.text(row, change, "–", "muted", "right")
            continue
        sheet.number(row, at, usd, number=total.number)
        with exact():
            difference = usd - total.usd
        formula = f"={in_row(row, at)}-{cell(EXPORTED_ROW, NOW)}"
        sheet.formula(row, change, formula, difference, number=total.number)
    ends = f"{in_row(row, AT_LOW)},{in_row(row, AT_HIGH)}"
    sheet.formula(row, SWING, f"=MAX({ends})-MIN({ends})", swing.size_usd, "bold", number=total.number)


def _as_end(value: Decimal) -> str:
    """At least three digits of a number that has many."""
    if value == value.to_integral_value():
        return GENERAL
    places = places_for(abs(value))
    return f"#,##0.{'0' * places}" if places else "#,##0"


def _put(sheet: Sheet, row: int, n_bars: int, label: str) -> None:
    """The widest swings as a tornado."""
    first, last = HEADER_ROW + 1, HEADER_ROW + n_bars
    chart: Any = sheet.styles.book.add_chart({"type": "bar", "subtype": "stacked"})
    for column, colour in ((DOWN, charts.OTHERS[0]), (UP, charts.MAIN)):
        chart.add_series(
            {
                "name": [SENSITIVITY, HEADER_ROW, column],
                "categories": [SENSITIVITY, first, 0, last, 0],
                "values": [SENSITIVITY, first, column, last, column],
                "fill": {"color": colour},
                "border": {"none": True},
                "gap": 40,
            }
        )
    charts.dress(chart, "US$ that each input alone moves the total", 900)
    chart.set_x_axis(charts.MONEY_AXIS)
    chart.set_y_axis({**charts.NAMES_AXIS, "label_position": "low"})
    what = f"How far each input alone moves the total of {plain_text(label)}, the widest first"
    charts.put(sheet, row, chart, what)
