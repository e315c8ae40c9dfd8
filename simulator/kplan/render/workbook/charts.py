"""The summary's two charts: cost by stage, and the months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kplan.render.palette import OTHER_FILLS, STAGE_FILLS
from kplan.render.workbook.export import BUDGET, SUMMARY, Export
from kplan.render.workbook.months import FIRST_MONTH, HEADER_ROW
from kplan.render.workbook.sheet import Sheet

MOST_DESIGNS = 16
"""Designs on the bar chart; more would not be read."""
MOST_LINES = 8
HEIGHT = 300
"""Of a chart [pixels]."""
ROWS = 15
"""Rows that a chart covers."""
MARGIN, GAP = 16, 8
"""Right of the charts, since programs round column widths, and between them [pixels]."""
GRID = "#E3E6EB"
_FONT = {"name": "Calibri", "size": 9, "color": "#444444"}
_PLAIN = {"num_font": _FONT, "line": {"color": GRID}, "major_gridlines": {"visible": False}}
_MONEY = {"num_font": _FONT, "line": {"none": True}, "num_format": "$#,##0"}
_GRID = {"major_gridlines": {"visible": True, "line": {"color": GRID}}}


def insert(
    sheet: Sheet, export: Export, row: int, stages_row: int, stages: Sequence[str], page_width: int
) -> int:
    """Put the charts under the tables, side by side across the page; gives the row below them.

    Without stages on the way of a query there is nothing to chart, and nothing is put.

    stages_row  first row of the costs by stage
    page_width  of the sheet's columns together [pixels]
    """
    if not stages:
        return row
    width = (page_width - MARGIN - GAP) // 2
    place = {"object_position": 2, "x_offset": 1}
    described = {**place, "description": "Cost per 1,000 queries of each design, stacked by stage"}
    sheet.worksheet.insert_chart(row, 0, _bars(sheet, export, stages_row, stages, width), described)
    if len(export.months) > 1 and not export.has_variants:
        described = {**place, "x_offset": width + GAP, "description": "Cost of each design by month"}
        sheet.worksheet.insert_chart(row, 0, _lines(sheet, export, stages_row, width), described)
    return row + ROWS


def _bars(sheet: Sheet, export: Export, row: int, stages: Sequence[str], width: int) -> Any:
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
    _dress(chart, "US$ per 1,000 queries, by stage", width)
    chart.set_x_axis({**_MONEY, **_GRID})
    chart.set_y_axis({**_PLAIN, "reverse": True, "crossing": "max"})
    return chart


def _lines(sheet: Sheet, export: Export, row: int, width: int) -> Any:
    chart = sheet.styles.book.add_chart({"type": "line"})
    last = FIRST_MONTH + len(export.months) - 1
    fills = [fill.light for fill in STAGE_FILLS]
    for number, (_, design) in enumerate(export.designs[:MOST_LINES]):
        chart.add_series(
            {
                "name": [SUMMARY, row + number, 0],
                "categories": [BUDGET, HEADER_ROW, FIRST_MONTH, HEADER_ROW, last],
                "values": [BUDGET, design.total_row, FIRST_MONTH, design.total_row, last],
                "line": {
                    "color": fills[number],
                    "width": 2,
                    **({"dash_type": "dash"} if design.result.added else {}),
                },
            }
        )
    _dress(chart, "US$ a month", width)
    chart.set_x_axis({**_PLAIN, "num_format": "mmm yy", "text_axis": True})
    chart.set_y_axis({**_MONEY, **_GRID, "min": 0})
    return chart


def _dress(chart: Any, title: str, width: int) -> None:
    """Few lines, small type, the legend below."""
    chart.set_title({"name": title, "name_font": {**_FONT, "size": 11, "bold": True}, "overlay": False})
    chart.set_legend({"position": "bottom", "font": _FONT})
    chart.set_chartarea({"border": {"color": GRID}})
    chart.set_size({"width": width, "height": HEIGHT})
