"""Sheet Stages: one row a charge, quantity x rate, summed by design and price period."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from kplan.engine.calendar import last_day
from kplan.engine.plan import Charge
from kplan.form.excel import Formulas
from kplan.form.graph import Node
from kplan.prices.rows import PriceRow
from kplan.render.workbook.export import STAGES, DesignCells, Export, VariantCells
from kplan.render.workbook.prices import row_name
from kplan.render.workbook.sheet import Sheet, in_row, span
from kplan.render.workbook.styles import MUTED, PER_QUERY, PER_UNIT, PERCENT, QUANTITY

HEADER_ROW = 3
NONE = "–"
"""Price row of a meter that the model chosen does not bill."""


class Columns(Struct, frozen=True):
    """Where each figure stands; class and share only where there is a mix, days where prices change."""

    has_mix: bool
    has_epochs: bool

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
            *(("Prices from", "Prices to") if self.has_epochs else ()),
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


class _Table(Struct):
    sheet: Sheet
    export: Export
    columns: Columns
    row: int = HEADER_ROW + 1
    named: dict[tuple[int, ...], tuple[list[str], list[str]]] = field(default_factory=dict)
    """By the identity of price rows: their hash takes longer."""

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
        for column, text in enumerate((design.label, *classes, charge.stage)):
            sheet.text(row, column, text)
        self._model(cells, charge, len(classes) + 2)
        self._epoch(cells, charge.epoch, "muted")
        quantity, rate, cost = in_row(row, at), in_row(row, at + 1), in_row(row, at + 2)
        self._linked(cells, formulas, charge.quantity, at, QUANTITY)
        self._linked(cells, formulas, charge.rate, at + 1, PER_UNIT)
        cost_usd = cells.values[charge.cost]
        sheet.formula(row, at + 2, f"={quantity}*{rate}", cost_usd, number=PER_QUERY)
        cells.charged.setdefault(charge.quantity, sheet.place(row, at))
        cells.charged.setdefault(charge.cost, sheet.place(row, at + 2))
        if self.columns.has_mix:
            share = cells.plan.shares[charge.query_class]
            self._linked(cells, formulas, share, at + 3, PERCENT)
            averaged = f"={cost}*{in_row(row, at + 3)}"
            sheet.formula(row, at + 4, averaged, cost_usd * cells.values[share], number=PER_QUERY)
        self.row += 1

    def _linked(self, cells: VariantCells, formulas: Formulas, node: Node, column: int, number: str) -> None:
        """A node's formula, green where it is another sheet's cell and nothing else."""
        linked = ("link",) if formulas.is_link(node) else ()
        value = cells.values[node]
        self.sheet.formula(self.row, column, formulas.formula(node), value, *linked, number=number)

    def _model(self, cells: VariantCells, charge: Charge, at: int) -> None:
        """Model, meter and price row; the first and the last follow the choice where there is one."""
        sheet, row = self.sheet, self.row
        pick = cells.picked.get((charge.design, charge.stage))
        sheet.text(row, at + 1, charge.meter)
        if pick is None or not charge.options:
            sheet.text(row, at, charge.model)
            sheet.text(row, at + 2, row_name(charge.row), "muted")
            return
        sheet.words(
            row, at, f"={cells.chosen[pick.choice].seen_from(STAGES)}", pick.models[pick.planned - 1], "link"
        )
        names, places = self._rows(charge.options)
        named = places[0]
        if len(set(places)) > 1:
            named = f"CHOOSE({cells.places[pick.choice].seen_from(STAGES)},{','.join(places)})"
        sheet.words(row, at + 2, f"={named}", names[pick.planned - 1], "muted")

    def _rows(self, options: Sequence[PriceRow | None]) -> tuple[list[str], list[str]]:
        """Names of price rows, and where those stand; worked out once for the same rows."""
        key = tuple(map(id, options))
        if key not in self.named:
            names = [row_name(row) if row else NONE for row in options]
            places = [self.export.named[row].seen_from(STAGES) if row else f'"{NONE}"' for row in options]
            self.named[key] = names, places
        return self.named[key]

    def _epoch(self, cells: VariantCells, epoch: int, *styles: str) -> None:
        if not self.columns.has_epochs:
            return
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
    columns = Columns(export.has_mix, any(len(cells.plan.epochs) > 1 for cells in export.variants))
    days = " Prices to is the last day." if columns.has_epochs else ""
    sheet.title(
        "Stages",
        "One row is one charge: quantity per query x US$ per unit = cost per query, before fixed costs and"
        f" contingency.{days}",
    )
    sheet.header(
        HEADER_ROW, columns.titles, range(columns.quantity - 2 * columns.has_epochs, len(columns.titles))
    )
    table = _Table(sheet, export, columns)
    for cells in export.variants:
        formulas = cells.formulas(STAGES)
        for design in cells.designs:
            table.design(cells, design, formulas)
    _muted(sheet, columns, table.row - 2)
    sheet.worksheet.freeze_panes(HEADER_ROW + 1, 2)
    sheet.worksheet.autofilter(HEADER_ROW, 0, max(HEADER_ROW + 1, table.row - 2), columns.cost)
    sheet.finish(table.row - 2, columns.cost, HEADER_ROW + 1, export.footer)


def _muted(sheet: Sheet, columns: Columns, last: int) -> None:
    """Grey wherever the quantity is 0: a slot that the model does not have, a tier not reached."""
    quantity = in_row(HEADER_ROW + 1, columns.quantity)
    rule = {
        "type": "formula",
        "criteria": f"=AND(ISNUMBER({quantity}),{quantity}=0)",
        "format": sheet.styles.book.add_format({"font_color": MUTED}),
    }
    sheet.worksheet.conditional_format(span(HEADER_ROW + 1, 0, max(last, HEADER_ROW + 1), columns.cost), rule)


def _ordered(cells: VariantCells, design: DesignCells, epoch: int) -> Sequence[Charge]:
    """The period's charges with each stage's rows together, so that a stage is one range."""
    stages = {stage.id: n for n, stage in enumerate(design.planned.stages)}
    classes = {name: n for n, name in enumerate(cells.plan.shares)}
    held = [charge for charge in design.planned.charges if charge.epoch == epoch]
    return sorted(held, key=lambda charge: (stages[charge.stage], classes[charge.query_class]))
