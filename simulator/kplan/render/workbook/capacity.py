"""Sheet Capacity: how the designs fit their limits, as values out of kplan."""

from __future__ import annotations

from kplan.capacity.study import Study
from kplan.render.capacity import units, words
from kplan.render.capacity.tables import LISTINGS
from kplan.render.workbook import capacity_curves, capacity_hours, capacity_months, listed
from kplan.render.workbook.sheet import Sheet

NAMES = 2
"""Columns that stay in sight: the design, and what it meets."""
NARROWEST, WIDEST = 6, 46
_BEFORE = ("designs", "limits", "actions")
_MEASURED = ("load", "offers")
_AFTER = ("not-quoted", "bursts", "not-counted", "sources")


def write(sheet: Sheet, study: Study, footer: str) -> None:
    """Write the sheet."""
    sheet.title(
        "Capacity",
        "Worked out by kplan when it exported: these values do not recalculate. Uses are parts of a limit, in"
        " colour from 70, 85 and 100 % on; – is not known, or has no end.",
    )
    row = _sentences(sheet, 3, study)
    last = NAMES
    for name in _BEFORE:
        row, last = _table(sheet, row, last, name, study)
    for write_part in (capacity_months.write, capacity_hours.write):
        row, right = write_part(sheet, row + 1, study)
        last = max(last, right)
    for name in _MEASURED:
        row, last = _table(sheet, row, last, name, study)
    curves = capacity_curves.curves(study)
    pictures = row + 1
    row += capacity_curves.room(curves) + bool(curves)
    for name in _AFTER:
        row, last = _table(sheet, row, last, name, study)
    row = _told(sheet, row + 1, study)
    capacity_curves.write(sheet, row + 2, pictures, curves)
    sheet.worksheet.freeze_panes(1, NAMES)
    sheet.finish(row, last, 0, footer, narrowest=NARROWEST, widest=WIDEST)


def _sentences(sheet: Sheet, row: int, study: Study) -> int:
    """The answer, and what nobody said; gives the first free row."""
    lines = [(text, ("headline",)) for text in study.headline] + [(text, ()) for text in study.assumed]
    for text, styles in lines:
        sheet.text(row, 0, text, *styles, measured=False)
        row += 1
    return row


def _table(sheet: Sheet, row: int, last: int, name: str, study: Study) -> tuple[int, int]:
    """A table below an empty row, if anything stands in it; gives the first free row, and the last column."""
    table = LISTINGS[name].table(name, study)
    if not table.rows:
        return row, last
    return listed.write(sheet, row + 1, table), max(last, len(table.shown) - 1)


def _told(sheet: Sheet, row: int, study: Study) -> int:
    """What the figures rest on; gives the last row."""
    sheet.band(row, "Traffic, engines and assumptions", NAMES)
    lines = [("traffic", f"{words.traffic(each)}.") for each in study.patterns.values()]
    lines += [("engines", f"{words.engines(study.shown)}.")]
    lines += [("assumed", f"{text}.") for each in study.designs for text in units.assumed(each)]
    for label, text in dict.fromkeys(lines):
        row += 1
        sheet.text(row, 0, label, "muted")
        sheet.text(row, 1, text, measured=False)
    return row
