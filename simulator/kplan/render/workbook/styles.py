"""How the workbook's cells look: banker's colours, few fonts, money that reads well."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from msgspec import Struct, field
from xlsxwriter import Workbook
from xlsxwriter.format import Format

NAVY = "#1F3864"
BAND = "#DCE6F1"
INK = "#222222"
MUTED = "#6B7280"
INPUT = "#0000FF"
INPUT_FILL = "#FFF9DF"
LINK = "#00692B"
GOOD_FILL = "#DDF0E1"
BAD = "#B00020"
BAD_FILL = "#FAD4D8"
EVENT_FILL = "#FCE8C8"
WARM_FILL, HOT_FILL, HOT = "#FFF3C4", "#FBD5A5", "#7A3E00"
RULE = "#9AA3B2"
FONT = "Calibri"

STYLES: Mapping[str, Mapping[str, object]] = {
    "title": {"bold": True, "font_size": 16, "font_color": NAVY},
    "subtitle": {"italic": True, "font_color": MUTED},
    "headline": {"bold": True, "font_size": 13, "font_color": NAVY},
    "header": {
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": NAVY,
        "text_wrap": True,
        "valign": "vcenter",
    },
    "band": {"bold": True, "bg_color": BAND, "font_color": NAVY},
    "input": {"font_color": INPUT, "bg_color": INPUT_FILL},
    "link": {"font_color": LINK},
    "muted": {"font_color": MUTED},
    "bold": {"bold": True},
    "total": {"bold": True, "top": 1, "top_color": INK},
    "right": {"align": "right"},
    "left": {"align": "left"},
    "wrap": {"text_wrap": True, "valign": "top"},
    "top": {"valign": "top"},
    "event": {"bg_color": EVENT_FILL, "align": "right", "font_size": 9},
    "indented": {"indent": 1},
    "quoted": {"quote_prefix": True},
    "moved": {"font_color": BAD, "bold": True, "indent": 1},
    "good": {"bg_color": GOOD_FILL, "font_color": LINK, "bold": True},
    "bad": {"bg_color": BAD_FILL, "font_color": BAD, "bold": True},
    "hot": {"bg_color": HOT_FILL, "font_color": HOT},
    "warm": {"bg_color": WARM_FILL, "font_color": HOT},
}
"""Name -> XlsxWriter's properties; a cell takes several, later ones win."""

GENERAL = "General"
WHOLE = "#,##0"
QUANTITY = '#,##0.00;-#,##0.00;"–"'
PERCENT = '0.0%;-0.0%;"–"'
INPUT_PERCENT = "0.0###%"
INPUT_MONEY = "$#,##0.00##"
PER_QUERY = '$#,##0.0000000;-$#,##0.0000000;"–"'
PER_UNIT = '$#,##0.0000000000;-$#,##0.0000000000;"–"'
FACTOR = "0.0000"
DAY = "yyyy-mm-dd"
MONTH = "mmm yy"


def dollars(places: int) -> str:
    """Dollars with separators and so many decimals; a dash for nothing."""
    amount = "$#,##0" + ("." + "0" * places if places else "")
    return f'{amount};-{amount};"–"'


def places_for(smallest_usd: Decimal) -> int:
    """Decimals that keep at least three digits of the smallest amount shown, from none to seven."""
    if smallest_usd >= 100:
        return 0
    return 2 if smallest_usd >= Decimal("0.1") else min(7, 2 - smallest_usd.adjusted())


def shown_length(value: Decimal, number_format: str) -> int:
    """Characters that a number takes in a cell, at least as many as any program shows."""
    if number_format in (DAY, MONTH):
        return len(DAY)
    if number_format == GENERAL:
        return min(11, len(f"{value:f}")) if abs(value) < Decimal("1e11") else 11
    whole = max(0, value.adjusted()) + 1 if value else 1
    places = _places(number_format)
    return whole + (whole - 1) // 3 + places + (places > 0) + (value < 0) + 1


@lru_cache
def _places(number_format: str) -> int:
    """Decimals that a format shows."""
    return len(number_format.split(";")[0].partition(".")[2].rstrip("%"))


class Styles(Struct):
    """Formats of one workbook, each made once, in the order of first use."""

    book: Workbook
    _made: dict[tuple[tuple[str, ...], str], Format] = field(default_factory=dict)

    def get(self, *names: str, number: str = "") -> Format:
        """The format of these styles together, with a number format."""
        key = (names, number)
        if key not in self._made:
            self._made[key] = self.book.add_format(self._properties(names, number))
        return self._made[key]

    def _properties(self, names: tuple[str, ...], number: str) -> dict[str, Any]:
        properties: dict[str, Any] = {"font_name": FONT, "font_size": 10, "font_color": INK}
        for name in names:
            properties |= STYLES[name]
        if number:
            properties["num_format"] = number
        return properties
