"""On sheet Capacity: the week as a heat map, 7 days by 24 hours, of the limit that binds each design."""

from __future__ import annotations

from collections.abc import Sequence

from kplan.capacity.fits import fullest_month
from kplan.capacity.study import DesignStudy, Study
from kplan.capacity.week import HOURS_OF_DAY
from kplan.prices.windows import WEEKDAYS
from kplan.render.capacity.tables.listing import digits, shown
from kplan.render.workbook.listed import coloured
from kplan.render.workbook.sheet import Sheet
from kplan.render.workbook.styles import PERCENT

FIRST_HOUR = 2
LAST_HOUR = FIRST_HOUR + HOURS_OF_DAY - 1
MOST_MAPS, _NAMED = 8, 4
"""Maps that are drawn, and designs that are named above one."""
_SHADES = ((0.5, "#BFE3CB"), (0.3, "#DDF0E1"), (0.15, "#EEF8F1"))
"""Greens below the steps of colour, the fuller the deeper."""


def write(sheet: Sheet, row: int, study: Study) -> tuple[int, int]:
    """A map for each design that somebody wrote, one for those that use their limit alike, from a row on.

    Gives the first free row and the last column.
    """
    alike: dict[tuple[str, int, str, bytes], list[DesignStudy]] = {}
    for each in study.designs:
        if each.binding is not None and not each.design.added:
            use, tz = each.binding, study.patterns[each.design.variant].tz
            month = fullest_month(use)
            alike.setdefault((use.limit.id, month, tz, use.hours[month].tobytes()), []).append(each)
    for (_, month, tz, _), designs in list(alike.items())[:MOST_MAPS]:
        row = _map(sheet, row, designs, month, tz) + 1
    if more := sum(map(len, list(alike.values())[MOST_MAPS:])):
        told = f"{more} more designs: `kplan capacity SCENARIO -o tables/` writes the hours of all"
        sheet.text(row, 0, told, "muted", measured=False)
        row += 1
    return row, LAST_HOUR if alike else FIRST_HOUR


def _map(sheet: Sheet, row: int, designs: Sequence[DesignStudy], month: int, tz: str) -> int:
    """Use in the busiest minute of every hour; gives the first free row."""
    use, name = designs[0].binding, _named(designs)
    assert use is not None
    title = f"{name} in {designs[0].months[month]}: {use.limit.title}, use in the {use.moment} of each hour"
    sheet.band(row, f"{title} ({tz})", LAST_HOUR)
    clock = [f"{hour:02d}:00" for hour in range(HOURS_OF_DAY)]
    sheet.header(row + 1, ["Design", "Day", *clock], range(FIRST_HOUR, LAST_HOUR + 1))
    days = (use.hours[month] * use.peak_factor).reshape(len(WEEKDAYS), HOURS_OF_DAY)
    for at, (day, hours) in enumerate(zip(WEEKDAYS, days, strict=True), row + 2):
        sheet.text(at, 0, shown(designs[0]))
        sheet.text(at, 1, day)
        for column, value in enumerate(hours, FIRST_HOUR):
            figure = digits(float(value))
            assert figure is not None
            sheet.number(at, column, figure, number=PERCENT)
    last = row + 1 + len(WEEKDAYS)
    coloured(sheet, row + 2, FIRST_HOUR, last, LAST_HOUR)
    _shaded(sheet, row + 2, last)
    return last + 1


def _named(designs: Sequence[DesignStudy]) -> str:
    """The first few of them, and how many more there are."""
    names, more = ", ".join(map(shown, designs[:_NAMED])), len(designs) - _NAMED
    return f"{names} and {more} more" if more > 0 else names


def _shaded(sheet: Sheet, first: int, last: int) -> None:
    """Below the steps, the fuller the greener."""
    for least, colour in _SHADES:
        shown = sheet.styles.book.add_format({"bg_color": colour})
        rule = {"type": "cell", "criteria": ">=", "value": least, "stop_if_true": True, "format": shown}
        sheet.worksheet.conditional_format(first, FIRST_HOUR, last, LAST_HOUR, rule)
