"""One sheet being written: text that stays text, formulas with their values, and the print set-up."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Container, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct, field
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from kplan.form.excel import Place
from kplan.render.format import plain_text
from kplan.render.workbook.styles import DAY, GENERAL, Styles, shown_length

MAX_TEXT = 32_000
"""Longest text of a cell written; Excel takes 32,767 characters."""
LABELS = 12
"""Columns whose texts are remembered."""
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t")
_A4 = 9
"""Excel's number for the paper. Source: XlsxWriter, set_paper."""
SAME = "–"
CHANGED = "changed"
"""Beside a cell that still holds what was exported, and beside one that does not."""
ROW_HEIGHT = 14.5
"""Height of a line of 10-point text [points]."""


@lru_cache(maxsize=256)
def letters(column: int) -> str:
    """`C` for the third column, which is number 2."""
    return str(xl_col_to_name(column))


def cell(row: int, column: int) -> str:
    """`$C$8`."""
    return f"${letters(column)}${row + 1}"


def in_column(row: int, column: int) -> str:
    """`C$8`: the same row whatever the column, as a row of months needs it."""
    return f"{letters(column)}${row + 1}"


def in_row(row: int, column: int) -> str:
    """`$C8`: the same column whatever the row, as a table needs it."""
    return f"${letters(column)}{row + 1}"


def block(first_row: int, first_column: int, last_row: int, last_column: int) -> str:
    """`$C$8:$F$8`."""
    return f"{cell(first_row, first_column)}:{cell(last_row, last_column)}"


def span(first_row: int, first_column: int, last_row: int, last_column: int) -> str:
    """`C8:F8`, all relative."""
    return f"{letters(first_column)}{first_row + 1}:{letters(last_column)}{last_row + 1}"


@lru_cache(maxsize=4096)
def _shown(text: str) -> str:
    """The text without control characters; the same names stand in many cells."""
    return plain_text(text)[:MAX_TEXT]


_MARKUP = re.compile(r"[&<>]")
_Attributes = Sequence[tuple[str, object]]


