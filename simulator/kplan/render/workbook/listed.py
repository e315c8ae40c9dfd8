"""A table of values on a sheet: numbers, months and days as such, by the names of its fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from kplan.money import ONE
from kplan.render.format import plain_text
from kplan.render.tables.table import Field, Table, Value
from kplan.render.workbook.sheet import Sheet
from kplan.render.workbook.styles import (
    DAY,
    MONTH,
    PERCENT,
    QUANTITY,
    WHOLE,
    dollars,
    places_for,
)

NOTHING = "–"
"""What is not known, or never happens."""
_SECONDS = "#,##0.000"
_NUMBERS: Mapping[str, str] = MappingProxyType(
    {"use": PERCENT, "share": PERCENT, "s": _SECONDS, "units": WHOLE, "hour": "0", "calls": QUANTITY}
)
"""By the last word of a field's name, which is its unit."""
_DATES: Mapping[str, str] = MappingProxyType({"month": MONTH, "full": MONTH, "on": DAY})
_DAY = re.compile(r"\d{4}-\d\d(-\d\d)?")
STEPS = ((Decimal(1), "bad"), (Decimal("0.85"), "hot"), (Decimal("0.7"), "warm"))
"""Uses from which a cell is coloured, the fullest first."""
LONGEST, LONGEST_BESIDE = 44, 12
"""Characters from which on a text widens no column, of the first two and of the others: it runs on over the
empty cells to its right."""
_NAMES = 2


def write(sheet: Sheet, row: int, table: Table) -> int:
    """The table's title, head and rows from a row on; gives the first free row."""
    shown = table.shown
    sheet.band(row, table.title, max(0, len(shown) - 1))
    numbers = {at for at, (place, _) in enumerate(shown) if _is_number(table, place)}
    sheet.header(row + 1, [head(field) for _, field in shown], numbers)
    for at, (place, field) in enumerate(shown):
        number = _number_format(table, place, field)
        beside = ("indented",) if at - 1 in numbers else ()
        for line, values in enumerate(table.rows, row + 2):
            _cell(sheet, line, at, field, values[place], number, *beside)
        if unit(field) == "use":
            coloured(sheet, row + 2, at, row + 1 + len(table.rows), at)
    return row + 2 + len(table.rows)


def head(field: Field) -> str:
    """A field's head as the house writes titles of columns."""
    return field.head[:1].upper() + field.head[1:]


def unit(field: Field) -> str:
    """The last word of its name; of its head where only people read it."""
    return (field.name or field.head).rpartition("_")[2]


def coloured(sheet: Sheet, first_row: int, first: int, last_row: int, last: int) -> None:
    """Uses in three steps of colour: from 70, 85 and 100 % on."""
    for least, style in STEPS:
        rule = {"type": "cell", "criteria": ">=", "value": float(least), "stop_if_true": True}
        shown = sheet.styles.get(style)
        sheet.worksheet.conditional_format(first_row, first, last_row, last, {**rule, "format": shown})


def _is_number(table: Table, place: int) -> bool:
    return any(isinstance(row[place], Decimal) for row in table.rows)


def _number_format(table: Table, place: int, field: Field) -> str:
    """Of dollars with as many decimals as the smallest needs."""
    if "usd" not in field.name.split("_"):
        return _NUMBERS.get(unit(field), QUANTITY)
    amounts = [row[place] for row in table.rows]
    paid = [amount for amount in amounts if isinstance(amount, Decimal) and amount > 0]
    return dollars(places_for(min(paid, default=ONE)))


def _cell(sheet: Sheet, row: int, column: int, field: Field, value: Value, number: str, *styles: str) -> None:
    """A value; texts right of numbers stand off them."""
    if isinstance(value, Decimal):
        sheet.number(row, column, value, number=number)
    elif value is None:
        side = styles if field.is_text else ("right",)
        sheet.text(row, column, NOTHING, "muted", *side, measured=False)
    elif (dates := _DATES.get(unit(field))) is not None and _DAY.fullmatch(str(value)):
        sheet.day(row, column, day_of(str(value)), "left", *styles, number=dates)
    else:
        text = plain_text(str(value))
        longest = LONGEST if column < _NAMES else LONGEST_BESIDE
        sheet.text(row, column, text, *styles, measured=len(text) <= longest)


def day_of(text: str) -> date:
    """A day, or the first of a month."""
    return date.fromisoformat(text if text.count("-") > 1 else f"{text}-01")
