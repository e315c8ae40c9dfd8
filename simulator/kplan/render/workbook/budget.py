"""Sheet Budget: every design month by month, from queries to total, with the months over budget in red."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import accumulate

from kplan.engine.ledger import Kind, LedgerRow, total_usd
from kplan.form.excel import Formulas
from kplan.money import ONE, exact
from kplan.render.format import added
from kplan.render.workbook import contracts
from kplan.render.workbook.export import BUDGET, DesignCells, Export, VariantCells
from kplan.render.workbook.months import FIRST_MONTH, HEADER_ROW, TOTAL, Table, Volume, write_volume
from kplan.render.workbook.sheet import Sheet, cell, in_column, span
from kplan.render.workbook.styles import BAD, BAD_FILL, MONTH, dollars, places_for

OVER = "-0.000001"
"""Headroom below which a month is over budget: `a > b` is by more than 1e-6 (kplan.form.graph)."""


def write(sheet: Sheet, export: Export) -> None:
    """Write the sheet; every design learns where its totals lie."""
    sheet.title("Budget", "US dollars unless the unit says otherwise. One column is one month on every row.")
    sheet.header(HEADER_ROW, ["Line", "Unit", "Total"], {TOTAL})
    for column, month in enumerate(export.months, FIRST_MONTH):
        sheet.day(HEADER_ROW, column, month, "header", "right", number=MONTH)
    table = Table(sheet, export, dollars(places_for(_smallest(export))))
    for cells in export.variants:
        _variant(table, cells)
    _events(table)
    sheet.worksheet.freeze_panes(HEADER_ROW + 1, FIRST_MONTH)
    sheet.worksheet.repeat_columns(0, TOTAL)
    sheet.finish(table.row - 1, _last_column(table), HEADER_ROW + 1, export.footer)


def _smallest(export: Export) -> Decimal:
    """The smallest month of any design [USD]: what the number format must still show."""
    months = (month for design in export.results.designs for month in design.months)
    return min((month.cost_usd for month in months if month.cost_usd), default=ONE)


def _last_column(table: Table) -> int:
    return FIRST_MONTH + len(table.export.months) - 1


def _variant(table: Table, cells: VariantCells) -> None:
    if table.export.has_variants:
        table.sheet.fill(table.row, 0, _last_column(table), "header")
        table.sheet.text(table.row, 0, f"Variant {cells.plan.variant or 'base'}", "header", measured=False)
        table.row += 1
    volume = write_volume(table, cells)
    _marks(table, cells)
    table.row += 1
    formulas = cells.formulas(BUDGET)
    for design in cells.designs:
        table.sheet.band(table.row, design.label, _last_column(table))
        table.row += 1
        _design(table, cells, design, volume, formulas)
        table.row += 1


def _marks(table: Table, cells: VariantCells) -> None:
    """A word under each month in which a price changes or a model retires."""
    ids = {name for design in cells.designs for name in (design.result.id, design.planned.id)}
    marks: dict[str, dict[str, None]] = {}
    for event in table.export.results.events:
        if ids & set(event.designs):
            marks.setdefault(f"{event.on:%Y-%m}", {})[event.kind] = None
    if not marks:
        return
    table.line("Events", "see below")
    for column, name, _ in table.months(cells):
        if name in marks:
            table.sheet.text(table.row, column, " + ".join(marks[name]), "event")
    table.row += 1


def _design(
    table: Table, cells: VariantCells, design: DesignCells, volume: Volume, formulas: Formulas
) -> None:
    """Usage, fixed costs, contracts and contingency, their total, and what is left of the budget."""
    rates = [place.seen_from(BUDGET) for place in design.usage]
    rows = [_amounts(table, cells, design, Kind.USAGE, "Usage", _usage(volume, rates))]
    if design.planned.fixed:
        fixed = [
            "+".join(formulas.operand(cost.months[month]) for cost in design.planned.fixed)
            for month in range(len(cells.plan.months))
        ]
        first = table.months(cells)[0][0]
        rows.append(
            _amounts(
                table, cells, design, Kind.FIXED, "Fixed costs", lambda at: f"={fixed[at - first]}", "link"
            )
        )
    rows += contracts.write(table, cells, design.planned, volume)
    if cells.plan.contingency is not None:
        share, before = formulas.operand(cells.plan.contingency), tuple(rows)
        rows.append(
            _amounts(
                table,
                cells,
                design,
                Kind.CONTINGENCY,
                "Contingency",
                lambda at: f"=({_added(before, at)})*{share}",
            )
        )
    design.parts = tuple(table.sheet.place(row, TOTAL) for row in rows)
    design.usage_usd = added(map(total_usd, _lines(table, cells, design, Kind.USAGE)))
    months = [month.cost_usd for month in design.result.months]
    table.line("Total", "$", "total")
    design.total_row = table.summed(
        cells, lambda at: f"={_added(rows, at)}", months, "total", number=table.money
    )
    design.total = table.sheet.place(design.total_row, TOTAL)
    _cumulative(table, cells, design, months)
    if cells.budget_row:
        _headroom(table, cells, design, months)


def _usage(volume: Volume, rates: list[str]) -> Callable[[int], str]:
    """Queries of each price period x usage cost per query at its prices."""
    return lambda at: (
        "=" + "+".join(f"{in_column(row, at)}*{rate}" for row, rate in zip(volume.epochs, rates, strict=True))
    )


def _added(rows: list[int] | tuple[int, ...], column: int) -> str:
    return "+".join(in_column(row, column) for row in rows)


def _amounts(
    table: Table,
    cells: VariantCells,
    design: DesignCells,
    kind: Kind,
    label: str,
    formula: Callable[[int], str],
    *styles: str,
) -> int:
    """One row of amounts with the ledger's sums as its values."""
    values = list(map(total_usd, _lines(table, cells, design, kind)))
    table.line(label, "$")
    return table.summed(cells, formula, values, *styles, number=table.money)


