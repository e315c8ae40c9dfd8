"""Sheet Inputs: every number that may be changed, with unit, range and source; blue on yellow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePath

from kplan.form.excel import Formulas, Place, steps
from kplan.form.graph import Entry, LeafKind, Node, Op
from kplan.money import ONE, ZERO, plain
from kplan.render.workbook.export import INPUTS, Export, VariantCells
from kplan.render.workbook.sheet import Sheet, in_row
from kplan.render.workbook.styles import GENERAL, INPUT_MONEY, INPUT_PERCENT, WHOLE
from kplan.scenario.params import Param

SCALE = Decimal(1000)
"""Costs are shown per so many queries: one query costs too little to read."""
WORDS = 84
"""Characters of a step's formula in words that fit beside it."""
SHOWN_PER = Place(INPUTS, "$B$6")
"""Where that stands."""
HEADER_ROW = 3
MONTHS_A_YEAR = 12
_SEASON = "volume.seasonality."
_SHARES = ("share", "cached", "chance", "retries", "contingency", "growth_per_month")
_UNITS = {
    "input": "tokens per call",
    "output": "tokens per call",
    "calls": "calls per visit",
    "queries_per_month": "queries per month",
    "queries_per_day": "queries per day",
}


@dataclass
class Line:
    """One input with its node in each variant that has it."""

    name: str
    nodes: dict[int, Node] = field(default_factory=dict)


def write(sheet: Sheet, export: Export) -> None:
    """Write the sheet and place every leaf that is not a rate."""
    sheet.title(
        "Inputs", "Blue on yellow: change it, and every sheet follows. Black is worked out. Grey stays."
    )
    n_values = len(export.variants)
    heads = ["Value"] if not export.has_variants else [_head(cells) for cells in export.variants]
    titles = ["Input", *heads, "Unit", "Range", "Source"]
    sheet.header(HEADER_ROW, titles, range(1, 1 + n_values))
    row = _plan(sheet, export, HEADER_ROW + 1)
    for section, lines in _sections(export).items():
        row = _section(sheet, export, row, section, lines)
    row = _constants(sheet, export, row)
    row = _steps(sheet, export, row)
    sheet.worksheet.freeze_panes(HEADER_ROW + 1, 1)
    sheet.column_width(3 + n_values, 24)
    sheet.finish(row, 3 + n_values, HEADER_ROW + 1, export.footer, narrowest=12, widest=64)


def _head(cells: VariantCells) -> str:
    return cells.plan.variant or "base"


def _plan(sheet: Sheet, export: Export, row: int) -> int:
    """How costs are shown, and the budget."""
    sheet.band(row, "plan", 3 + len(export.variants))
    sheet.text(row + 1, 0, "queries per cost shown")
    sheet.number(row + 1, 1, SCALE, "muted", number=WHOLE)
    assert sheet.place(row + 1, 1) == SHOWN_PER
    _about(sheet, export, row + 1, "queries", "", "one query costs too little to read")
    budgets = [(cells, cells.plan.scenario.budget_usd_per_month) for cells in export.variants]
    if all(budget is None for _, budget in budgets):
        return row + 3
    sheet.text(row + 2, 0, "budget")
    for cells, budget in budgets:
        if budget is not None:
            cells.budget = sheet.place(row + 2, 1 + cells.index)
            _value(sheet, row + 2, 1 + cells.index, budget, INPUT_MONEY)
    _about(sheet, export, row + 2, "$ per month", "", _written_at(export.variants[0], "budget"))
    return row + 4


def _sections(export: Export) -> dict[str, dict[str, Line]]:
    """Inputs by the first part of their name, in the order of the graph; those of all variants together."""
    sections: dict[str, dict[str, Line]] = {}
    for cells in export.variants:
        for node, entry in cells.leaves(LeafKind.INPUT):
            if not entry.name.startswith(_SEASON):
                section = entry.name.partition(".")[0]
                lines = sections.setdefault(section if "." in entry.name else "other", {})
                lines.setdefault(entry.name, Line(entry.name)).nodes[cells.index] = node
    return {name: sections[name] for name in sorted(sections, key=_rank)}


def _rank(section: str) -> int:
    """Traffic first, then what the numbers mean, then the stages; sorting keeps the rest in order."""
    order = ("volume", "params", "mix", "stages", "designs", "fixed")
    return order.index(section) if section in order else len(order)


