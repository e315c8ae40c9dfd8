"""Workbooks with cells edited at random, and what the engine makes of the same numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from kplan.engine.assemble import ledger_of
from kplan.engine.ledger import LedgerRow
from kplan.engine.plan import Charge, Plan, PlannedDesign
from kplan.engine.results import Results
from kplan.engine.uncertainty.found import Draws
from kplan.form.decimals import Decimals
from kplan.form.graph import LeafKind, Node, Op
from kplan.money import ZERO, exact, plain, quotient
from kplan.regress.run import run
from kplan.render.readback.opened import Opened, opened
from kplan.render.workbook.mapped import CHOICE, INPUT, PRICE, STEP, TOTAL, Mapped
from kplan.render.xlsx import render
from kplan.scenario.load import variants_of
from workbooks import opened as opened_bytes

SCENARIOS = Path(__file__).parent.parent / "scenarios"
FILES = sorted(path.name for path in SCENARIOS.glob("*.kplan.yaml"))

Cell = tuple[str, str]
"""Sheet and coordinate."""
Value = Decimal | str
"""A number, or the name of a model."""
Edits = Mapping[Cell, Value]


@dataclass(frozen=True)
class Exported:
    """The workbook of a scenario, and the results in it."""

    results: Results
    content: bytes
    book: Opened

    @property
    def mapped(self) -> dict[Cell, Mapped]:
        return {(sheet, cell): mapped for sheet, cell, mapped in self.book.cells}


def exported(path: Path, folder: Path, variant: str = "") -> Exported:
    """A scenario's workbook, without ranges, which no formula has."""
    results = run(path, variants=[variant] if variant else (), draws=Draws(n=0))
    return exported_results(results, folder)


def exported_results(results: Results, folder: Path) -> Exported:
    content = render(results)
    file = folder / "exported.xlsx"
    file.write_bytes(content)
    return Exported(results, content, opened(file))


def variants() -> Iterator[tuple[str, str]]:
    """Every example scenario, its base and then its variants."""
    for name in FILES:
        yield name, ""
        yield from ((name, variant) for variant in variants_of(SCENARIOS / name))


def written(content: bytes, edits: Mapping[Cell, Any], path: Path) -> Path:
    """The workbook with other values in some cells, saved as openpyxl does."""
    book, own = _loaded(content), {}
    for (sheet, cell), value in edits.items():
        own[sheet, cell] = book[sheet][cell].value
        book[sheet][cell].value = float(value) if isinstance(value, Decimal) else value
    book.save(path)
    for (sheet, cell), value in own.items():
        book[sheet][cell].value = value
    return path


@lru_cache(maxsize=1)
def _loaded(content: bytes) -> Workbook:
    """The workbook as exported: reading takes as long as saving, and many are edited again and again."""
    return opened_bytes(content)


def wholes(cells: Mapping[Cell, Mapped]) -> list[list[Cell]]:
    """Shares that add to 1."""
    groups: dict[tuple[Any, ...], list[Cell]] = {}
    for cell, mapped in cells.items():
        if mapped.kind == INPUT and mapped.most == "1" and mapped.places:
            place = mapped.places[0]
            whole = "mix" if place[0] == "mix" and place[-1] == "share" else place[:-1]
            groups.setdefault((mapped.variants, whole), []).append(cell)
    with exact():
        return [
            group
            for group in groups.values()
            if len(group) > 1 and sum(Decimal(cells[cell].exported) for cell in group) == 1
        ]


def drawn(
    rng: random.Random, cells: Mapping[Cell, Mapped], n: int = 8, *, has_models: bool = True
) -> dict[Cell, Value]:
    """Up to n cells with new numbers, and up to two with another model; shares of a whole still add to 1."""
    models = _models(rng, cells) if has_models else {}
    return models | _numbers(rng, cells, n - len(models))


def _models(rng: random.Random, cells: Mapping[Cell, Mapped]) -> dict[Cell, Value]:
    picks = [
        cell for cell, mapped in cells.items() if mapped.kind == CHOICE and mapped.name.startswith("designs.")
    ]
    found: dict[Cell, Value] = {}
    for cell in rng.sample(picks, min(rng.randint(0, 2), len(picks))):
        found[cell] = rng.choice([text for text, _ in cells[cell].options if text != cells[cell].exported])
    return found


