"""Cells edited at random: another engine works the workbook out, and gets what kplan's graph gives."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edited import SCENARIOS, Cell, Edited, Exported, at, drawn, edited, exported, totals, variants
from kplan.errors import KplanError
from workbooks import found, opened

formualizer = pytest.importorskip("formualizer", reason="pip install formualizer (Linux only)")

N_EDITS = 20
SLACK = Decimal("1e-12")
"""Part of the sum of the absolute lines that a total may be off by."""
QUICK = {
    ("rag.kplan.yaml", ""),
    ("knowledge-base.kplan.yaml", ""),
    ("router.kplan.yaml", ""),
    ("fallback-chain.kplan.yaml", ""),
}
ALL = [
    pytest.param(name, variant, id=f"{name.split('.')[0]}@{variant}" if variant else name.split(".")[0])
    if (name, variant) in QUICK
    else pytest.param(
        name,
        variant,
        marks=pytest.mark.slow,
        id=f"{name.split('.')[0]}@{variant}" if variant else name.split(".")[0],
    )
    for name, variant in variants()
]

Values = Mapping[Cell, Any]


def draws(given: Exported, seed: str) -> Iterator[tuple[dict[Cell, Decimal], Edited]]:
    """Twenty sets of edits under which the plan has a value: more turns than are written out have none."""
    rng, cells, (plan,) = random.Random(seed), given.mapped, given.results.plans
    n_left = N_EDITS
    for _ in range(10 * N_EDITS):
        if n_left:
            edits = drawn(rng, cells)
            try:
                under = edited(plan, [(cells[cell], value) for cell, value in edits.items()])
            except KplanError:
                continue
            n_left -= 1
            yield edits, under
    assert not n_left


def figures(given: Exported) -> dict[tuple[str, str], Cell]:
    """Where the figures of each design stand: its total, its months, its usage cost of a query."""
    (plan,) = given.results.plans
    book = opened(given.content)
    heads = {str(cell.value)[:7]: cell.column_letter for cell in book["Budget"][4] if cell.column > 3}
    places: dict[tuple[str, str], Cell] = {}
    for result in given.results.designs:
        sheet, total = totals(given.mapped)[result.id]
        row, _ = at(total)
        places[result.design, "total"] = sheet, total
        for month in plan.months:
            places[result.design, month] = sheet, f"{heads[month]}{row}"
        label = f"+ {result.id}" if result.added else result.id
        places[result.design, "query"] = "Summary", f"B{found(book['Summary'], 1, label)}"
    return places


def assert_figures(values: Values, under: Edited, places: Mapping[tuple[str, str], Cell], edits: Any) -> None:
    for design in under.plan.designs:
        slack = SLACK * under.lines(design)
        months = dict(zip(under.plan.months, under.months(design), strict=True))
        for what, exact_value in {"total": under.values[design.total], **months}.items():
            shown = values[places[design.id, what]]
            assert isinstance(shown, float | int), (design.id, what, shown, edits)
            assert abs(Decimal(shown) - exact_value) <= slack, (design.id, what, shown, exact_value, edits)
        per_query, shown = under.per_query(design), Decimal(values[places[design.id, "query"]])
        charged = sum(abs(under.values[charge.cost]) for charge in design.charges if charge.epoch == 0)
        assert abs(shown - per_query) <= SLACK * charged, (design.id, "query", shown, per_query, edits)


def recalculated(book: Any, places: Sequence[Cell]) -> Values:
    shown = book.evaluate_cells([(sheet, *at(cell)) for sheet, cell in places])
    return dict(zip(places, shown, strict=True))


@pytest.mark.parametrize(("name", "variant"), ALL)
def test_twenty_edits_give_what_the_graph_gives(tmp_path: Path, name: str, variant: str) -> None:
    given = exported(SCENARIOS / name, tmp_path, variant)
    places = figures(given)
    book = formualizer.load_workbook_bytes(given.content)
    plain = edited(given.results.plans[0], [])
    assert_figures(recalculated(book, list(places.values())), plain, places, {})
    n_moved = 0
    for edits, under in draws(given, f"{name} {variant}"):
        for (sheet, cell), value in edits.items():
            book.set_value(sheet, *at(cell), float(value))
        assert_figures(recalculated(book, list(places.values())), under, places, edits)
        n_moved += any(under.values[d.total] != plain.values[d.total] for d in under.plan.designs)
        for sheet, cell in edits:
            book.set_value(sheet, *at(cell), float(given.mapped[sheet, cell].exported))
    assert n_moved > N_EDITS / 2
