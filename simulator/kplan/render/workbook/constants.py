"""The lower part of Inputs: numbers inside expressions, and what kplan worked out."""

from __future__ import annotations

from kplan.form.graph import Entry, LeafKind, Node, Op
from kplan.money import ONE, ZERO, plain
from kplan.render.workbook.export import Export, VariantCells
from kplan.render.workbook.input_line import InputLine, number_format
from kplan.render.workbook.sheet import Sheet

NUMBERS = "numbers inside the scenario's expressions"
WEIGHTS = "thresholds and weights, worked out by kplan: not to be edited"
BAKED = "worked out by kplan beforehand: not to be edited"


def write(sheet: Sheet, export: Export, row: int, last_column: int) -> int:
    """Write the blocks from a row on: numbers inside expressions, weights, baked figures; gives the first
    free row.
    """
    numbers: dict[str, InputLine] = {}
    weights: dict[str, InputLine] = {}
    baked: dict[str, InputLine] = {}
    for cells in export.variants:
        for node in _needed_leaves(cells):
            entry = cells.entry(node)
            lines = {LeafKind.WEIGHT: weights, LeafKind.BAKED: baked}.get(entry.kind, numbers)
            name = entry.name or plain(entry.value)
            lines.setdefault(name, InputLine(name)).nodes[cells.index] = node
    for title, lines in ((NUMBERS, numbers), (WEIGHTS, weights), (BAKED, baked)):
        if lines:
            sheet.band(row, title, last_column)
            row = _values(sheet, export, row + 1, lines)
    return row


def _needed_leaves(cells: VariantCells) -> list[Node]:
    """Leaves without a cell that some formula will need, but for 0 and 1."""
    graph = cells.plan.graph
    needed = graph.under(cells.targets(), until=cells.places)
    return [node for node in needed if _is_constant(graph.entries[node])]


def _is_constant(entry: Entry) -> bool:
    if entry.op is not Op.LEAF or entry.kind is LeafKind.RATE:
        return False
    return entry.kind in (LeafKind.WEIGHT, LeafKind.BAKED) or entry.value not in (ZERO, ONE)


def _values(sheet: Sheet, export: Export, row: int, lines: dict[str, InputLine]) -> int:
    for line in lines.values():
        sheet.text(row, 0, line.name)
        for index, node in line.nodes.items():
            cells = export.variants[index]
            entry = cells.entry(node)
            sheet.number(row, 1 + index, entry.value, "muted", number=number_format(entry))
            cells.places[node] = sheet.place(row, 1 + index)
        if laws := _laws(export, line):
            sheet.text(row, 1 + len(export.variants), laws, "muted", "indented", measured=False)
        row += 1
    return row + 1


def _laws(export: Export, line: InputLine) -> str:
    """The distributions that a number was computed from; empty for any other."""
    index, node = next(iter(line.nodes.items()))
    cells = export.variants[index]
    graph = cells.plan.graph
    randoms = {each for source in graph.baked.get(node, ()) for each in graph.randoms(source)}
    entries = [graph.entries[each] for each in sorted(randoms.union(cells.means.get(node, ())))]
    return "; ".join(f"{entry.name}: {entry.law.said}" for entry in entries if entry.law)
