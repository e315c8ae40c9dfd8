"""Sheet Prices: every price row that the plans use, as the vendor writes it, with source and dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from kplan.form.graph import LeafKind
from kplan.prices.rows import MARGINAL, PriceRow
from kplan.render.price_row import made_of
from kplan.render.workbook.export import PRICES, Export
from kplan.render.workbook.sheet import CHANGED, SAME, Sheet, block, in_row
from kplan.render.workbook.styles import PER_UNIT, WHOLE

HEADER_ROW = 3
TITLES = (
    "Provider",
    "Model",
    "Meter",
    "US$",
    "per units",
    "US$ per unit",
    "Over input tokens",
    "Mode",
    "Region",
    "Hours",
    "Valid from",
    "Valid to",
    "Status",
    "Checked on",
    "Source",
)
USD, PER, RATE, OVER = 3, 4, 5, 6
SELECTS = range(OVER + 1, OVER + 5)
"""Columns besides that select a price: mode, region, hours, first day."""
PRICE = "$#,##0.00######"


def write(sheet: Sheet, export: Export) -> None:
    """Write the sheet and place every rate."""
    sheet.title(
        "Prices",
        "US dollars as the vendors write them. Change a blue price and every sheet follows."
        " Valid to is the first day on which a price no longer holds.",
    )
    rows = _rows(export)
    further = _further(export, rows)
    titles = (*TITLES, *further, "Exported US$", "Changed", "Price row")
    exported, changed, called = len(titles) - 3, len(titles) - 2, len(titles) - 1
    sheet.header(HEADER_ROW, titles, (*range(USD, OVER + 1), exported))
    for number, row in enumerate(rows, HEADER_ROW + 1):
        _write_row(sheet, number, row)
        _remember(sheet, number, row, exported)
        for column, texts in enumerate(further.values(), len(TITLES)):
            sheet.text(number, column, texts.get(row, ""))
        sheet.text(number, called, row_name(row), "muted")
        export.named[row] = sheet.place(number, called)
        export.prices[row] = sheet.place(number, RATE)
        export.blue[row] = sheet.place(number, USD)
    _place(export)
    last = HEADER_ROW + len(rows)
    if rows:
        sheet.marked(HEADER_ROW + 1, changed, last, CHANGED)
        export.changed.append(f"{PRICES}!{block(HEADER_ROW + 1, changed, last, changed)}")
        sheet.worksheet.autofilter(HEADER_ROW, 0, last, len(titles) - 1)
        sheet.worksheet.data_validation(
            HEADER_ROW + 1, USD, last, USD,
            {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": "A price, not below 0."},
        )  # fmt: skip
    sheet.worksheet.freeze_panes(HEADER_ROW + 1, RATE + 1)
    sheet.finish(last + 1, len(titles) - 1, HEADER_ROW + 1, export.footer, widest=56)


def _rows(export: Export) -> list[PriceRow]:
    """The rows that priced something, in book order, then those whose quantity is 0 for now, then those of
    models that could be chosen.
    """
    charged = (row for cells in export.variants for row in cells.price_rows)
    return list(dict.fromkeys([*export.results.price_rows, *charged]))


def row_name(row: PriceRow) -> str:
    """A row's id without its model, which stands beside it: its meter and on what it depends."""
    return row.id.removeprefix(f"{row.provider}/{row.model} ")


def _further(export: Export, rows: Sequence[PriceRow]) -> dict[str, dict[PriceRow, str]]:
    """Columns that only some exports need, each with its texts: how prices were made, who uses them."""
    steps = {
        row: "only what lies above" for row in rows if row.over_input_tokens and row.tier_scope == MARGINAL
    }
    made = {row: made_of(row) for row in rows if row.audit}
    users = {row: ", ".join(names) for row, names in _users(export).items()} if export.has_variants else {}
    columns = {"Scope": steps, "Made of": made, "Variants": users}
    return {title: texts for title, texts in columns.items() if texts}


def _users(export: Export) -> dict[PriceRow, dict[str, None]]:
    """The variants that each row prices; two books may price a model differently."""
    users: dict[PriceRow, dict[str, None]] = {}
    for cells in export.variants:
        for row in cells.price_rows:
            users.setdefault(row, {})[cells.plan.variant or "base"] = None
    return users


def _write_row(sheet: Sheet, number: int, row: PriceRow) -> None:
    sheet.text(number, 0, row.provider)
    sheet.text(number, 1, row.model)
    sheet.text(number, 2, row.meter)
    if row.usd.is_nan():
        sheet.formula(number, USD, "=NA()", row.usd, "input")
    else:
        sheet.number(number, USD, row.usd, "input", number=PRICE)
    sheet.number(number, PER, Decimal(row.per), number=WHOLE)
    rate = f"={in_row(number, USD)}/{in_row(number, PER)}"
    sheet.formula(number, RATE, rate, row.usd_per_unit, number=PER_UNIT)
    if row.over_input_tokens:
        sheet.number(number, 6, Decimal(row.over_input_tokens), number=WHOLE)
    hours = " ".join(filter(None, (row.weekdays, row.hours, row.tz if row.is_windowed else "")))
    sheet.text(number, OVER + 1, row.mode, "indented")
    for column, text, otherwise in ((2, row.region, "everywhere"), (3, hours, "always")):
        sheet.text(number, OVER + column, text or otherwise, *(() if text else ("muted",)))
    _day(sheet, number, OVER + 4, row.valid_from, "-")
    _day(sheet, number, OVER + 5, row.valid_to, "-")
    sheet.text(number, OVER + 6, row.status)
    _day(sheet, number, OVER + 7, row.checked_on, "unknown")
    sheet.text(number, OVER + 8, " ".join(filter(None, (row.source, row.source_url))), "muted")


def _remember(sheet: Sheet, number: int, row: PriceRow, exported: int) -> None:
    """The price at the export, and whether it still holds; a row without one says so."""
    now, then = in_row(number, USD), in_row(number, exported)
    if row.usd.is_nan():
        sheet.text(number, exported, "no price", "muted", "right")
    else:
        sheet.number(number, exported, row.usd, "muted", number=PRICE)
    same = f'IF({now}={then},"{SAME}","{CHANGED}")'
    moved = f'=IF(ISNUMBER({now}),{same},IF(ISNUMBER({then}),"{CHANGED}","{SAME}"))'
    sheet.words(number, exported + 1, moved, SAME, "muted", "indented")


def _day(sheet: Sheet, row: int, column: int, day: date | None, otherwise: str) -> None:
    if day is None:
        sheet.text(row, column, otherwise, "muted")
    else:
        sheet.day(row, column, day, "left")


def _place(export: Export) -> None:
    """Put each plan's rate leaves where their rows lie."""
    for cells in export.variants:
        rows = {row.id: row for row in cells.price_rows}
        for node, entry in cells.leaves(LeafKind.RATE):
            if entry.name in rows:
                cells.places[node] = export.prices[rows[entry.name]]