def _lines(
    table: Table, cells: VariantCells, design: DesignCells, kind: Kind
) -> Iterator[Sequence[LedgerRow]]:
    """The design's lines of a kind, month by month."""
    variant, name = design.result.variant, design.result.design
    return (table.export.ledger.get((variant, name, month, kind), ()) for month in cells.plan.months)


def _cumulative(table: Table, cells: VariantCells, design: DesignCells, months: list[Decimal]) -> None:
    """What has been paid by the end of each month."""
    with exact():
        paid = list(accumulate(months))
    first = table.months(cells)[0][0]
    table.line("Cumulative", "$")
    row = table.formulas(
        cells,
        lambda at: f"=SUM({cell(design.total_row, first)}:{in_column(design.total_row, at)})",
        paid,
        "muted",
        number=table.money,
    )
    design.last_month = table.sheet.place(row, table.months(cells)[-1][0])


def _headroom(table: Table, cells: VariantCells, design: DesignCells, months: list[Decimal]) -> None:
    """What the budget leaves each month; red where it does not."""
    assert cells.plan.scenario.budget_usd_per_month is not None
    with exact():
        left = [cells.plan.scenario.budget_usd_per_month - cost for cost in months]
    table.line("Headroom to budget", "$")
    design.headroom_row = table.formulas(
        cells,
        lambda at: f"={in_column(cells.budget_row, at)}-{in_column(design.total_row, at)}",
        left,
        "muted",
        number=table.money,
    )
    columns = [column for column, _, _ in table.months(cells)]
    over = {
        "type": "formula",
        "criteria": f"={in_column(design.headroom_row, columns[0])}<{OVER}",
        "format": table.sheet.styles.book.add_format({"bg_color": BAD_FILL, "font_color": BAD}),
    }
    for row in (design.total_row, design.headroom_row):
        table.sheet.worksheet.conditional_format(span(row, columns[0], row, columns[-1]), over)


def _events(table: Table) -> None:
    """The price changes and retirements inside the horizon."""
    if not table.export.results.events:
        return
    table.sheet.band(table.row, "Events", _last_column(table))
    table.row += 1
    for event in table.export.results.events:
        touched = f"   touches {', '.join(event.designs)}" if event.designs else ""
        table.sheet.text(table.row, 0, f"{event.text}{touched}", measured=False)
        table.row += 1
