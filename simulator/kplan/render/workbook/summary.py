"""Sheet Summary: the verdict, the designs side by side, their cost by stage, and two charts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from kplan.money import ONE, ZERO
from kplan.render.format import added
from kplan.render.quality import quality_columns
from kplan.render.workbook import charts
from kplan.render.workbook.budget import OVER
from kplan.render.workbook.checks import FAILED, MOVED
from kplan.render.workbook.export import BUDGET, CHECKS, SUMMARY, DesignCells, Export, VariantCells
from kplan.render.workbook.inputs import SCALE, SHOWN_PER
from kplan.render.workbook.months import FIRST_MONTH
from kplan.render.workbook.sheet import Sheet, cell, in_row
from kplan.render.workbook.styles import PERCENT, WHOLE, dollars, places_for

PER_QUERY, PER_SCALE, MONTH_1, TOTAL, SAVED, SAVED_SHARE, OVER_BUDGET = range(1, 8)
LAST = OVER_BUDGET
NARROWEST, WIDEST = 14, 32
"""Column widths [characters]."""


def write(sheet: Sheet, export: Export) -> None:
    """Write the sheet, last of those with figures, since it refers to them all."""
    verdict = export.results.verdict
    sheet.title(
        export.title, f"Cost plan, {_span(export)}. US dollars. Formulas are live down to Inputs and Prices."
    )
    row = 3
    for text, style in [
        *((t, "headline") for t in verdict.headline),
        *((t, "text") for t in verdict.caveats),
    ]:
        sheet.text(row, 0, text, *((style,) if style != "text" else ()), measured=False)
        row += 1
    row = _state(sheet, row + 1)
    table = _designs(sheet, export, row + 1)
    stages = _merged([[s.id for s in design.planned.stages] for _, design in export.designs])
    below = _stages(sheet, export, table + len(export.designs) + 2, stages)
    last_column = max(LAST, len(stages) + 1)
    width = sheet.pixels(last_column, NARROWEST, WIDEST)
    first = below - len(export.designs)
    below = _quality(sheet, export, below)
    below = charts.insert(sheet, export, below + 1, first, stages, width)
    sheet.worksheet.freeze_panes(1, 0)
    sheet.worksheet.set_first_sheet()
    sheet.worksheet.activate()
    sheet.finish(
        below,
        last_column,
        0,
        export.footer,
        narrowest=NARROWEST,
        widest=WIDEST,
        one_page=True,
        is_upright=last_column <= LAST,
    )


def _span(export: Export) -> str:
    months = export.months
    return f"{len(months)} months, {months[0]:%Y-%m} to {months[-1]:%Y-%m}"


def _state(sheet: Sheet, row: int) -> int:
    """Whether the checks pass, and whether the sentences above still stand."""
    failed, moved = FAILED.seen_from(SUMMARY), MOVED.seen_from(SUMMARY)
    checks = f'=IF({failed}=0,"All checks pass","CHECK FAILED: see sheet {CHECKS}")'
    sheet.words(row, 0, checks, "All checks pass", "good")
    figures = (
        f'=IF({moved}=0,"Figures are as exported",'
        f'"FIGURES HAVE MOVED since export: the sentences above are of the export, see sheet {CHECKS}")'
    )
    sheet.words(row + 1, 0, figures, "Figures are as exported", "good")
    sheet.column_width(0, len("Figures are as exported") + 2)
    bad = sheet.styles.get("bad")
    for at, word in ((row, "All checks"), (row + 1, "Figures are")):
        sheet.worksheet.conditional_format(
            at, 0, at, 0, {"type": "text", "criteria": "not containing", "value": word, "format": bad}
        )
    return row + 2


def _designs(sheet: Sheet, export: Export, row: int) -> int:
    """The designs side by side; gives the first row of the table's body."""
    horizon = f"{len(export.months)} months" if not export.has_variants else "Horizon"
    titles = [
        "Design",
        "Cost per query",
        "Cost per 1,000 queries",
        "First month",
        horizon,
        "Saving against baseline",
        "Saving %",
        "Months over budget",
    ]
    sheet.header(row, titles, range(1, LAST + 1))
    ids = {design.result.id: row + 1 + n for n, (_, design) in enumerate(export.designs)}
    for cells, design in export.designs:
        _design(sheet, export, cells, design, ids)
    return row + 1


