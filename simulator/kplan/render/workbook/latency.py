"""Sheet Latency: how long queries take beside what they cost, as values out of kplan."""

from __future__ import annotations

from kplan.engine.targets import TIME_FIGURES
from kplan.render import times
from kplan.render.workbook.export import Export
from kplan.render.workbook.sheet import Sheet
from kplan.render.workbook.styles import dollars

_TITLES = ("Design", "Queries", "US$ per query", *(f"{name} [s]" for name in TIME_FIGURES), "Targets")
_SECONDS = "#,##0.000"
_USD = dollars(7)


def write(sheet: Sheet, export: Export) -> None:
    """Write the sheet."""
    sheet.title("Latency", "Worked out by kplan when it exported: these values do not recalculate.")
    row = 3
    sheet.header(row, _TITLES, range(2, len(_TITLES) - 1))
    for _, design in export.designs:
        for found in times.time_rows([design.result]):
            row += 1
            _line(sheet, row, design.label, found)
    for text in filter(None, (times.notes(export.results), *_unknown(export))):
        row += 2
        sheet.text(row, 0, text, "muted", measured=False)
    sheet.worksheet.freeze_panes(4, 2)
    sheet.finish(row, len(_TITLES) - 1, 3, export.footer)


def _line(sheet: Sheet, row: int, label: str, found: times.TimeRow) -> None:
    sheet.text(row, 0, label, *(("bold",) if found.name == times.WHOLE else ()))
    sheet.text(row, 1, found.name)
    sheet.number(row, 2, found.time.cost_per_query_usd, number=_USD)
    if found.time.times is None:
        for column in range(3, 3 + len(TIME_FIGURES)):
            sheet.text(row, column, times.UNKNOWN, "right", "muted")
    else:
        for column, value in enumerate(found.time.times.by_name().values(), 3):
            sheet.number(row, column, value, number=_SECONDS)
    sheet.text(row, len(_TITLES) - 1, ", ".join(map(times.said, found.time.targets)), "indented")


def _unknown(export: Export) -> list[str]:
    found = [why for _, each in export.designs if each.result.time for why in each.result.time.unknown]
    return [f"Unknown: {why}" for why in dict.fromkeys(found)]
