"""The upper part of the budget: each month's queries, by the prices that they pay."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from msgspec import Struct, field

from kplan.engine.calendar import days_in, month_after
from kplan.engine.plan import Epoch
from kplan.money import ONE, ZERO, cut, exact
from kplan.render.format import added
from kplan.render.workbook.export import BUDGET, Export, VariantCells
from kplan.render.workbook.sheet import Sheet, in_column, in_row
from kplan.render.workbook.styles import FACTOR, WHOLE

HEADER_ROW = 3
TOTAL = 2
"""Column of the horizon's total; the months stand to its right."""
FIRST_MONTH = TOTAL + 1

Factor = Callable[[int], str]
"""From a month's column to what its queries are multiplied by."""


class Volume(Struct):
    """Rows of a variant's queries, from which every design's usage follows."""

    days: int = 0
    queries: int = 0
    epochs: list[int] = field(default_factory=list)


class Table(Struct):
    """The budget while it is being written, row by row."""

    sheet: Sheet
    export: Export
    money: str
    """Number format of the amounts."""
    row: int = HEADER_ROW + 1
    _months: dict[int, list[tuple[int, str, date]]] = field(default_factory=dict)

    def months(self, cells: VariantCells) -> list[tuple[int, str, date]]:
        """Column, name and first day of each of the variant's months."""
        if cells.index not in self._months:
            own, days = set(cells.plan.months), self.export.months
            named = [(FIRST_MONTH + n, f"{day:%Y-%m}", day) for n, day in enumerate(days)]
            self._months[cells.index] = [month for month in named if month[1] in own]
        return self._months[cells.index]

    def line(self, label: str, unit: str, *styles: str) -> None:
        """Label and unit of the row that is about to be written."""
        self.sheet.text(self.row, 0, label, *styles)
        self.sheet.text(self.row, 1, unit, *(styles or ("muted",)))

    def formulas(
        self, cells: VariantCells, formula: Factor, values: Iterable[Decimal], *styles: str, number: str
    ) -> int:
        """One formula for all months; the row is done."""
        for (column, _, _), value in zip(self.months(cells), values, strict=True):
            self.sheet.formula(self.row, column, formula(column), value, *styles, number=number)
        self.row += 1
        return self.row - 1

    def summed(
        self, cells: VariantCells, formula: Factor, values: Iterable[Decimal], *styles: str, number: str
    ) -> int:
        """The same with the total over the months."""
        amounts = list(values)
        self.total(cells, amounts, *styles, number=number)
        return self.formulas(cells, formula, amounts, *styles, number=number)

    def total(self, cells: VariantCells, amounts: Iterable[Decimal], *styles: str, number: str) -> None:
        """The sum of the row over the months."""
        columns = [column for column, _, _ in self.months(cells)]
        span = f"{in_row(self.row, columns[0])}:{in_row(self.row, columns[-1])}"
        self.sheet.formula(self.row, TOTAL, f"=SUM({span})", added(amounts), *styles, number=number)

    def numbers(self, cells: VariantCells, values: Iterable[Decimal], *styles: str, number: str) -> int:
        """Plain numbers, which kplan worked out; the row is done."""
        for (column, _, _), value in zip(self.months(cells), values, strict=True):
            self.sheet.number(self.row, column, value, *styles, number=number)
        self.row += 1
        return self.row - 1


def write_volume(table: Table, cells: VariantCells) -> Volume:
    """Write the rows of the queries."""
    volume = Volume()
    _queries(table, cells, volume)
    _epochs(table, cells, volume)
    cells.queries = table.sheet.place(volume.queries, TOTAL)
    cells.epochs += [table.sheet.place(row, TOTAL) for row in volume.epochs]
    _budget(table, cells)
    return volume


def _budget(table: Table, cells: VariantCells) -> None:
    """What each month may cost, where the scenario says."""
    usd = cells.plan.scenario.budget_usd_per_month
    if cells.budget is None or usd is None:
        return
    place = f"={cells.budget.seen_from(BUDGET)}"
    table.line("Budget", "$")
    cells.budget_row = table.summed(
        cells, lambda _: place, [usd] * len(cells.plan.months), "link", number=table.money
    )