def _section(sheet: Sheet, export: Export, row: int, section: str, lines: dict[str, Line]) -> int:
    sheet.band(row, section, 3 + len(export.variants))
    row += 1
    for line in lines.values():
        sheet.text(row, 0, line.name.removeprefix(f"{section}."))
        _values(sheet, export, row, line)
        row += 1
    if section == "volume":
        row = _seasons(sheet, export, row)
    return row + 1


def _values(sheet: Sheet, export: Export, row: int, line: Line) -> None:
    """One cell a variant; a later one with the first one's value follows the first."""
    first: tuple[int, Decimal] | None = None
    for index, node in line.nodes.items():
        cells = export.variants[index]
        entry = cells.entry(node)
        number = _format(entry)
        if first is not None and first[1] == entry.value:
            sheet.formula(row, 1 + index, f"={in_row(row, 1 + first[0])}", entry.value, number=number)
        else:
            _value(sheet, row, 1 + index, entry.value, number)
        first = first or (index, entry.value)
        cells.places[node] = sheet.place(row, 1 + index)
    _described(sheet, export, row, line)


def _value(sheet: Sheet, row: int, column: int, value: Decimal, number: str) -> None:
    sheet.number(row, column, value, "input", number=number)


def _described(sheet: Sheet, export: Export, row: int, line: Line) -> None:
    """Unit, range and source, from the param where the input is one."""
    index, node = next(iter(line.nodes.items()))
    entry = export.variants[index].entry(node)
    param = _param(export.variants[index], entry.name)
    unit = (param.unit if param else "") or _unit(entry)
    span = f"{plain(param.range[0])} to {plain(param.range[1])}" if param and param.range else ""
    said = param.source if param and entry.name.startswith("params.") else ""
    source = said or _written_at(export.variants[index], entry.name)
    _about(sheet, export, row, unit, span, source)
    _validate(sheet, row, [1 + column for column in line.nodes], entry, param)


def _about(sheet: Sheet, export: Export, row: int, *texts: str) -> None:
    for column, text in enumerate(texts, 1 + len(export.variants)):
        sheet.text(row, column, text, "muted", "indented")


def _param(cells: VariantCells, name: str) -> Param | None:
    """The param that an input is the value of, be it the general one or a class's own."""
    _, dot, rest = f".{name}".rpartition(".params.")
    return cells.plan.scenario.params.get(rest) if dot else None


def _written_at(cells: VariantCells, name: str) -> str:
    """Where the scenario says it: file and line."""
    mark = cells.plan.scenario.mark(tuple(name.split(".")))
    return f"{PurePath(mark.file).name}, line {mark.line}" if mark else ""


def _last(entry: Entry) -> str:
    return entry.name.rpartition(".")[2]


def _is_share(entry: Entry) -> bool:
    named = _last(entry) in _SHARES and ".params." not in f".{entry.name}"
    return named or entry.name.startswith("share of ")


def _unit(entry: Entry) -> str:
    if _is_share(entry):
        return "share"
    if entry.name.startswith("fixed."):
        return "$ per month"
    return _UNITS.get(_last(entry), "")


def _format(entry: Entry) -> str:
    if _is_share(entry):
        return INPUT_PERCENT
    if entry.name.startswith("fixed."):
        return INPUT_MONEY
    is_whole = entry.value == entry.value.to_integral_value()
    return WHOLE if is_whole and abs(entry.value) >= SCALE else GENERAL


def _validate(sheet: Sheet, row: int, columns: Sequence[int], entry: Entry, param: Param | None) -> None:
    """A warning for values outside the stated range, a stop for shares that are none and negative tokens."""
    rule: dict[str, object] | None = None
    if param is not None and param.range:
        low, high = param.range
        rule = {
            "criteria": "between",
            "minimum": float(low),
            "maximum": float(high),
            "error_type": "warning",
            "error_message": f"The scenario says {plain(low)} to {plain(high)}.",
        }
    elif _is_share(entry) and _last(entry) not in ("retries", "contingency", "growth_per_month"):
        rule = {
            "criteria": "between",
            "minimum": 0,
            "maximum": 1,
            "error_message": "A share from 0% to 100%.",
        }
    elif _last(entry) in _UNITS or entry.name.startswith("fixed."):
        rule = {"criteria": ">=", "value": 0, "error_message": "Not below 0."}
    if rule is not None:
        for column in columns:
            sheet.worksheet.data_validation(row, column, row, column, {"validate": "decimal", **rule})


