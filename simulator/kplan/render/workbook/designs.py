"""The summary's table of designs: costs, savings against a baseline chosen from a list, and the ranking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cached_property

from msgspec import Struct, field

from kplan.engine.results import DesignResult
from kplan.money import ONE, ZERO
from kplan.render.workbook.budget import OVER
from kplan.render.workbook.export import BUDGET, SUMMARY, DesignCells, Export, VariantCells
from kplan.render.workbook.inputs import SCALE, SHOWN_PER
from kplan.render.workbook.months import FIRST_MONTH
from kplan.render.workbook.sheet import Sheet, block, cell, in_row
from kplan.render.workbook.styles import PERCENT, WHOLE, dollars, places_for

PER_QUERY, PER_SCALE, MONTH_1, TOTAL, SAVED, SAVED_SHARE, OVER_BUDGET, RANK = range(1, 9)
LAST = RANK
NEAR_TIE = OVER.removeprefix("-")
"""Dollars by which a total must be lower to rank before another (kplan.form.graph)."""


class Table(Struct, dict=True):
    """The table while it is being written; its first column is what the baselines are chosen from."""

    sheet: Sheet
    export: Export
    row: int
    """First row of its body."""
    baselines: dict[int, tuple[str, str]] = field(default_factory=dict)
    """By variant: the cell of the baseline's name, and that of its total."""

    @cached_property
    def rows(self) -> dict[str, int]:
        """Each design's row, by id."""
        return {design.result.id: self.row + n for n, (_, design) in enumerate(self.export.designs)}

    @cached_property
    def money(self) -> str:
        """Number format of months and totals."""
        return dollars(places_for(smallest(found.total_usd for found in self.export.results.designs)))

    def column(self, cells: VariantCells, column: int) -> str:
        """The cells of the variant's designs in a column; they stand together."""
        rows = [self.rows[design.result.id] for design in cells.designs]
        return block(min(rows), column, max(rows), column)


def smallest(amounts_usd: Iterable[Decimal]) -> Decimal:
    """The smallest amount above 0: what a number format must still show."""
    return min((amount for amount in amounts_usd if amount > 0), default=ONE)


def write(sheet: Sheet, export: Export, row: int) -> int:
    """Write the baselines and the table; gives the first free row."""
    table = Table(sheet, export, row + len(export.variants) + 2)
    for cells in export.variants:
        _baseline(table, cells, row)
        row += 1
    horizon = f"{len(export.months)} months" if not export.has_variants else "Horizon"
    titles = ("Design", "Cost per query", "Cost per 1,000 queries", "First month", horizon)
    sheet.header(
        table.row - 1,
        (*titles, "Saving against baseline", "Saving %", "Months over budget", "Rank by cost"),
        range(1, LAST + 1),
    )
    for cells, design in export.designs:
        _design(table, cells, design)
    return table.row + len(export.designs)


def _baseline(table: Table, cells: VariantCells, row: int) -> None:
    """The design that savings are counted against, as a list to choose from, and its total."""
    sheet, names = table.sheet, table.column(cells, 0)
    whose = f" of {cells.plan.variant or 'base'}" if table.export.has_variants else ""
    sheet.text(row, 0, f"Savings{whose} are against", "bold")
    found = _against(cells.designs)
    sheet.text(row, 1, found.label, "input", "right", measured=False)
    sheet.worksheet.data_validation(
        row, 1, row, 1,
        {
            "validate": "list",
            "source": f"={names}",
            "input_title": "Baseline",
            "input_message": "Choose the design that savings are counted against.",
            "error_message": "Choose one of the designs below.",
        },
    )  # fmt: skip
    cells.baseline, cells.baselines = sheet.place(row, 1), names
    total = f"=SUMPRODUCT(--({names}={cell(row, 1)}),{table.column(cells, TOTAL)})"
    sheet.formula(row, 2, total, found.result.total_usd, "muted", number=table.money)
    sheet.text(
        row, 3, "its total: choose another design in the blue cell", "muted", "indented", measured=False
    )
    table.baselines[cells.index] = (cell(row, 1), cell(row, 2))


