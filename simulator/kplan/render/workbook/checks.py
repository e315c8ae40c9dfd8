"""Sheet Checks: totals against the sums of their parts, and what has moved since the export."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from kplan.form.excel import Place
from kplan.money import ONE, ZERO, exact
from kplan.render.workbook import sheet as sheets
from kplan.render.workbook.export import CHECKS, SUMMARY, DesignCells, Export, VariantCells
from kplan.render.workbook.inputs import SCALE, SHOWN_PER
from kplan.render.workbook.sheet import Sheet, block, in_row
from kplan.render.workbook.styles import PERCENT, dollars

FAILED = Place(CHECKS, "$B$4")
MOVED = Place(CHECKS, "$B$5")
CHANGED = Place(CHECKS, "$B$6")
_FIRST_TABLE = 7
_LAST = 5
SLACK = "0.000000001"
"""Part of an amount that floating-point sums may be off by."""
MONEY = dollars(7)


class _Tie(Struct, frozen=True):
    """Two figures that must be the same, as formulas with their values."""

    what: str
    left: str
    right: str
    value: Decimal
    number: str = MONEY


def write(sheet: Sheet, export: Export) -> None:
    """Write the sheet; its counts stand where the summary expects them."""
    sheet.title(
        CHECKS, "OK: a total is the sum of its parts. MOVED: a figure is no longer what kplan exported."
    )
    ties, moves = list(_ties(export)), list(_exported(export))
    first_moved = _FIRST_TABLE + len(ties) + 3
    last = first_moved + len(moves)
    counts = (
        ("Checks failing", _not(_FIRST_TABLE + 1, len(ties), "OK")),
        ("Figures moved since export", _not(first_moved + 1, len(moves), "as exported")),
        (
            "Inputs changed since export",
            "=" + "+".join(f'COUNTIF({at},"{sheets.CHANGED}")' for at in export.changed),
        ),
    )
    for row, (label, formula) in enumerate(counts, 3):
        sheet.text(row, 0, label, "bold")
        sheet.formula(row, 1, formula, ZERO, "bold", number="0")
    titles = ("Left", "Right", "Difference", "Difference %", "Result")
    sheet.header(_FIRST_TABLE, ["Check", *titles], range(1, 6))
    for row, tie in enumerate(ties, _FIRST_TABLE + 1):
        _compared(sheet, row, tie, "CHECK", "OK")
    titles = ("Exported", "Now", "Change", "Change %", "Result")
    sheet.header(first_moved, ["Moved since kplan exported this workbook", *titles], range(1, 6))
    for row, tie in enumerate(moves, first_moved + 1):
        _compared(sheet, row, tie, "MOVED", "as exported")
    _coloured(sheet, _FIRST_TABLE + 1, _FIRST_TABLE + len(ties), "OK")
    _coloured(sheet, first_moved + 1, last, "as exported")
    sheet.worksheet.freeze_panes(_FIRST_TABLE, 1)
    sheet.finish(last + 1, _LAST, 0, export.footer, narrowest=12, widest=74, is_upright=True)


def _not(first: int, n_rows: int, word: str) -> str:
    """How many results are not this word: a broken formula counts too."""
    results = block(first, _LAST, first + n_rows - 1, _LAST)
    return f'=ROWS({results})-COUNTIF({results},"{word}")'


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


def _coloured(sheet: Sheet, first: int, last: int, good: str) -> None:
    """The word as it should be on green, any other on red."""
    for sign, name in (("==", "good"), ("!=", "bad")):
        shown = sheet.styles.get(name)
        sheet.worksheet.conditional_format(
            first, _LAST, last, _LAST,
            {"type": "cell", "criteria": sign, "value": f'"{good}"', "format": shown},
        )  # fmt: skip


def _ties(export: Export) -> Iterator[_Tie]:
    for cells, design in export.designs:
        yield from _design_ties(cells, design)
    for cells in export.variants:
        yield from _variant_ties(export, cells)


def _design_ties(cells: VariantCells, design: DesignCells) -> Iterator[_Tie]:
    """From charges to stages, to usage, to months, to the total, to the summary."""
    total, by_stage = design.total, design.by_stage
    paid, shown = design.last_month, design.shown_total
    assert total
    assert paid
    assert shown
    name, usd = design.label, design.result.total_usd
    now = f"={total.seen_from(CHECKS)}"
    cost = design.result.cost_per_query_usd * SCALE
    whole = f"={design.usage[0].seen_from(CHECKS)}*{SHOWN_PER.seen_from(CHECKS)}"
    if by_stage is not None:
        yield _Tie(f"{name}: the stages on Summary add up to the usage", _seen(by_stage), whole, cost)
    epochs = zip(cells.epochs, design.usage, strict=True)
    usage = "=" + "+".join(f"{n.seen_from(CHECKS)}*{rate.seen_from(CHECKS)}" for n, rate in epochs)
    what = f"{name}: queries x cost per query add up to the months' usage"
    yield _Tie(what, usage, _seen(design.parts[0]), design.usage_usd)
    parts = "=" + "+".join(place.seen_from(CHECKS) for place in design.parts)
    lines = "usage, fixed costs, contracts" if design.planned.lines else "usage, fixed costs"
    yield _Tie(f"{name}: {lines} and contingency add up to the total", parts, now, usd)
    yield _Tie(f"{name}: what the last month cumulates is the total", _seen(paid), now, usd)
    yield _Tie(f"{name}: Summary shows the total of Budget", _seen(shown), now, usd)


def _seen(place: Place) -> str:
    return f"={place.seen_from(CHECKS)}"


def _variant_ties(export: Export, cells: VariantCells) -> Iterator[_Tie]:
    name = f" ({cells.plan.variant or 'base'})" if export.has_variants else ""
    if cells.has_mix:
        formulas = cells.formulas(CHECKS)
        shares = "=" + "+".join(formulas.operand(node) for node in cells.plan.shares.values())
        yield _Tie(f"the shares of the mix add up to 1{name}", shares, "=1", ONE, PERCENT)
    if cells.baseline is not None:
        names, chosen = cells.baselines, cells.baseline.seen_from(CHECKS)
        one = f"=SUMPRODUCT(--({SUMMARY}!{names}={chosen}))"
        yield _Tie(f"the baseline is one of the designs{name}", one, "=1", ONE, "0")
    if len(cells.epochs) > 1:
        assert cells.queries is not None
        whole = cells.queries
        added = "=" + "+".join(place.seen_from(CHECKS) for place in cells.epochs)
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