class PlainWorksheet(Worksheet):  # type: ignore[misc, unused-ignore]  # XlsxWriter has no types
    """A worksheet whose formulas hold common functions only, written with less looking around.

    XlsxWriter looks into every formula for some thirty newer functions that want a prefix, and into every
    attribute of a cell for signs to escape; there are none here, and leaving both out halves the time.
    Were its methods renamed, only the time would come back.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:  # noqa: ARG002 - theirs
        return formula.removeprefix("=")

    def _calculate_spans(self) -> None:
        """Which columns each row spans is a hint that readers do not need."""

    def _xml_formula_element(self, formula: str, result: object, attributes: _Attributes = ()) -> None:
        shown = _escaped(result) if isinstance(result, str) else result
        self.fh.write(f"<c{_attributes(attributes)}><f>{_escaped(formula)}</f><v>{shown}</v></c>")

    def _xml_string_element(self, index: int, attributes: _Attributes = ()) -> None:
        self.fh.write(f'<c{_attributes(attributes)} t="s"><v>{index}</v></c>')

    def _xml_number_element(self, number: float, attributes: _Attributes = ()) -> None:
        self.fh.write(f"<c{_attributes(attributes)}><v>{number:.16G}</v></c>")


def _attributes(attributes: _Attributes) -> str:
    """Attributes of a cell: its name, the number of its format, a letter for its type."""
    return "".join([f' {key}="{value}"' for key, value in attributes])


def _escaped(text: str) -> str:
    if not _MARKUP.search(text):
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Sheet(Struct):
    """A worksheet that knows how wide its columns must be."""

    worksheet: Worksheet
    name: str
    styles: Styles
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    """Texts and days of the first columns, by row and column: what the numbers beside them are called."""
    constants: dict[tuple[int, int], str | Decimal | date] = field(default_factory=dict)
    """All texts, numbers and days, by row and column."""
    formulas: list[tuple[int, int]] = field(default_factory=list)
    """Rows and columns of the formulas."""
    _widths: dict[int, int] = field(default_factory=dict)

    def text(self, row: int, column: int, text: str, *styles: str, measured: bool = True) -> None:
        """Text that no program takes for a formula, a link or a number; measured: the column fits it."""
        shown = _shown(text)
        if shown.startswith(_FORMULA_SIGNS):
            styles = (*styles, "quoted")
        self.worksheet.write_string(row, column, shown, self.styles.get(*styles))
        if shown:
            self.constants[row, column] = shown
        if column < LABELS:
            self.texts[row, column] = shown
        if measured and "wrap" not in styles:
            self._fit(column, len(shown))

    def number(self, row: int, column: int, value: Decimal, *styles: str, number: str = GENERAL) -> None:
        """A plain number."""
        self.worksheet.write_number(row, column, float(value), self.styles.get(*styles, number=number))
        self.constants[row, column] = value
        self._fit(column, shown_length(value, number))

    def day(self, row: int, column: int, day: date | None, *styles: str, number: str = DAY) -> None:
        """A date; an empty cell where there is none."""
        shown = self.styles.get(*styles, number=number)
        if day is None:
            self.worksheet.write_blank(row, column, None, shown)
        else:
            self.constants[row, column] = day
            self.worksheet.write_datetime(row, column, datetime(day.year, day.month, day.day), shown)  # noqa: DTZ001 - a spreadsheet's dates have no zone
            self._fit(column, len(DAY))
            if column < LABELS:
                self.texts[row, column] = day.isoformat()

    def formula(
        self, row: int, column: int, formula: str, value: Decimal, *styles: str, number: str = GENERAL
    ) -> None:
        """A formula with the engine's value, which readers show until they recalculate."""
        self.formulas.append((row, column))
        cached = "#N/A" if value.is_nan() else float(value)
        self.worksheet.write_formula(row, column, formula, self.styles.get(*styles, number=number), cached)
        self._fit(column, 4 if value.is_nan() else shown_length(value, number))

    def words(self, row: int, column: int, formula: str, value: str, *styles: str) -> None:
        """A formula that gives a text."""
        self.formulas.append((row, column))
        self.worksheet.write_formula(row, column, formula, self.styles.get(*styles), value)

    def fill(self, row: int, first: int, last: int, *styles: str) -> None:
        """Empty cells of a style, so that a band runs through."""
        for column in range(first, last + 1):
            self.worksheet.write_blank(row, column, None, self.styles.get(*styles))

    def marked(self, first: int, column: int, last: int, word: str) -> None:
        """Red wherever the cells of a column say this word."""
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": self.styles.get("moved")}
        self.worksheet.conditional_format(first, column, last, column, rule)

    def title(self, title: str, subtitle: str) -> None:
        """The sheet's name in A1 and a line on how to read it."""
        self.text(0, 0, title, "title", measured=False)
        self.worksheet.set_row(0, 22)
        self.text(1, 0, subtitle, "subtitle", measured=False)

    def header(self, row: int, titles: Sequence[str], right: Container[int], first: int = 0) -> None:
        """Column titles from a column on; those over numbers stand right, those beside them off the edge."""
        for column, title in enumerate(titles, first):
            side = ("right",) if column in right else ("indented",) if column - 1 in right else ()
            self.text(row, column, title, "header", *side, measured=False)
            lines = textwrap.wrap(title, 14) or [""]
            self._fit(column, max(len(line) for line in lines) + 2)
        self.worksheet.set_row(row, 30)

    def band(self, row: int, title: str, last_column: int) -> None:
        """A heading across the table."""
        self.fill(row, 0, last_column, "band")
        self.text(row, 0, title, "band", measured=False)

    def paragraph(self, row: int, column: int, text: str, width: int, *styles: str) -> None:
        """Text in lines of so many characters, in one cell."""
        self.text(row, column, text, "wrap", *styles)
        n_lines = max(1, len(textwrap.wrap(plain_text(text)[:MAX_TEXT], max(8, int(width * 0.95)))))
        self.worksheet.set_row(row, ROW_HEIGHT * min(n_lines, 28))

    def place(self, row: int, column: int) -> Place:
        """The cell as others refer to it."""
        return Place(self.name, cell(row, column))

    def finish(
        self,
        last_row: int,
        last_column: int,
        n_header: int,
        footer: str,
        *,
        narrowest: int = 9,
        widest: int = 46,
        one_page: bool = False,
        is_upright: bool = False,
        last_written: int = 0,
    ) -> None:
        """Column widths and pages, once all cells are written; lying, as many as it takes, unless said.

        last_written  last column where more are written than printed
        """
        worksheet = self.worksheet
        for column in range(max(last_column, last_written) + 1):
            worksheet.set_column(column, column, self._width(column, narrowest, widest))
        worksheet.hide_gridlines(2)
        if not is_upright:
            worksheet.set_landscape()
        worksheet.set_paper(_A4)
        worksheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.7)
        worksheet.fit_to_pages(1, 1 if one_page else 0)
        worksheet.print_area(0, 0, max(last_row, 1), last_column)
        if n_header:
            worksheet.repeat_rows(0, n_header - 1)
        worksheet.set_footer(footer)
        worksheet.set_header(f"&R&8{self.name}")

    def column_width(self, column: int, characters: int) -> None:
        """Make the column at least so wide."""
        self._fit(column, characters)

    def pixels(self, last_column: int, narrowest: int, widest: int) -> int:
        """Width of the columns together, so far; Excel draws 7 pixels a character and 5 around."""
        return sum(7 * self._width(column, narrowest, widest) + 5 for column in range(last_column + 1))

    def _width(self, column: int, narrowest: int, widest: int) -> int:
        return min(widest, max(narrowest, self._widths.get(column, 0) + 1))

    def _fit(self, column: int, characters: int) -> None:
        self._widths[column] = max(self._widths.get(column, 0), characters)