def _against(designs: Sequence[DesignCells]) -> DesignCells:
    """The variant's baseline: the one design without a saving."""
    return next(design for design in designs if design.result.saving is None)


def _design(table: Table, cells: VariantCells, design: DesignCells) -> None:
    result, row, sheet = design.result, table.rows[design.result.id], table.sheet
    told = ("bold",) if result.id == table.export.results.verdict.design else ()
    sheet.text(row, 0, design.label, *told)
    _costs(table, design, row, told)
    first = FIRST_MONTH + _first_month(table.export, cells)
    month = f"={BUDGET}!{cell(design.total_row, first)}"
    sheet.formula(row, MONTH_1, month, result.months[0].cost_usd, *told, "link", number=table.money)
    assert design.total is not None
    total = f"={design.total.seen_from(SUMMARY)}"
    sheet.formula(row, TOTAL, total, result.total_usd, *told, "link", number=table.money)
    design.shown_total = sheet.place(row, TOTAL)
    _saving(table, cells, result, row, told)
    _over(sheet, cells, design, row, first, told)
    lower = f"{in_row(row, TOTAL)}-{table.column(cells, TOTAL)}>{NEAR_TIE}"
    rank = 1 + sum(result.total_usd - other.result.total_usd > Decimal(NEAR_TIE) for other in cells.designs)
    sheet.formula(row, RANK, f"=1+SUMPRODUCT(--({lower}))", Decimal(rank), *told, number=WHOLE)


def _costs(table: Table, design: DesignCells, row: int, told: Sequence[str]) -> None:
    """Cost of one query, and of so many."""
    usd, sheet = design.result.cost_per_query_usd, table.sheet
    small = smallest(found.cost_per_query_usd for found in table.export.results.designs)
    usage = f"={design.usage[0].seen_from(SUMMARY)}"
    sheet.formula(row, PER_QUERY, usage, usd, *told, "link", number=dollars(max(5, places_for(small))))
    shown = f"={in_row(row, PER_QUERY)}*{SHOWN_PER.seen_from(SUMMARY)}"
    per_scale = dollars(max(2, places_for(small * SCALE)))
    sheet.formula(row, PER_SCALE, shown, usd * SCALE, *told, number=per_scale)


def _first_month(export: Export, cells: VariantCells) -> int:
    return [f"{day:%Y-%m}" for day in export.months].index(cells.plan.months[0])


def _saving(table: Table, cells: VariantCells, result: DesignResult, row: int, told: Sequence[str]) -> None:
    """Money saved against the chosen baseline; nothing for the baseline itself."""
    against, sheet = table.baselines[cells.index][1], table.sheet
    usd, share = (result.saving.usd, result.saving.share or ZERO) if result.saving else (ZERO, ZERO)
    sheet.formula(row, SAVED, f"={against}-{in_row(row, TOTAL)}", usd, *told, number=table.money)
    part = f"=IF({against}=0,0,{in_row(row, SAVED)}/{against})"
    sheet.formula(row, SAVED_SHARE, part, share, *told, number=PERCENT)


def _over(
    sheet: Sheet, cells: VariantCells, design: DesignCells, row: int, first: int, told: Sequence[str]
) -> None:
    if not design.headroom_row:
        sheet.text(row, OVER_BUDGET, "no budget", "right", "muted")
        return
    last = first + len(cells.plan.months) - 1
    left = f"{BUDGET}!{block(design.headroom_row, first, design.headroom_row, last)}"
    count = sum(month.over_budget for month in design.result.months)
    sheet.formula(row, OVER_BUDGET, f"=SUMPRODUCT(--({left}<{OVER}))", Decimal(count), *told, number=WHOLE)
