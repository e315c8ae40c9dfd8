"""Sheet Stages: one row a charge, quantity x rate, summed by design and price period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kplan.engine.calendar import last_day
from kplan.engine.plan import Charge
from kplan.form.excel import Formulas
from kplan.render.workbook.export import STAGES, DesignCells, Export, VariantCells
from kplan.render.workbook.sheet import Sheet, in_row
from kplan.render.workbook.styles import PER_QUERY, PER_UNIT, PERCENT, QUANTITY

HEADER_ROW = 3


@dataclass(frozen=True)
class Columns:
    """Where each figure stands; the class and its share only where there is a mix."""

    has_mix: bool

    @property
    def titles(self) -> tuple[str, ...]:
        """Column titles from left to right."""
        return (
            "Design",
            *(("Class",) if self.has_mix else ()),
            "Stage",
            "Model",
            "Meter",
            "Price row",
            "Prices from",
            "Prices to",
            "Quantity per query",
            "US$ per unit",
            "Cost per query",
            *(("Share of queries", "Cost per query of the mix") if self.has_mix else ()),
        )

    @property
    def quantity(self) -> int:
        """Column of the quantity; the rate and the cost follow it."""
        return self.titles.index("Quantity per query")

    @property
    def cost(self) -> int:
        """Column of the cost that is summed: averaged over the mix where there is one."""
        return len(self.titles) - 1


@dataclass
class _Table:
    sheet: Sheet
    export: Export
    columns: Columns
    row: int = HEADER_ROW + 1

    def design(self, cells: VariantCells, design: DesignCells, formulas: Formulas) -> None:
        """The design's charges, one block a price period."""
        for epoch in range(len(cells.plan.epochs)):
            first = self.row
            for charge in _ordered(cells, design, epoch):
                if epoch == 0:
                    self._note(design, charge)
                self._charge(cells, design, charge, formulas)
            self._subtotal(cells, design, epoch, first)

    def _note(self, design: DesignCells, charge: Charge) -> None:
        """Remember which rows hold a stage, for the summary."""
        here = in_row(self.row, self.columns.cost).replace("$", "")
        column, row = here.rstrip("0123456789"), here.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        first = design.stages.get(charge.stage, f"{STAGES}!${column}${row}:").split(":")[0]
        design.stages[charge.stage] = f"{first}:${column}${row}"

    def _charge(self, cells: VariantCells, design: DesignCells, charge: Charge, formulas: Formulas) -> None:
        sheet, row, at = self.sheet, self.row, self.columns.quantity
        classes = (charge.query_class,) if self.columns.has_mix else ()
        texts = (design.label, *classes, charge.stage, charge.model, charge.meter, _row_name(charge))
        unused = () if cells.values[charge.quantity] else ("muted",)
        for column, text in enumerate(texts):
            sheet.text(row, column, text, *(("muted",) if column == len(texts) - 1 else unused))
        self._epoch(cells, charge.epoch, "muted")
        quantity, rate, cost = in_row(row, at), in_row(row, at + 1), in_row(row, at + 2)
        linked = ("link",) if formulas.is_link(charge.quantity) else ()
        sheet.formula(
            row,
            at,
            formulas.formula(charge.quantity),
            cells.values[charge.quantity],
            *linked,
            number=QUANTITY,
        )
        price = self.export.prices[charge.row].seen_from(STAGES)
        sheet.formula(row, at + 1, f"={price}", charge.row.usd_per_unit, "link", number=PER_UNIT)
        cost_usd = cells.values[charge.cost]
        sheet.formula(row, at + 2, f"={quantity}*{rate}", cost_usd, number=PER_QUERY)
        cells.charged.setdefault(charge.quantity, sheet.place(row, at))
        cells.charged.setdefault(charge.cost, sheet.place(row, at + 2))
        if self.columns.has_mix:
            share = cells.plan.shares[charge.query_class]
            linked = ("link",) if formulas.is_link(share) else ()
            part = cells.values[share]
            sheet.formula(row, at + 3, formulas.formula(share), part, *linked, number=PERCENT)
            averaged = f"={cost}*{in_row(row, at + 3)}"
            sheet.formula(row, at + 4, averaged, cost_usd * part, number=PER_QUERY)
        self.row += 1

    def _epoch(self, cells: VariantCells, epoch: int, *styles: str) -> None:
        span, at = cells.plan.epochs[epoch], self.columns.quantity
        self.sheet.day(self.row, at - 2, span.starts_on, *styles)
        self.sheet.day(self.row, at - 1, last_day(span.ends_on), *styles)

    def _subtotal(self, cells: VariantCells, design: DesignCells, epoch: int, first: int) -> None:
        """Usage cost of one query at the prices of the period."""
        sheet, last = self.sheet, self.columns.cost
        sheet.fill(self.row, 0, last, "total")
        sheet.text(self.row, 0, design.label, "total")
        sheet.text(self.row, 1, "Total", "total")
        self._epoch(cells, epoch, "total")
        rows = f"{in_row(first, last)}:{in_row(self.row - 1, last)}" if self.row > first else "0"
        value = cells.values[design.planned.usage_per_query[epoch]]
        sheet.formula(self.row, last, f"=SUM({rows})", value, "total", number=PER_QUERY)
        design.usage.append(sheet.place(self.row, last))
        self.row += 2


def write(sheet: Sheet, export: Export) -> None:
    """Write the sheet; every design learns where its usage cost and its stages lie."""
    columns = Columns(export.has_mix)
    sheet.title(
        "Stages",
        "One row is one charge: quantity per query x US$ per unit = cost per query, before fixed costs and"
        " contingency. Prices to is the last day.",
    )
    sheet.header(HEADER_ROW, columns.titles, range(columns.quantity - 2, len(columns.titles)))
    table = _Table(sheet, export, columns)
    for cells in export.variants:
        formulas = cells.formulas(STAGES)
        for design in cells.designs:
            table.design(cells, design, formulas)
    sheet.worksheet.freeze_panes(HEADER_ROW + 1, 2)
    sheet.worksheet.autofilter(HEADER_ROW, 0, max(HEADER_ROW + 1, table.row - 2), columns.cost)
    sheet.finish(table.row - 2, columns.cost, HEADER_ROW + 1, export.footer)


def _row_name(charge: Charge) -> str:
    """Id of the price row without the model, which stands beside it."""
    return charge.row.id.removeprefix(f"{charge.model} ")


def _ordered(cells: VariantCells, design: DesignCells, epoch: int) -> Sequence[Charge]:
    """The period's charges with each stage's rows together, so that a stage is one range."""
    stages = {stage.id: n for n, stage in enumerate(design.planned.stages)}
    classes = {name: n for n, name in enumerate(cells.plan.shares)}
    held = [charge for charge in design.planned.charges if charge.epoch == epoch]
    return sorted(held, key=lambda charge: (stages[charge.stage], classes[charge.query_class]))
