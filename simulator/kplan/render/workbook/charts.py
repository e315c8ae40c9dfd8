"""The summary's charts: cost by stage, totals, and the months against the budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kplan.render.palette import OTHER_FILLS, STAGE_FILLS
from kplan.render.workbook import designs
from kplan.render.workbook.export import BUDGET, SUMMARY, DesignCells, Export
from kplan.render.workbook.inputs import SCALE
from kplan.render.workbook.months import FIRST_MONTH, HEADER_ROW
from kplan.render.workbook.sheet import Sheet

MOST_DESIGNS = 16
"""Designs on a bar chart; more would not be read."""
MOST_LINES = 8
MOST_COLUMNS = 9
"""Columns of the sheet that the charts reach over at most."""
HEIGHT = 300
"""Of a chart [pixels]."""
ROWS = 16
"""Rows that a chart covers."""
MARGIN, GAP = 16, 8
"""Right of the charts, since programs round column widths, and between them [pixels]."""
GRID = "#E3E6EB"
MAIN, BASELINE, BUDGET_LINE = "#1B7F4B", "#2B3340", "#B00020"
OTHERS = ("#8A95A5", "#5B7EA6", "#B39B6B", "#7A6A93", "#6E9A94", "#A77A7A")
"""Designs, none in a stage's colour: the verdict's green, the baseline's near-black, the others' dull."""
_FONT = {"name": "Calibri", "size": 9, "color": "#444444"}
_PLAIN = {"num_font": _FONT, "line": {"color": GRID}, "major_gridlines": {"visible": False}}
_MONEY = {"num_font": _FONT, "line": {"none": True}, "num_format": "$#,##0"}
_CENTS = {**_MONEY, "num_format": "$#,##0.00"}
_SMALL = 10
"""Dollars of the longest bar below which an axis shows cents."""
_GRID = {"major_gridlines": {"visible": True, "line": {"color": GRID}}}
MONEY_AXIS = {**_MONEY, **_GRID}
NAMES_AXIS = {**_PLAIN, "reverse": True, "crossing": "max"}
"""Of bars: amounts along the bottom, names down the side."""


@dataclass
class Rows:
    """First rows of the summary's tables that the charts draw."""

    totals: int
    stages: int = 0


def insert(sheet: Sheet, export: Export, row: int, rows: Rows, stages: Sequence[str], page_width: int) -> int:
    """Put the charts under the tables: two side by side, the months below; gives the row below them.

    Without stages on the way of a query there is nothing to chart, and nothing is put.

    page_width  of the sheet's columns together [pixels]
    """
    if not stages:
        return row
    width = page_width - MARGIN
    half = (width - GAP) // 2
    what = "Cost per 1,000 queries of each design, stacked by stage"
    put(sheet, row, _stages(sheet, export, rows.stages, stages, half), what)
    what = "Total cost of each design over the horizon"
    put(sheet, row, _totals(sheet, export, rows.totals, half), what, half + GAP)
    row += ROWS
    if len(export.months) > 1:
        what = "Cost of each design by month" + (" against the budget" if _budgets(export) else "")
        put(sheet, row, _months(sheet, export, rows.totals, width), what)
        row += ROWS
    return row


def put(sheet: Sheet, row: int, chart: Any, description: str, x: int = 0) -> None:
    """Put a chart below the sheet's tables, with words for those who cannot see it.

    x  from the left edge [pixels]
    """
    place = {"object_position": 2, "x_offset": x + 1, "description": description}
    sheet.worksheet.insert_chart(row, 0, chart, place)


def _stages(sheet: Sheet, export: Export, row: int, stages: Sequence[str], width: int) -> Any:
    chart = sheet.styles.book.add_chart({"type": "bar", "subtype": "stacked"})
    last = row + min(len(export.designs), MOST_DESIGNS) - 1
    fills = [fill.light for fill in (*STAGE_FILLS, *OTHER_FILLS)]
    for number, _ in enumerate(stages):
        colour = fills[min(number, len(fills) - 1)]
        chart.add_series(
            {
                "name": [SUMMARY, row - 1, number + 1],
                "categories": [SUMMARY, row, 0, last, 0],
                "values": [SUMMARY, row, number + 1, last, number + 1],
                "fill": {"color": colour},
                "border": {"none": True},
                "gap": 55,
            }
        )
    dress(chart, f"US$ per 1,000 queries, by stage{_cut(export)}", width)
    largest = max(found.cost_per_query_usd for found in export.results.designs) * SCALE
    chart.set_x_axis({**(_MONEY if largest >= _SMALL else _CENTS), **_GRID})
    chart.set_y_axis(NAMES_AXIS)
    return chart