def _design(
    sheet: Sheet, export: Export, cells: VariantCells, design: DesignCells, ids: dict[str, int]
) -> None:
    result, row = design.result, ids[design.result.id]
    told = ("bold",) if result.id == export.results.verdict.design else ()
    sheet.text(row, 0, design.label, *told)
    assert design.total is not None
    small = _smallest(found.cost_per_query_usd for found in export.results.designs)
    usage = f"={design.usage[0].seen_from(SUMMARY)}"
    per_query = dollars(max(5, places_for(small)))
    sheet.formula(row, PER_QUERY, usage, result.cost_per_query_usd, *told, "link", number=per_query)
    shown = f"={in_row(row, PER_QUERY)}*{SHOWN_PER.seen_from(SUMMARY)}"
    per_scale = dollars(max(2, places_for(small * SCALE)))
    sheet.formula(row, PER_SCALE, shown, result.cost_per_query_usd * SCALE, *told, number=per_scale)
    first = FIRST_MONTH + _first_month(export, cells)
    money = dollars(places_for(_smallest(found.total_usd for found in export.results.designs)))
    month = f"={BUDGET}!{cell(design.total_row, first)}"
    sheet.formula(row, MONTH_1, month, result.months[0].cost_usd, *told, "link", number=money)
    total = f"={design.total.seen_from(SUMMARY)}"
    sheet.formula(row, TOTAL, total, result.total_usd, *told, "link", number=money)
    _saving(sheet, design, row, ids, money, told)
    _over(sheet, cells, design, row, first, told)


def _smallest(amounts_usd: Iterable[Decimal]) -> Decimal:
    return min((amount for amount in amounts_usd if amount > 0), default=ONE)


def _first_month(export: Export, cells: VariantCells) -> int:
    return [f"{day:%Y-%m}" for day in export.months].index(cells.plan.months[0])


def _saving(
    sheet: Sheet, design: DesignCells, row: int, ids: dict[str, int], money: str, told: Sequence[str]
) -> None:
    saving = design.result.saving
    if saving is None:
        sheet.text(row, SAVED, "baseline", "right", "muted")
        sheet.text(row, SAVED_SHARE, "–", "right", "muted")
        return
    against = cell(ids[saving.against], TOTAL)
    sheet.formula(row, SAVED, f"={against}-{in_row(row, TOTAL)}", saving.usd, *told, number=money)
    share = f"=IF({against}=0,0,{in_row(row, SAVED)}/{against})"
    sheet.formula(row, SAVED_SHARE, share, saving.share or ZERO, *told, number=PERCENT)


def _over(
    sheet: Sheet, cells: VariantCells, design: DesignCells, row: int, first: int, told: Sequence[str]
) -> None:
    if not design.headroom_row:
        sheet.text(row, OVER_BUDGET, "no budget", "right", "muted")
        return
    last = first + len(cells.plan.months) - 1
    left = f"{BUDGET}!{cell(design.headroom_row, first)}:{cell(design.headroom_row, last)}"
    count = sum(month.over_budget for month in design.result.months)
    sheet.formula(row, OVER_BUDGET, f"=SUMPRODUCT(--({left}<{OVER}))", Decimal(count), *told, number=WHOLE)


def _stages(sheet: Sheet, export: Export, row: int, stages: Sequence[str]) -> int:
    """Cost per so many queries by stage; gives the first free row."""
    sheet.header(row, ["Cost per 1,000 queries", *stages, "Total"], range(1, len(stages) + 2))
    small = _smallest(found.cost_per_query_usd for found in export.results.designs)
    number = dollars(max(2, places_for(small * SCALE)))
    scale = SHOWN_PER.seen_from(SUMMARY)
    for at, (_, design) in enumerate(export.designs, row + 1):
        sheet.text(at, 0, design.label)
        costs = {stage.id: stage.cost_per_query_usd for stage in design.result.stages}
        for column, stage in enumerate(stages, 1):
            if stage in design.stages:
                formula = f"=SUM({design.stages[stage]})*{scale}"
                sheet.formula(at, column, formula, costs[stage] * SCALE, "link", number=number)
            else:
                sheet.text(at, column, "–", "right", "muted")
        total = added(costs.values()) * SCALE
        row_span = f"{in_row(at, 1)}:{in_row(at, len(stages))}"
        sheet.formula(at, len(stages) + 1, f"=SUM({row_span})", total, "bold", number=number)
        design.by_stage = sheet.place(at, len(stages) + 1)
    return row + 1 + len(export.designs)


def _quality(sheet: Sheet, export: Export, row: int) -> int:
    """How right the designs were at the export, as it was printed; gives the first free row."""
    columns = quality_columns(export.results)
    if not columns:
        return row
    sheet.header(row + 1, ["Quality (as exported)", *(column.head for column in columns)], range(1, LAST + 1))
    for number, (_, design) in enumerate(export.designs):
        at = row + 2 + number
        sheet.text(at, 0, design.label)
        for place, column in enumerate(columns, 1):
            sheet.text(at, place, column.cells[number], "right", measured=False)
    return row + 2 + len(export.designs)


def _merged(orders: Sequence[Sequence[str]]) -> list[str]:
    """All stages once; an extra one stands after the stage that it follows in its design."""
    merged: list[str] = []
    for order in orders:
        at = 0
        for stage in order:
            if stage in merged:
                at = merged.index(stage) + 1
            else:
                merged.insert(at, stage)
                at += 1
    return merged
