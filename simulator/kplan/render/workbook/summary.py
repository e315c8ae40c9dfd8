"""Sheet Summary: the verdict, the designs side by side, their cost by stage, and the charts."""

from __future__ import annotations

from collections.abc import Sequence

from kplan.render.format import added
from kplan.render.quality import quality_columns
from kplan.render.workbook import charts, designs
from kplan.render.workbook.checks import CHANGED, FAILED, MOVED
from kplan.render.workbook.designs import LAST, smallest
from kplan.render.workbook.export import CHECKS, SUMMARY, Export
from kplan.render.workbook.inputs import SCALE, SHOWN_PER
from kplan.render.workbook.sheet import Sheet, in_row
from kplan.render.workbook.styles import dollars, places_for

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
    below = designs.write(sheet, export, row + 1)
    rows = charts.Rows(totals=below - len(export.designs))
    stages = _merged([[s.id for s in design.planned.stages] for _, design in export.designs])
    below = _stages(sheet, export, below + 1, stages)
    rows.stages = below - len(export.designs)
    last_column = max(LAST, len(stages) + 1)
    below = _quality(sheet, export, below)
    width = sheet.pixels(min(last_column, charts.MOST_COLUMNS), NARROWEST, WIDEST)
    below = charts.insert(sheet, export, below + 1, rows, stages, width)
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
    failed, moved, changed = (place.seen_from(SUMMARY) for place in (FAILED, MOVED, CHANGED))
    checks = f'=IF({failed}=0,"All checks pass","CHECK FAILED: see sheet {CHECKS}")'
    sheet.words(row, 0, checks, "All checks pass", "good")
    figures = (
        f'=IF({moved}+{changed}=0,"Figures are as exported","FIGURES HAVE MOVED (inputs changed: "&{changed}&'
        f'"); the sentences above are of the export, see sheet {CHECKS}")'
    )
    sheet.words(row + 1, 0, figures, "Figures are as exported", "good")
    sheet.column_width(0, len("Figures are as exported") + 2)
    bad = sheet.styles.get("bad")
    for at, word in ((row, "All checks"), (row + 1, "Figures are")):
        sheet.worksheet.conditional_format(
            at, 0, at, 0, {"type": "text", "criteria": "not containing", "value": word, "format": bad}
        )
    return row + 2


def _stages(sheet: Sheet, export: Export, row: int, stages: Sequence[str]) -> int:
    """Cost per so many queries by stage, where queries go through any; gives the first free row."""
    if not stages:
        return row
    sheet.header(row, ["Cost per 1,000 queries", *stages, "Total"], range(1, len(stages) + 2))
    small = smallest(found.cost_per_query_usd for found in export.results.designs)
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
