"""Sheet Steps: parts of long expressions, each in a cell of its own, so that no formula gets too long."""

from __future__ import annotations

from collections.abc import Mapping

from kplan.errors import KplanError
from kplan.form.excel import Formulas, Place
from kplan.form.graph import Node
from kplan.money import plain
from kplan.render.workbook.export import STEPS, Export, VariantCells
from kplan.render.workbook.sheet import Sheet

HEADER_ROW = 3
WORDS = 120
"""Characters of a step's formula in words that fit beside it."""
PRINTED = 100
"""Rows that are printed, and said in words: an agent's loop may have thousands."""


def write(sheet: Sheet, export: Export) -> None:
    """Write the sheet and place the steps."""
    sheet.title(
        STEPS,
        "Parts of long formulas, worked out on the way from Inputs to Stages; nothing to edit here."
        f" The first {PRINTED} rows are said in words and printed.",
    )
    n_values = len(export.variants)
    heads = [cells.plan.variant or "Value" for cells in export.variants]
    sheet.header(HEADER_ROW, ["Step", *heads, "In words"], range(1, 1 + n_values))
    spoken = [_spoken(cells) for cells in export.variants]
    row = HEADER_ROW + 1
    for number in range(max(len(cells.steps) for cells in export.variants)):
        sheet.text(row, 0, f"step {number + 1}")
        words = ""
        for cells, names in zip(export.variants, spoken, strict=True):
            if number < len(cells.steps):
                node = cells.steps[number]
                words = words or (_in_words(cells, names, node) if number < PRINTED else "")
                _step(sheet, cells, row, node)
                names[node] = Place(STEPS, f"step {number + 1}")
        shown = words if len(words) <= WORDS else f"{words[:WORDS]}…"
        sheet.text(row, 1 + n_values, shown, "muted", "indented", measured=False)
        row += 1
    sheet.column_width(1 + n_values, WORDS - 24)
    sheet.worksheet.freeze_panes(HEADER_ROW + 1, 1)
    last = min(row - 1, HEADER_ROW + PRINTED)
    sheet.finish(last, 1 + n_values, HEADER_ROW + 1, export.footer, narrowest=12, widest=WORDS)


def _step(sheet: Sheet, cells: VariantCells, row: int, node: Node) -> None:
    formula = cells.formulas(STEPS).definition(node)
    try:
        sheet.formula(row, 1 + cells.index, formula, cells.values[node])
    except KplanError:  # a division by zero in a branch that is not taken
        sheet.words(row, 1 + cells.index, formula, "#DIV/0!")
    cells.places[node] = sheet.place(row, 1 + cells.index)


def _in_words(cells: VariantCells, names: Mapping[Node, Place], node: Node) -> str:
    """The step with names in place of cells."""
    return Formulas(cells.plan.graph, names, STEPS).definition(node).removeprefix("=")


def _spoken(cells: VariantCells) -> dict[Node, Place]:
    """Every placed node under its name."""
    entries = {node: cells.entry(node) for node in cells.places}
    return {node: Place(STEPS, entry.name or plain(entry.value)) for node, entry in entries.items()}
