"""The designs side by side, as columns of printed cells: one place for every text format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from kplan.engine.plan import Epoch
from kplan.engine.results import DesignResult, Results
from kplan.render.format import change, money, per_1000, plain_text

LONGEST_HEAD = 20

Figures = tuple[Decimal, ...]
"""What a printed cell shows, unrounded: nothing, one value, or as many as its column has parts."""
RANGE = ("", "P10", "P90")
"""The parts of a value with its range."""


class Column(Struct, frozen=True):
    """One column: its head, a cell a design, and how readily a narrow page drops it (0: never)."""

    head: str
    cells: tuple[str, ...]
    dropped_at: int = 0
    is_text: bool = False
    """Text stands left; figures stand right."""
    values: tuple[Figures, ...] = ()
    """What the cells show, unrounded, cell by cell; empty for texts."""
    parts: tuple[str, ...] = RANGE
    """What the values of a cell are called, behind the column's head."""

    @property
    def named_parts(self) -> tuple[str, ...]:
        """As many names as the longest cell has values; none where a column is its head alone."""
        used = self.parts[: max(map(len, self.values), default=0)]
        return used if any(used) else ()

    def figures(self, at: int) -> Figures:
        """What a cell shows, unrounded; nothing for a text."""
        return self.values[at] if self.values else ()


def design_names(results: Results) -> tuple[str, ...]:
    """The designs' ids as they are printed; an added one behind a `+`."""
    return tuple(("+ " if design.added else "") + plain_text(design.id) for design in results.designs)


def design_columns(results: Results) -> tuple[Column, ...]:
    """What stands right of a design's name: costs per 1,000, month, horizon, saving, budget."""
    changing = price_periods(results)
    found = _periods(results, changing) if changing else _steady(results)
    found.append(Column(_span(results), tuple(money(design.total_usd) for design in results.designs)))
    if any(design.saving for design in results.designs):
        found.append(Column(_against(results), tuple(map(_saved, results.designs)), 2))
    if any(design.budget_usd_per_month is not None for design in results.designs):
        found.append(Column("over budget", tuple(map(over_budget, results.designs)), 1, is_text=True))
    return tuple(found)


def price_periods(results: Results) -> tuple[Epoch, ...]:
    """The spans between price changes; none where prices stay, or where variants are cut differently."""
    cuts = {plan.epochs for plan in results.plans}
    only = cuts.pop() if len(cuts) == 1 else ()
    return only if len(only) > 1 else ()


def over_budget(design: DesignResult) -> str:
    """When the design breaks its budget: `never`, `from 2027-01`, or `3 of 12, first 2027-01`."""
    if design.budget_usd_per_month is None:
        return "no budget"
    over = [month.over_budget for month in design.months]
    if not any(over):
        return "never"
    first = over.index(True)
    if all(over[first:]):
        return f"from {design.months[first].month}" if first else "every month"
    return f"{sum(over)} of {len(over)}, first {design.months[first].month}"


def _steady(results: Results) -> list[Column]:
    alike = all(len({month.cost_usd for month in design.months}) == 1 for design in results.designs)
    head = "a month" if alike else "first month"
    return [
        Column("per 1,000", tuple(per_1000(design.cost_per_query_usd) for design in results.designs)),
        Column(head, tuple(money(design.months[0].cost_usd) for design in results.designs), 3),
    ]


def _periods(results: Results, periods: Sequence[Epoch]) -> list[Column]:
    found = []
    for index, period in enumerate(periods):
        head = f"from {_short(period.starts_on)}" if index else "per 1,000 now"
        cells = tuple(per_1000(design.epochs_usd[index]) for design in results.designs)
        found.append(Column(head, cells, 10 + index if index else 0))
    return found


def _short(day: date) -> str:
    return f"{day:%Y-%m}" if day.day == 1 else day.isoformat()


def _span(results: Results) -> str:
    lengths = {len(design.months) for design in results.designs}
    if lengths == {1}:
        return "1 month"
    return f"{lengths.pop()} months" if len(lengths) == 1 else "all months"


def _against(results: Results) -> str:
    others = {design.saving.against for design in results.designs if design.saving}
    head = f"vs {plain_text(others.pop())}"
    return head if not others and len(head) <= LONGEST_HEAD else "vs baseline"


def _saved(design: DesignResult) -> str:
    if design.saving is None:
        return ""
    return "" if design.saving.share is None else change(design.saving.share)