def _seasons(sheet: Sheet, export: Export, row: int) -> int:
    """The year's twelve factors under one another, so that a month finds its own."""
    seasonal = [cells for cells in export.variants if cells.plan.scenario.volume.seasonality]
    for month in range(1, MONTHS_A_YEAR + 1) if seasonal else ():
        sheet.text(row, 0, f"seasonality.{month}")
        for cells in seasonal:
            place = sheet.place(row, 1 + cells.index)
            cells.seasons = cells.seasons or place
            if f"{_SEASON}{month}" in cells.names:
                cells.places[cells.names[f"{_SEASON}{month}"]] = place
            factor = cells.plan.scenario.volume.seasonality[month - 1]
            _value(sheet, row, 1 + cells.index, factor, GENERAL)
        _about(sheet, export, row, "x volume", "", "calendar month, January is 1")
        row += 1
    return row


def _constants(sheet: Sheet, export: Export, row: int) -> int:
    """Numbers that stand inside expressions, and weights that kplan worked out."""
    numbers: dict[str, Line] = {}
    weights: dict[str, Line] = {}
    for cells in export.variants:
        for node in _needed_leaves(cells):
            entry = cells.entry(node)
            lines = weights if entry.kind is LeafKind.WEIGHT else numbers
            name = entry.name or plain(entry.value)
            lines.setdefault(name, Line(name)).nodes[cells.index] = node
    row = _fixed_section(sheet, export, row, "numbers inside the scenario's expressions", numbers)
    return _fixed_section(
        sheet, export, row, "thresholds and weights, worked out by kplan: not to be edited", weights
    )


def _needed_leaves(cells: VariantCells) -> list[Node]:
    """Leaves without a cell that some formula will need, but for 0 and 1."""
    graph = cells.plan.graph
    seen: set[Node] = set()
    stack = cells.targets()
    while stack:
        node = stack.pop()
        if node not in seen and node not in cells.places:
            seen.add(node)
            stack.extend(graph.entries[node].args)
    return [node for node in sorted(seen) if _is_constant(graph.entries[node])]


def _is_constant(entry: Entry) -> bool:
    if entry.op is not Op.LEAF or entry.kind is LeafKind.RATE:
        return False
    return entry.kind is LeafKind.WEIGHT or entry.value not in (ZERO, ONE)


def _fixed_section(sheet: Sheet, export: Export, row: int, title: str, lines: dict[str, Line]) -> int:
    if not lines:
        return row
    sheet.band(row, title, 3 + len(export.variants))
    row += 1
    for line in lines.values():
        sheet.text(row, 0, line.name)
        for index, node in line.nodes.items():
            cells = export.variants[index]
            entry = cells.entry(node)
            sheet.number(row, 1 + index, entry.value, "muted", number=_format(entry))
            cells.places[node] = sheet.place(row, 1 + index)
        row += 1
    return row + 1


def _steps(sheet: Sheet, export: Export, row: int) -> int:
    """Parts of long expressions, each in a cell of its own, so that no formula gets too long to follow."""
    found = [steps(cells.plan.graph, cells.targets(), cells.places) for cells in export.variants]
    if not any(found):
        return row
    sheet.band(row, "steps of long expressions", 3 + len(export.variants))
    row += 1
    sheet.column_width(3 + len(export.variants), WORDS - 24)
    spoken = [_spoken(cells) for cells in export.variants]
    for number in range(max(map(len, found))):
        sheet.text(row, 0, f"step {number + 1}")
        words = ""
        for cells, nodes, names in zip(export.variants, found, spoken, strict=True):
            if number < len(nodes):
                words = words or _in_words(cells, names, nodes[number])
                _step(sheet, cells, row, nodes[number])
                names[nodes[number]] = Place(INPUTS, f"step {number + 1}")
        shown = words if len(words) <= WORDS else f"{words[:WORDS]}…"
        sheet.text(row, 1 + len(export.variants), shown, "muted", "indented", measured=False)
        row += 1
    return row + 1


def _step(sheet: Sheet, cells: VariantCells, row: int, node: Node) -> None:
    formula = cells.formulas(INPUTS).definition(node)
    sheet.formula(row, 1 + cells.index, formula, cells.values[node])
    cells.places[node] = sheet.place(row, 1 + cells.index)


def _in_words(cells: VariantCells, names: Mapping[Node, Place], node: Node) -> str:
    """The step with names in place of cells."""
    return Formulas(cells.plan.graph, names, INPUTS).definition(node).removeprefix("=")


def _spoken(cells: VariantCells) -> dict[Node, Place]:
    """Every placed node under its name."""
    entries = {node: cells.entry(node) for node in cells.places}
    return {node: Place(INPUTS, entry.name or plain(entry.value)) for node, entry in entries.items()}
