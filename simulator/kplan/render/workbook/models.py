"""Sheet Models: the model of every stage that can have another one, as a list to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kplan.engine.plan import Pick
from kplan.render.workbook.export import MODELS, DesignCells, Export, VariantCells
from kplan.render.workbook.inputs import SCALE, SHOWN_PER
from kplan.render.workbook.sheet import CHANGED, SAME, Sheet, block, in_row
from kplan.render.workbook.styles import WHOLE, dollars, places_for

HEADER_ROW = 3
TITLES = (
    *("Design", "Stage", "Model", "As planned", "Changed"),
    *("Cost per 1,000 queries", "As exported", "Not offered, and why", "Number"),
)
MODEL, PLANNED, MOVED, COST, EXPORTED, WHY, NUMBER = range(2, 9)
OPTIONS = NUMBER + 1
"""Column of the first of the models to choose from, under their numbers."""
ORDINAL = '"Option "0'


def is_wanted(export: Export) -> bool:
    """Whether any stage has a model to choose, or a reason why it has none."""
    return any(design.planned.picks or design.planned.held for _, design in export.designs)


def write(sheet: Sheet, export: Export) -> None:
    """Write the lists, and place every choice; what the stages cost follows once Stages is written."""
    sheet.title(
        MODELS,
        "Choose another model in a blue cell, and every sheet follows. Quality and latency are those of the"
        " planned models.",
    )
    most = max((len(pick.models) for *_, pick in _picks(export)), default=0)
    sheet.header(HEADER_ROW, TITLES, (COST, EXPORTED, NUMBER))
    for n in range(most):
        sheet.number(HEADER_ROW, OPTIONS + n, Decimal(n + 1), "header", number=ORDINAL)
    row = HEADER_ROW + 1
    for cells, design, pick in _picks(export):
        _pick(sheet, cells, design, pick, row, OPTIONS + most - 1)
        row += 1
    if row > HEADER_ROW + 1:
        at = (HEADER_ROW + 1, MOVED, row - 1)
        sheet.marked(*at, CHANGED)
        export.changed.append(f"{MODELS}!{block(at[0], MOVED, at[2], MOVED)}")
    row = _held(sheet, export, row + 1)
    sheet.worksheet.freeze_panes(HEADER_ROW + 1, MODEL + 1)
    sheet.column_width(COST, 12)
    sheet.column_width(EXPORTED, 12)
    sheet.finish(
        row, WHY, HEADER_ROW + 1, export.footer, widest=54, last_written=max(WHY, OPTIONS + most - 1)
    )


def costs(sheet: Sheet, export: Export) -> None:
    """Write what the stages cost, now and at the export."""
    small = min((usd for *_, usd in _costs(export) if usd > 0), default=Decimal(1))
    number = dollars(max(2, places_for(small)))
    scale = SHOWN_PER.seen_from(MODELS)
    for row, (design, pick, usd) in enumerate(_costs(export), HEADER_ROW + 1):
        if pick.stage not in design.stages:
            sheet.text(row, COST, "no charge", "muted", "right")
            continue
        sheet.formula(row, COST, f"=SUM({design.stages[pick.stage]})*{scale}", usd, "link", number=number)
        sheet.number(row, EXPORTED, usd, "muted", number=number)


def _picks(export: Export) -> Iterator[tuple[VariantCells, DesignCells, Pick]]:
    for cells, design in export.designs:
        for pick in design.planned.picks:
            yield cells, design, pick


def _costs(export: Export) -> Iterator[tuple[DesignCells, Pick, Decimal]]:
    """Each line's stage with what it costs, per so many queries [USD]."""
    for _, design, pick in _picks(export):
        per_query = {stage.id: stage.cost_per_query_usd for stage in design.result.stages}
        yield design, pick, per_query[pick.stage] * SCALE


def _pick(sheet: Sheet, cells: VariantCells, design: DesignCells, pick: Pick, row: int, last: int) -> None:
    """One stage: its list, the number of the model chosen, and the models to choose from."""
    planned = pick.models[pick.planned - 1]
    sheet.text(row, 0, design.label)
    sheet.text(row, 1, pick.stage)
    sheet.text(row, MODEL, planned, "input")
    sheet.text(row, PLANNED, planned, "muted")
    same = f"EXACT({in_row(row, MODEL)},{in_row(row, PLANNED)})"
    sheet.words(row, MOVED, f'=IF({same},"{SAME}","{CHANGED}")', SAME, "muted", "indented")
    sheet.text(row, WHY, _refused(pick), "muted", "indented")
    for column, model in enumerate(pick.models, OPTIONS):
        sheet.text(row, column, model, "muted")
    options = f"{in_row(row, OPTIONS)}:{in_row(row, last)}"
    ordinals = block(HEADER_ROW, OPTIONS, HEADER_ROW, last)
    number = f"=SUMPRODUCT(({options}={in_row(row, MODEL)})*{ordinals})"
    sheet.formula(row, NUMBER, number, Decimal(pick.planned), "muted", number=WHOLE)
    sheet.worksheet.data_validation(
        row, MODEL, row, MODEL,
        {
            "validate": "list",
            "source": f"={block(row, OPTIONS, row, OPTIONS + len(pick.models) - 1)}",
            "error_message": "Choose one of the models listed.",
        },
    )  # fmt: skip
    cells.places[pick.choice] = sheet.place(row, NUMBER)
    cells.chosen[pick.choice] = sheet.place(row, MODEL)
    cells.picked[design.planned.id, pick.stage] = pick


def _refused(pick: Pick) -> str:
    return "; ".join(f"{model}: {why}" for model, why in pick.refused.items())


def _held(sheet: Sheet, export: Export, row: int) -> int:
    """Stages whose model cannot be exchanged, those of one design and reason together."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for _, design in export.designs:
        for stage, why in design.planned.held.items():
            reasons.setdefault((design.label, why), []).append(stage)
    if not reasons:
        return row
    sheet.band(row, "Not to be exchanged here", WHY)
    for (label, why), stages in reasons.items():
        row += 1
        sheet.text(row, 0, label)
        sheet.text(row, 1, ", ".join(stages), "muted", measured=False)
        sheet.text(row, PLANNED, why, "muted", measured=False)
    return row + 1
