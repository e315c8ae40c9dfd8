"""The lower part of Sensitivity: ranges and drivers out of kplan's draws, as values."""

from __future__ import annotations

from decimal import Decimal

from kplan.engine.uncertainty.found import Ranges
from kplan.ranges import Interval
from kplan.render import sensitivity
from kplan.render.workbook.export import DesignCells, Export
from kplan.render.workbook.sheet import Sheet
from kplan.render.workbook.styles import PERCENT, dollars, places_for

_HEADLINES = ("Per query", "First month", "Total", "Saving", "Saving %")
_PARTS = ("P10", "P50", "P90")
_DRIVERS = (
    *("Design", "Parameter", "Unit", "Value", "P10", "P90"),
    *("Total at P10", "Total at P90", "Swing", "Rank correlation"),
)
_CORRELATION = "0.00"


def write(sheet: Sheet, export: Export, row: int) -> tuple[int, int]:
    """Write the tables from a row on; gives the first free row and the last column."""
    last = max(2 + len(_HEADLINES) * len(_PARTS), len(_DRIVERS) - 1)
    drawn = f"Drawn by kplan, {sensitivity.title(export.results)}: these values do not recalculate."
    sheet.text(row, 0, drawn, "subtitle", measured=False)
    row = _ranges(sheet, export, row + 1)
    row = _drivers(sheet, export, row + 1)
    for text in (sensitivity.CHEAPEST, sensitivity.ALONE, sensitivity.INDEPENDENT):
        sheet.text(row, 0, text, "muted", measured=False)
        row += 1
    return row, last


def _ranges(sheet: Sheet, export: Export, row: int) -> int:
    """A line a design: three percentiles of each headline."""
    titles = [f"{headline} {part}" for headline in _HEADLINES for part in _PARTS]
    sheet.header(row, ["Design", *titles, "Cheapest in", "Over budget in"], range(1, len(titles) + 3))
    for _, design in export.designs:
        ranges = design.result.ranges
        if ranges is None:
            continue
        row += 1
        sheet.text(row, 0, design.label, "bold")
        for n, interval in enumerate(_intervals(ranges)):
            _interval(sheet, row, 1 + 3 * n, interval, is_share=n == len(_HEADLINES) - 1)
        sheet.number(row, 1 + len(titles), ranges.cheapest, number=PERCENT)
        if ranges.over_budget is not None:
            sheet.number(row, 2 + len(titles), ranges.over_budget, number=PERCENT)
    return row + 1


def _intervals(ranges: Ranges) -> list[Interval | None]:
    return [ranges.per_query, ranges.first_month, ranges.total, ranges.saving_usd, ranges.saving_share]


def _interval(sheet: Sheet, row: int, column: int, interval: Interval | None, *, is_share: bool) -> None:
    if interval is None:
        return
    for n, value in enumerate((interval.p10, interval.p50, interval.p90)):
        sheet.number(row, column + n, value, number=PERCENT if is_share else _dollars(value))


def _drivers(sheet: Sheet, export: Export, row: int) -> int:
    """A line for each parameter of each written design, the widest swing first."""
    sheet.header(row, _DRIVERS, range(3, len(_DRIVERS)))
    for _, design in export.designs:
        if not design.result.added:
            row = _driver_lines(sheet, design, row)
    return row + 2


def _driver_lines(sheet: Sheet, design: DesignCells, row: int) -> int:
    for driver in sensitivity.drivers(design.result):
        row += 1
        sheet.text(row, 0, design.label)
        sheet.text(row, 1, driver.parameter)
        sheet.text(row, 2, driver.unit)
        for column, value in enumerate((driver.value, driver.low, driver.high), 3):
            sheet.number(row, column, value, number=PERCENT if driver.is_share else "#,##0.####")
        for column, usd in enumerate((driver.usd_at_low, driver.usd_at_high, driver.swing_usd), 6):
            sheet.number(row, column, usd, number=_dollars(usd))
        if driver.rank_correlation is not None:
            sheet.number(row, 9, driver.rank_correlation, number=_CORRELATION)
    return row


def _dollars(usd: Decimal) -> str:
    return dollars(places_for(abs(usd)) if usd else 0)