def _queries(table: Table, cells: VariantCells, volume: Volume) -> None:
    """Queries of each month: volume x days x season x growth.

    The graph leaves out a factor of 1; here every month has all factors, so that a row is one formula.
    """
    per_day = cells.plan.scenario.volume.queries_per_day is not None
    base = cells.names["volume.queries_per_day" if per_day else "volume.queries_per_month"]
    place = cells.places[base].seen_from(BUDGET)
    factors: list[Factor] = [lambda _: place]
    if per_day or len(cells.plan.epochs) > 1:
        volume.days = _days(table, cells)
    if per_day:
        factors.append(_of_row(volume.days))
    if cells.seasons is not None:
        factors.append(_of_row(_season(table, cells)))
    if "volume.growth_per_month" in cells.names:
        factors.append(_of_row(_growth(table, cells)))
    values = [cells.values[node] for node in cells.plan.month_queries]
    table.line("Queries", "queries", "bold")
    volume.queries = table.summed(
        cells,
        lambda column: "=" + "*".join(factor(column) for factor in factors),
        values,
        "bold",
        number=WHOLE,
    )


def _of_row(row: int) -> Factor:
    return lambda column: in_column(row, column)


def _days(table: Table, cells: VariantCells) -> int:
    month = _of_row(HEADER_ROW)
    values = [Decimal(days_in(day)) for _, _, day in table.months(cells)]
    table.line("Days", "days")
    return table.formulas(
        cells, lambda at: f"=EDATE({month(at)},1)-{month(at)}", values, "muted", number=WHOLE
    )


def _season(table: Table, cells: VariantCells) -> int:
    """The year's factor of each calendar month."""
    assert cells.seasons is not None
    seasonality = cells.plan.scenario.volume.seasonality
    _, column, row = cells.seasons.cell.split("$")
    year = f"{cells.seasons.sheet}!${column}${row}:${column}${int(row) + len(seasonality) - 1}"
    values = [seasonality[day.month - 1] for _, _, day in table.months(cells)]
    month = _of_row(HEADER_ROW)
    table.line("Season", "x")
    return table.formulas(
        cells, lambda at: f"=INDEX({year},MONTH({month(at)}))", values, "link", number=FACTOR
    )


def _growth(table: Table, cells: VariantCells) -> int:
    """1 in the first month, then the month before x (1 + growth).

    The graph's own growth, laid out month by month; the values beside the formulas are told here, since
    the graph keeps them inside the queries.
    """
    node = cells.names["volume.growth_per_month"]
    place = cells.places[node].seen_from(BUDGET)
    first, row = table.months(cells)[0][0], table.row
    factors = [ONE]
    with exact():
        for _ in cells.plan.months[1:]:
            factors.append(cut(factors[-1] * (ONE + cells.values[node])))
    table.line("Growth", "x")
    return table.formulas(
        cells,
        lambda at: f"={in_column(row, at - 1)}*(1+{place})" if at > first else "=1",
        factors,
        number=FACTOR,
    )


def _epochs(table: Table, cells: VariantCells, volume: Volume) -> None:
    """Each month's queries by the prices that they pay, in proportion to the days."""
    epochs = cells.plan.epochs
    if len(epochs) == 1:
        volume.epochs.append(volume.queries)
        return
    for number, epoch in enumerate(epochs):
        since = f"at prices from {epoch.starts_on}"
        held = _held(table, cells, epoch, f"Days {since}")
        by_month = {p.month: cells.values[p.queries] for p in cells.plan.periods if p.epoch == number}
        values = [by_month.get(name, ZERO) for _, name, _ in table.months(cells)]
        parts = tuple(map(_of_row, (volume.queries, held, volume.days)))
        table.line(f"Queries {since}", "queries")
        row = table.summed(cells, _share(*parts), values, number=WHOLE)
        volume.epochs.append(row)


def _share(whole: Factor, held: Factor, days: Factor) -> Factor:
    return lambda at: f"={whole(at)}*{held(at)}/{days(at)}"


def _held(table: Table, cells: VariantCells, epoch: Epoch, label: str) -> int:
    """Days of each month on which the period's prices hold."""
    table.line(label, "days")
    for column, _, month in table.months(cells):
        held = min(epoch.ends_on, month_after(month)) - max(epoch.starts_on, month)
        table.sheet.number(table.row, column, Decimal(max(0, held.days)), "muted", number=WHOLE)
    table.row += 1
    return table.row - 1
