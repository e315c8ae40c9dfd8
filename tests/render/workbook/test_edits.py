"""Cells edited at random: another engine works the workbook out, and gets what kplan's graph gives."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from edited import (
    FILES,
    SCENARIOS,
    Cell,
    Edited,
    Exported,
    Value,
    at,
    drawn,
    edited,
    exported,
    exported_value,
    totals,
    typed,
    variants,
    written,
)
from kplan.errors import KplanError
from kplan.scenario.load import variants_of
from libreoffice import converted, forced_profile
from workbooks import found

formualizer = pytest.importorskip("formualizer", reason="pip install formualizer (Linux only)")

N_EDITS, N_OF_VARIANT = 20, 6
"""Sets of edits of an example, and of each of its variants."""
SLACK = Decimal("1e-12")
"""Part of the sum of the absolute lines that a total may be off by."""
QUICK = {"rag", "knowledge-base", "router", "fallback-chain"}
"""Examples whose base stands in the quick suite."""


def _cases() -> Iterator[Any]:
    for name, variant in variants():
        stem = name.removesuffix(".kplan.yaml")
        marks = [] if stem in QUICK and not variant else [pytest.mark.slow]
        yield pytest.param(name, variant, marks=marks, id=f"{stem}@{variant}" if variant else stem)


Values = Mapping[Cell, Any]


def draws(given: Exported, seed: str, n: int) -> Iterator[tuple[dict[Cell, Value], Edited]]:
    """Sets of edits under which the plan has a value: more turns than are written out have none."""
    rng, cells, (plan,) = random.Random(seed), given.mapped, given.results.live
    n_left = n
    for _ in range(10 * n):
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
    (plan,) = given.results.live
    book = given.book.formulas
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
            value = values[places[design.id, what]]
            assert isinstance(value, float | int), (design.id, what, value, edits)
            assert abs(Decimal(value) - exact_value) <= slack, (design.id, what, value, exact_value, edits)
        per_query, usage = under.per_query(design), Decimal(values[places[design.id, "query"]])
        charged = sum(abs(under.values[charge.cost]) for charge in design.charges if charge.epoch == 0)
        assert abs(usage - per_query) <= SLACK * charged, (design.id, "query", usage, per_query, edits)


def recalculated(book: Any, places: Sequence[Cell]) -> Values:
    values = book.evaluate_cells([(sheet, *at(cell)) for sheet, cell in places])
    return dict(zip(places, values, strict=True))


@pytest.mark.parametrize(("name", "variant"), list(_cases()))
def test_edits_give_what_the_graph_gives(tmp_path: Path, name: str, variant: str) -> None:
    given = exported(SCENARIOS / name, tmp_path, variant)
    places = figures(given)
    book = formualizer.load_workbook_bytes(given.content)
    plain = edited(given.results.live[0], [])
    assert_figures(recalculated(book, list(places.values())), plain, places, {})
    n_moved, n = 0, N_OF_VARIANT if variant else N_EDITS
    for edits, under in draws(given, f"{name} {variant}", n):
        for (sheet, cell), value in edits.items():
            book.set_value(sheet, *at(cell), typed(value))
        assert_figures(recalculated(book, list(places.values())), under, places, edits)
        n_moved += any(under.values[d.total] != plain.values[d.total] for d in under.plan.designs)
        for sheet, cell in edits:
            book.set_value(sheet, *at(cell), typed(exported_value(given.mapped[sheet, cell])))
    assert n_moved > n / 2


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return forced_profile(tmp_path_factory.mktemp("libreoffice") / "profile")


def shown(path: Path, places: Sequence[Cell]) -> Values:
    """The values of these cells; other sheets are not read."""
    book, values = load_workbook(path, read_only=True, data_only=True), {}
    for sheet in {sheet for sheet, _ in places}:
        for row in book[sheet].iter_rows():
            values |= {(sheet, cell.coordinate): cell.value for cell in row if cell.value is not None}
    book.close()
    return {place: values[place] for place in places}


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_libreoffice_gives_the_same_from_scratch(
    soffice: str, profile: Path, tmp_path: Path, name: str
) -> None:
    """The base and two edits of it, and one edit of each variant, without a stored value."""
    cases = []
    for number, variant in enumerate(("", *variants_of(SCENARIOS / name))):
        given = exported(SCENARIOS / name, tmp_path, variant)
        plain = [] if variant else [({}, edited(given.results.live[0], []))]
        edits, places = draws(given, f"{name} {variant}", 1 if variant else 2), figures(given)
        for n, (cells, under) in enumerate((*plain, *edits)):
            path = written(given.content, cells, tmp_path / f"{number}-{n}.xlsx")
            cases.append((path, places, cells, under))
    again = converted(soffice, profile, [path for path, *_ in cases], tmp_path / "out")
    for path, (_, places, cells, under) in zip(again, cases, strict=True):
        assert_figures(shown(path, list(places.values())), under, places, cells)
