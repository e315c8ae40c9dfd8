"""On sheet Capacity: the week as a heat map, 7 days by 24 hours, of the limit that binds each design."""

from __future__ import annotations

from kplan.capacity.fits import fullest_month
from kplan.capacity.headroom import Use
from kplan.capacity.study import DesignStudy, Study
from kplan.capacity.week import HOURS_OF_DAY
from kplan.prices.windows import WEEKDAYS
from kplan.render.capacity.tables.listing import digits, shown
from kplan.render.workbook.listed import coloured
from kplan.render.workbook.sheet import Sheet
from kplan.render.workbook.styles import PERCENT

FIRST_HOUR = 2
LAST_HOUR = FIRST_HOUR + HOURS_OF_DAY - 1
MOST_MAPS = 8
_SHADES = ((0.5, "#BFE3CB"), (0.3, "#DDF0E1"), (0.15, "#EEF8F1"))
"""Greens below the steps of colour, the fuller the deeper."""


def write(sheet: Sheet, row: int, study: Study) -> tuple[int, int]:
    """A map for each design that somebody wrote, from a row on; gives the first free row, the last column."""
    written = [each for each in study.designs if each.binding is not None and not each.design.added]
    for each in written[:MOST_MAPS]:
        assert each.binding is not None
        row = _map(sheet, row, each, each.binding, study.patterns[each.design.variant].tz) + 1
    if more := written[MOST_MAPS:]:
        told = f"{len(more)} more designs: `kplan capacity SCENARIO -o tables/` writes the hours of all"
        sheet.text(row, 0, told, "muted", measured=False)
        row += 1
    return row, LAST_HOUR if written else FIRST_HOUR


def _map(sheet: Sheet, row: int, each: DesignStudy, use: Use, tz: str) -> int:
    """Use in the busiest minute of every hour; gives the first free row."""
    month = fullest_month(use)
    title = f"{shown(each)} in {each.months[month]}: {use.limit.title}, use in the {use.moment} of each hour"
    sheet.band(row, f"{title} ({tz})", LAST_HOUR)
    clock = [f"{hour:02d}:00" for hour in range(HOURS_OF_DAY)]
    sheet.header(row + 1, ["Design", "Day", *clock], range(FIRST_HOUR, LAST_HOUR + 1))
    days = (use.hours[month] * use.peak_factor).reshape(len(WEEKDAYS), HOURS_OF_DAY)
    for at, (name, hours) in enumerate(zip(WEEKDAYS, days, strict=True), row + 2):
        sheet.text(at, 0, shown(each))
        sheet.text(at, 1, name)
        for column, value in enumerate(hours, FIRST_HOUR):
            figure = digits(float(value))
            assert figure is not None
            sheet.number(at, column, figure, number=PERCENT)
    last = row + 1 + len(WEEKDAYS)
    coloured(sheet, row + 2, FIRST_HOUR, last, LAST_HOUR)
    _shaded(sheet, row + 2, last)
    return last + 1


def _shaded(sheet: Sheet, first: int, last: int) -> None:
    """Below the steps, the fuller the greener."""
    for least, colour in _SHADES:
        shown = sheet.styles.book.add_format({"bg_color": colour})
        rule = {"type": "cell", "criteria": ">=", "value": least, "stop_if_true": True, "format": shown}
        sheet.worksheet.conditional_format(first, FIRST_HOUR, last, LAST_HOUR, rule)