def _numbers(rng: random.Random, cells: Mapping[Cell, Mapped], n: int) -> dict[Cell, Value]:
    groups = wholes(cells)
    bound = {cell for group in groups for cell in group}
    free = [
        cell
        for cell, mapped in cells.items()
        if mapped.kind in (INPUT, PRICE) and mapped.places and mapped.exported != "NaN" and cell not in bound
    ]
    found: dict[Cell, Value] = {
        cell: _other(rng, cells[cell]) for cell in rng.sample(free, min(n, len(free)))
    }
    if groups and rng.random() < 0.6:
        found |= _moved(rng, cells, rng.choice(groups))
    return {cell: value for cell, value in found.items() if value != Decimal(cells[cell].exported)}


def _other(rng: random.Random, mapped: Mapped) -> Decimal:
    value = Decimal(mapped.exported)
    if mapped.kind == INPUT and mapped.most == "1":
        if value in (0, 1):
            return rounded(rng.uniform(0.05, 0.95), 3)
        return rounded(min(0.999, float(value) * rng.uniform(0.7, 1.3)), 4)
    if mapped.kind == INPUT and value == value.to_integral_value() and value >= 20:
        return Decimal(round(float(value) * rng.uniform(0.6, 1.4)))
    return rounded(float(value) * rng.uniform(0.6, 1.4), 4)


def _moved(rng: random.Random, cells: Mapping[Cell, Mapped], group: Sequence[Cell]) -> dict[Cell, Value]:
    """A part of one share goes to another one."""
    one, other = rng.sample(list(group), 2)
    given, taken = (Decimal(cells[cell].exported) for cell in (one, other))
    part = min(given, 1 - taken)
    moved = rounded(float(part) * rng.uniform(0.1, 0.9), 3)
    return {one: given - moved, other: taken + moved} if ZERO < moved < part else {}


def rounded(value: float, digits: int) -> Decimal:
    """To so many significant digits, as people type it."""
    return Decimal(plain(Decimal(f"{value:.{digits}g}")))


@dataclass(frozen=True)
class Edited:
    """A plan under other numbers."""

    plan: Plan
    values: Decimals
    rows: Sequence[LedgerRow]

    def months(self, design: PlannedDesign) -> list[Decimal]:
        return [self.values[node] for node in design.month_costs]

    def per_query(self, design: PlannedDesign) -> Decimal:
        return self.values[design.usage_per_query[0]]

    def lines(self, design: PlannedDesign) -> Decimal:
        """The sum of the absolute lines: what a rounding error is relative to."""
        with exact():
            return sum((abs(row.cost_usd) for row in self.rows if row.design == design.id), ZERO)


def edited(plan: Plan, edits: Sequence[tuple[Mapped, Value]]) -> Edited:
    """The plan's graph in exact decimals with these numbers in place of its own."""
    own: dict[tuple[bool, str], Decimal] = {
        (mapped.kind == PRICE, mapped.name): numbered(mapped, value)
        for mapped, value in edits
        if plan.variant in mapped.variants
    }
    rows = [
        row
        for charge in plan.priced()
        for row in (charge.row, *(charge.options if isinstance(charge, Charge) else ()))
        if row
    ]
    per = {row.id: row.per for row in rows}
    held: dict[Node, Decimal] = {}
    for number, entry in enumerate(plan.graph.entries):
        if entry.op is Op.LEAF and (entry.kind is LeafKind.RATE, entry.name) in own:
            value = own[entry.kind is LeafKind.RATE, entry.name]
            is_rate = entry.kind is LeafKind.RATE
            held[Node(number)] = quotient(value, Decimal(per[entry.name])) if is_rate else value
    values = Decimals(plan.graph, held)
    return Edited(plan, values, ledger_of(plan, values))


def numbered(mapped: Mapped, value: Value) -> Decimal:
    """The value of a leaf; of a choice the number of its option, from 1."""
    if isinstance(value, Decimal):
        return value
    return Decimal([text for text, _ in mapped.options].index(value) + 1)


def at(cell: str) -> tuple[int, int]:
    """Row and column, from 1."""
    letters, row = coordinate_from_string(cell)
    return row, column_index_from_string(letters)


def totals(cells: Mapping[Cell, Mapped]) -> dict[str, Cell]:
    """Where each design's total stands."""
    return {mapped.name: cell for cell, mapped in cells.items() if mapped.kind == TOTAL}


def steps(cells: Mapping[Cell, Mapped]) -> list[Cell]:
    return [cell for cell, mapped in cells.items() if mapped.kind == STEP]


def typed(value: Value) -> float | str:
    """What a person types."""
    return float(value) if isinstance(value, Decimal) else value


def exported_value(mapped: Mapped) -> Value:
    return mapped.exported if mapped.kind == CHOICE else Decimal(mapped.exported)
