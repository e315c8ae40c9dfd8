"""The summary's two charts: cost by stage, and the months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kplan.render.format import plain_text
from kplan.render.palette import OTHER_FILLS, STAGE_FILLS
from kplan.render.workbook.export import BUDGET, SUMMARY, Export
from kplan.render.workbook.months import FIRST_MONTH, HEADER_ROW
from kplan.render.workbook.sheet import Sheet

MOST_DESIGNS = 16
"""Designs on the bar chart; more would not be read."""
MOST_LINES = 8
WIDTH, HEIGHT = 590, 300
"""Size of a chart [pixels]; two stand side by side."""
ROWS = 17
"""Rows that a chart covers."""
GRID = "#E3E6EB"
_FONT = {"name": "Calibri", "size": 9, "color": "#444444"}


def insert(sheet: Sheet, export: Export, row: int, designs_row: int, stages: Sequence[str]) -> int:
    """Put the charts under the tables; gives the row below them."""
    stages_row = designs_row + len(export.designs) + 2
    bars = _bars(sheet, export, stages_row, stages)
    sheet.worksheet.insert_chart(
        row,
        0,
        bars,
        {
            "description": "Cost per 1,000 queries of each design, stacked by stage",
            "object_position": 2,
            "x_offset": 2,
        },
    )
    if len(export.months) > 1 and not export.has_variants:
        lines = _lines(sheet, export)
        sheet.worksheet.insert_chart(
            row,
            4,
            lines,
            {"description": "Cost of each design by month", "object_position": 2, "x_offset": 64},
        )
    return row + ROWS


def _bars(sheet: Sheet, export: Export, row: int, stages: Sequence[str]) -> Any:
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
    _dress(chart, "US$ per 1,000 queries, by stage", {"reverse": True}, {})
    return chart


def _lines(sheet: Sheet, export: Export) -> Any:
    chart = sheet.styles.book.add_chart({"type": "line"})
    last = FIRST_MONTH + len(export.months) - 1
    fills = [fill.light for fill in STAGE_FILLS]
    for number, (_, design) in enumerate(export.designs[:MOST_LINES]):
        chart.add_series(
            {
                "name": plain_text(design.label)[:200].lstrip("=") or "design",
                "categories": [BUDGET, HEADER_ROW, FIRST_MONTH, HEADER_ROW, last],
                "values": [BUDGET, design.total_row, FIRST_MONTH, design.total_row, last],
                "line": {"color": fills[number], "width": 2, **({"dash_type": "dash"} if design.result.added else {})},
            }
        )
    _dress(chart, "US$ a month", {"num_format": "mmm yy", "text_axis": True}, {"min": 0})
    return chart


def _dress(chart: Any, title: str, x_axis: dict[str, object], y_axis: dict[str, object]) -> None:
    """Few lines, small type, the legend below."""
    chart.set_title({"name": title, "name_font": {**_FONT, "size": 11, "bold": True}, "overlay": False})
    x_axis, y_axis = {"num_font": _FONT, **x_axis}, {"num_font": _FONT, **y_axis}
    lines = {"major_gridlines": {"visible": True, "line": {"color": GRID}}, "line": {"none": True}}
    chart.set_x_axis({"line": {"color": GRID}, **x_axis})
    chart.set_y_axis({**lines, "num_format": "$#,##0.##", **y_axis})
    chart.set_legend({"position": "bottom", "font": _FONT})
    chart.set_chartarea({"border": {"color": GRID}})
    chart.set_size({"width": WIDTH, "height": HEIGHT})