def _totals(sheet: Sheet, export: Export, row: int, width: int) -> Any:
    """One bar a design, in the colour that its line has."""
    chart = sheet.styles.book.add_chart({"type": "bar"})
    shown = export.designs[:MOST_DESIGNS]
    last = row + len(shown) - 1
    chart.add_series(
        {
            "name": [SUMMARY, row - 1, designs.TOTAL],
            "categories": [SUMMARY, row, 0, last, 0],
            "values": [SUMMARY, row, designs.TOTAL, last, designs.TOTAL],
            "points": [{"fill": {"color": colour}} for colour in _colours(export, MOST_DESIGNS)],
            "fill": {"color": OTHERS[0]},
            "border": {"none": True},
            "data_labels": {"value": True, "font": _FONT, "num_format": _totals_format(export)},
            "gap": 55,
        }
    )
    dress(chart, f"US$ over the plan{_cut(export)}", width)
    chart.set_legend({"none": True})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    chart.set_y_axis(NAMES_AXIS)
    return chart


def _totals_format(export: Export) -> str:
    return "$#,##0" if max(found.total_usd for found in export.results.designs) >= _SMALL else "$#,##0.00"


def _months(sheet: Sheet, export: Export, row: int, width: int) -> Any:
    chart = sheet.styles.book.add_chart({"type": "line"})
    last = FIRST_MONTH + len(export.months) - 1
    months = [BUDGET, HEADER_ROW, FIRST_MONTH, HEADER_ROW, last]
    colours = _colours(export, MOST_LINES)
    for (number, (_, design)), colour in zip(enumerate(export.designs[:MOST_LINES]), colours, strict=True):
        dash = {"dash_type": "dash"} if design.result.added else {}
        chart.add_series(
            {
                "name": [SUMMARY, row + number, 0],
                "categories": months,
                "values": [BUDGET, design.total_row, FIRST_MONTH, design.total_row, last],
                "line": {"color": colour, "width": 2.5 if colour == MAIN else 1.75, **dash},
            }
        )
    for budget_row in _budgets(export):
        chart.add_series(
            {
                "name": [BUDGET, budget_row, 0],
                "categories": months,
                "values": [BUDGET, budget_row, FIRST_MONTH, budget_row, last],
                "line": {"color": BUDGET_LINE, "width": 1.25, "dash_type": "square_dot"},
            }
        )
    dress(chart, f"US$ a month{_cut(export, MOST_LINES)}", width)
    chart.set_x_axis({**_PLAIN, "num_format": "mmm yy", "text_axis": True})
    chart.set_y_axis({**_MONEY, **_GRID, "min": 0})
    return chart


def _budgets(export: Export) -> list[int]:
    """Rows of the months' budgets; one where all variants have the same."""
    rows = {cells.plan.scenario.budget_usd_per_month: cells.budget_row for cells in reversed(export.variants)}
    return [row for row in reversed(rows.values()) if row]


def _colours(export: Export, most: int) -> list[str]:
    """One colour a design."""
    verdict = export.results.verdict
    return [_colour(design, n, verdict.design) for n, (_, design) in enumerate(export.designs[:most])]


def _colour(design: DesignCells, number: int, told: str) -> str:
    if design.result.id == told:
        return MAIN
    return BASELINE if design.result.saving is None else OTHERS[number % len(OTHERS)]


def _cut(export: Export, most: int = MOST_DESIGNS) -> str:
    n_designs = len(export.designs)
    return f" (first {most} of {n_designs} designs)" if n_designs > most else ""


def dress(chart: Any, title: str, width: int) -> None:
    """Few lines, small type, the legend below."""
    chart.set_title({"name": title, "name_font": {**_FONT, "size": 11, "bold": True}, "overlay": False})
    chart.set_legend({"position": "bottom", "font": _FONT})
    chart.set_chartarea({"border": {"color": GRID}})
    chart.set_size({"width": width, "height": HEIGHT})
