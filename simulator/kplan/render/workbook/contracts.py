"""Rows of the budget that contracts make: what they look at, month by month, and the lines they add."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kplan.engine.plan import PlannedDesign
from kplan.form.excel import Formulas, Place
from kplan.form.graph import Node, Op
from kplan.money import plain
from kplan.render.workbook.export import BUDGET, VariantCells
from kplan.render.workbook.months import TOTAL, Table, Volume
from kplan.render.workbook.sheet import in_column
from kplan.render.workbook.styles import PERCENT, QUANTITY

LONGEST = 8_000
"""Characters of a formula above which its value stays as exported; Excel takes 8,192."""
Places = Mapping[Node, Place]


def write(table: Table, cells: VariantCells, design: PlannedDesign, volume: Volume) -> list[int]:
    """Write the rows; gives those that belong to the design's total.

    The formulas are the plan's own: in each column a node stands for the cell of its month.
    """
    rows = _Rows(table, cells, volume)
    counted = {line.meter for line in design.lines if line.meter}
    for m in design.metered if design.lines else ():
        if m.meter in counted:
            rows.write(f"{m.model} {m.meter}", "units", m.units, None, "muted", number=QUANTITY)
        rows.write(f"{m.model} {m.meter}: cost", "$", m.months, m.total, "muted", number=table.money)
    for line in design.lines:
        rows.shares(f"{line.label}: share of the work", line.served)
    labels = [" ".join(filter(None, (line.label, line.model))) for line in design.lines]
    return [
        rows.write(label, "$", line.months, line.total, number=table.money)
        for label, line in zip(labels, design.lines, strict=True)
    ]


class _Rows:
    """Rows written so far, as cells that the formulas of later rows refer to."""

    def __init__(self, table: Table, cells: VariantCells, volume: Volume) -> None:
        self._table, self._cells, self._volume = table, cells, volume
        self._first = table.months(cells)[0][0]
        self._rows: list[tuple[int, Sequence[Node], Node | None]] = []

    def write(
        self, label: str, unit: str, months: Sequence[Node], total: Node | None, *styles: str, number: str
    ) -> int:
        """One row with the nodes' formulas."""
        values = [self._cells.values[node] for node in months]
        self._table.line(label, unit)
        if self._cells.plan.graph.baked.keys() >= set(months):
            self._table.total(self._cells, values, *styles, number=number)
            row = self._table.numbers(self._cells, values, *styles, number=number)
        else:
            row = self._table.summed(self._cells, self._formula(months), values, *styles, number=number)
        self._rows.append((row, months, total))
        return row

    def shares(self, label: str, months: Sequence[Node]) -> None:
        """One row of parts of a whole that were found beforehand; nothing where there are none."""
        if months:
            values = [self._cells.values[node] for node in months]
            self._table.line(label, "share", "muted")
            row = self._table.numbers(self._cells, values, "muted", number=PERCENT)
            self._rows.append((row, months, None))

    def _formula(self, months: Sequence[Node]) -> Callable[[int], str]:
        def formula(column: int) -> str:
            month = column - self._first
            formulas = Formulas(self._cells.plan.graph, self._places(month, column), BUDGET)
            written = formulas.formula(months[month])
            return written if len(written) <= LONGEST else f"={plain(self._cells.values[months[month]])}"

        return formula

    def _places(self, month: int, column: int) -> Places:
        """Cells of the month's nodes: rows above, its queries, and the charges on Stages."""
        places: dict[Node, Place] = {}
        for row, _, total in self._rows:
            if total is not None:
                places[total] = self._table.sheet.place(row, TOTAL)
        for row, nodes, _ in self._rows:
            places[nodes[month]] = Place(BUDGET, in_column(row, column))
        places |= self._cells.charged
        entries = self._cells.plan.graph.entries
        baked = self._cells.plan.graph.baked
        inner = {
            node: place for node, place in places.items() if entries[node].op is not Op.LEAF or node in baked
        }
        return {**inner, **self._cells.places, **self._queries(month, column)}

    def _queries(self, month: int, column: int) -> Places:
        name = self._cells.plan.months[month]
        return {
            period.queries: Place(BUDGET, in_column(self._volume.epochs[period.epoch], column))
            for period in self._cells.plan.periods
            if period.month == name
        }
