"""Sheet Checks: totals against the sums of their parts, and what has moved since the export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from kplan.form.excel import Place
from kplan.money import ONE, ZERO, exact
from kplan.render.workbook.export import CHECKS, Export, VariantCells
from kplan.render.workbook.inputs import SHOWN_PER
from kplan.render.workbook.sheet import Sheet, in_row
from kplan.render.workbook.styles import PERCENT, dollars

FAILED = Place(CHECKS, "$B$4")
MOVED = Place(CHECKS, "$B$5")
_FIRST_TABLE = 6
_LAST = 5
SLACK = "0.000000001"
"""Part of an amount that floating-point sums may be off by."""
MONEY = dollars(7)


@dataclass(frozen=True)
class _Tie:
    """Two figures that must be the same, as formulas with their values."""

    what: str
    left: str
    right: str
    value: Decimal
    number: str = MONEY


def write(sheet: Sheet, export: Export) -> None:
    """Write the sheet; its two counts stand where the summary expects them."""
    sheet.title(
        "Checks", "OK: a total is the sum of its parts. MOVED: a figure is no longer what kplan exported."
    )
    ties = list(_ties(export))
    first_moved = _FIRST_TABLE + len(ties) + 3
    n_moved = 2 * len(export.designs)
    sheet.text(3, 0, "Checks failing", "bold")
    sheet.text(4, 0, "Figures moved since export", "bold")
    failing = _count(_FIRST_TABLE + 1, len(ties), "CHECK")
    moved = _count(first_moved + 1, n_moved, "MOVED")
    sheet.formula(3, 1, failing, ZERO, "bold", number="0")
    sheet.formula(4, 1, moved, ZERO, "bold", number="0")
    sheet.header(
        _FIRST_TABLE, ["Check", "Left", "Right", "Difference", "Difference %", "Result"], range(1, 6)
    )
    for row, tie in enumerate(ties, _FIRST_TABLE + 1):
        _compared(sheet, row, tie, "CHECK", "OK")
    moved_titles = [
        "Moved since kplan exported this workbook",
        "Exported",
        "Now",
        "Change",
        "Change %",
        "Result",
    ]
    sheet.header(first_moved, moved_titles, range(1, 6))
    for row, tie in enumerate(_exported(export), first_moved + 1):
        _compared(sheet, row, tie, "MOVED", "as exported")
    last = first_moved + n_moved
    sheet.worksheet.freeze_panes(_FIRST_TABLE, 1)
    sheet.finish(last + 1, _LAST, 0, export.footer, narrowest=14, widest=74)


def _count(first: int, n_rows: int, word: str) -> str:
    return f'=COUNTIF({in_row(first, _LAST)}:{in_row(first + max(n_rows, 1) - 1, _LAST)},"{word}")'


def _compared(sheet: Sheet, row: int, tie: _Tie, bad: str, good: str) -> None:
    left, right, difference = (in_row(row, column) for column in (1, 2, 3))
    sheet.text(row, 0, tie.what)
    if tie.left:
        sheet.formula(row, 1, tie.left, tie.value, "link", number=tie.number)
    else:
        sheet.number(row, 1, tie.value, "muted", number=tie.number)
    sheet.formula(row, 2, tie.right, tie.value, "link", number=tie.number)
    sheet.formula(row, 3, f"={right}-{left}", ZERO, number=tie.number)
    sheet.formula(row, 4, f"=IF({left}=0,0,{difference}/{left})", ZERO, number=PERCENT)
    slack = f"{SLACK}*MAX(ABS({left}),ABS({right}))"
    sheet.words(row, 5, f'=IF(ABS({difference})<={slack},"{good}","{bad}")', good, "right")
    for word, name in ((good, "good"), (bad, "bad")):
        shown = sheet.styles.get(name)
        sheet.worksheet.conditional_format(
            row, 5, row, 5, {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": shown}
        )


def _ties(export: Export) -> Iterator[_Tie]:
    for _, design in export.designs:
        assert design.total is not None
        assert design.by_stage is not None
        cost = design.result.cost_per_query_usd * 1000
        whole = f"={design.usage[0].seen_from(CHECKS)}*{SHOWN_PER.seen_from(CHECKS)}"
        by_stage = f"={design.by_stage.seen_from(CHECKS)}"
        yield _Tie(f"{design.label}: the stages on Summary add up to the usage", by_stage, whole, cost)
        parts = "=" + "+".join(place.seen_from(CHECKS) for place in design.parts)
        total = f"={design.total.seen_from(CHECKS)}"
        lines = "usage, fixed costs, contracts" if design.planned.lines else "usage, fixed costs"
        what = f"{design.label}: {lines} and contingency add up to the total"
        yield _Tie(what, parts, total, design.result.total_usd)
    for cells in export.variants:
        yield from _variant_ties(export, cells)


def _variant_ties(export: Export, cells: VariantCells) -> Iterator[_Tie]:
    name = f" ({cells.plan.variant or 'base'})" if export.has_variants else ""
    if cells.has_mix:
        formulas = cells.formulas(CHECKS)
        shares = "=" + "+".join(formulas.operand(node) for node in cells.plan.shares.values())
        yield _Tie(f"the shares of the mix add up to 1{name}", shares, "=1", ONE, PERCENT)
    if cells.epoch_totals is not None:
        whole, parts = cells.epoch_totals
        added = "=" + "+".join(place.seen_from(CHECKS) for place in parts)
        with exact():
            queries = sum((cells.values[node] for node in cells.plan.month_queries), ZERO)
        what = f"the queries of the price periods add up to all{name}"
        yield _Tie(what, added, f"={whole.seen_from(CHECKS)}", queries, "#,##0.00")


def _exported(export: Export) -> Iterator[_Tie]:
    for _, design in export.designs:
        assert design.total is not None
        now, total = design.usage[0].seen_from(CHECKS), design.total.seen_from(CHECKS)
        yield _Tie(f"{design.label}: cost per query", "", f"={now}", design.result.cost_per_query_usd)
        yield _Tie(f"{design.label}: total of the horizon", "", f"={total}", design.result.total_usd)
