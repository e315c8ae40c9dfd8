"""Sheet Inputs: every number that may be changed, with unit, range and source; blue on yellow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import PurePath

from kplan.form.excel import Place
from kplan.form.graph import Entry, LeafKind
from kplan.money import ONE, ZERO, plain
from kplan.render.workbook import constants
from kplan.render.workbook.export import INPUTS, Export, VariantCells
from kplan.render.workbook.input_line import (
    CONTRACT_UNITS,
    InputLine,
    is_money,
    is_share,
    last_part,
    number_format,
    stage_unit,
)
from kplan.render.workbook.sheet import CHANGED, SAME, Sheet, block, in_row
from kplan.render.workbook.styles import GENERAL, INPUT_MONEY, INPUT_PERCENT, WHOLE
from kplan.scenario.names import dotted
from kplan.scenario.params import Param

SCALE = Decimal(1000)
"""Costs are shown per so many queries: one query costs too little to read."""
SHOWN_PER = Place(INPUTS, "$B$6")
"""Where that stands."""
HEADER_ROW = 3
MONTHS_A_YEAR = 12
BAKED_IN = "not to be edited here: kplan computed other figures from it, change it in the scenario"
_SEASON = "volume.seasonality."
_TOKENIZER = "tokenizers."
_COUNTED = ("volume.queries_per_", "fixed.", "contracts.")
_NOT_BELOW: Mapping[str, object] = {"criteria": ">=", "value": 0, "error_message": "Not below 0."}
_UNITS = {
    "queries_per_month": "queries per month",
    "queries_per_day": "queries per day",
}


def write(sheet: Sheet, export: Export) -> None:
    """Write the sheet and place every leaf that is not a rate."""
    sheet.title(
        "Inputs", "Blue on yellow: change it, and every sheet follows. Black is worked out. Grey stays."
    )
    n_values = len(export.variants)
    heads = ["Value"] if not export.has_variants else [_head(cells) for cells in export.variants]
    was = ["Exported"] if not export.has_variants else [f"Exported: {_head(c)}" for c in export.variants]
    titles = ["Input", *heads, "Unit", "Range", "Source", *was, "Changed"]
    exported = 4 + n_values
    sheet.header(HEADER_ROW, titles, (*range(1, 1 + n_values), *range(exported, exported + n_values)))
    row = _plan(sheet, export, HEADER_ROW + 1)
    for section, lines in _sections(export).items():
        row = _section(sheet, export, row, section, lines)
    first, changed = HEADER_ROW + 1, exported + n_values
    export.changed.append(f"{INPUTS}!{block(first, changed, max(first, row - 1), changed)}")
    sheet.marked(first, changed, row, CHANGED)
    row = constants.write(sheet, export, row, changed)
    sheet.worksheet.freeze_panes(HEADER_ROW + 1, 1)
    sheet.column_width(3 + n_values, 24)
    sheet.finish(row, changed, HEADER_ROW + 1, export.footer, narrowest=10, widest=52)


def _head(cells: VariantCells) -> str:
    return cells.plan.variant or "base"


def last_column(export: Export) -> int:
    """Column that says whether a value was changed: after the values, three on them, and their exports."""
    return 4 + 2 * len(export.variants)


def _remember(sheet: Sheet, export: Export, row: int, held: Mapping[int, tuple[Decimal, str]]) -> None:
    """What each cell of a row held at the export, and whether it still does."""
    n_values = len(export.variants)
    for index, (value, number) in held.items():
        sheet.number(row, 4 + n_values + index, value, "muted", number=number)
    same = [f"{in_row(row, 1 + index)}={in_row(row, 4 + n_values + index)}" for index in range(n_values)]
    test = same[0] if n_values == 1 else f"AND({','.join(same)})"
    sheet.words(row, last_column(export), f'=IF({test},"{SAME}","{CHANGED}")', SAME, "muted", "indented")


def _plan(sheet: Sheet, export: Export, row: int) -> int:
    """How costs are shown, and the budget."""
    sheet.band(row, "plan", last_column(export))
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
    held = {cells.index: (budget, INPUT_MONEY) for cells, budget in budgets if budget is not None}
    _remember(sheet, export, row + 2, held)
    sheet.worksheet.data_validation(row + 2, 1, row + 2, len(budgets), {"validate": "decimal", **_NOT_BELOW})
    _about(sheet, export, row + 2, "$ per month", "", _written_at(export.variants[0], "budget"))
    return row + 4


def _sections(export: Export) -> dict[str, dict[str, InputLine]]:
    """Inputs by the first part of their name, in the order of the graph; those of all variants together."""
    sections: dict[str, dict[str, InputLine]] = {}
    for cells in export.variants:
        for node, entry in cells.leaves(LeafKind.INPUT):
            if not entry.name.startswith(_SEASON):
                section = entry.name.partition(".")[0]
                lines = sections.setdefault(section if "." in entry.name else "other", {})
                lines.setdefault(entry.name, InputLine(entry.name)).nodes[cells.index] = node
    return {name: sections[name] for name in sorted(sections, key=_rank)}


def _rank(section: str) -> int:
    """Traffic first, then what the numbers mean, then the stages; sorting keeps the rest in order."""
    order = ("volume", "params", "mix", "stages", "designs", "tokenizers", "fixed", "contracts")
    return order.index(section) if section in order else len(order)


def _section(sheet: Sheet, export: Export, row: int, section: str, lines: dict[str, InputLine]) -> int:
    sheet.band(row, section, last_column(export))
    row += 1
    for line in lines.values():
        sheet.text(row, 0, line.name.removeprefix(f"{section}."))
        _values(sheet, export, row, line)
        row += 1
    if section == "volume":
        row = _seasons(sheet, export, row)
    return row + 1


def _values(sheet: Sheet, export: Export, row: int, line: InputLine) -> None:
    """One cell a variant; a later one with the first one's value follows the first."""
    first: tuple[int, Decimal, str] | None = None
    held: dict[int, tuple[Decimal, str]] = {}
    for index, node in line.nodes.items():
        cells = export.variants[index]
        entry = cells.entry(node)
        number = shown_as(entry, param_of(cells, entry.name))
        held[index] = (entry.value, number)
        style = "muted" if node in cells.baked else "input"
        if first is not None and first[1:] == (entry.value, style):
            sheet.formula(row, 1 + index, f"={in_row(row, 1 + first[0])}", entry.value, number=number)
        else:
            sheet.number(row, 1 + index, entry.value, style, number=number)
        first = first or (index, entry.value, style)
        cells.places[node] = sheet.place(row, 1 + index)
    _remember(sheet, export, row, held)
    _described(sheet, export, row, line)


def shown_as(entry: Entry, param: Param | None) -> str:
    """Number format of an input: a param is a share where its range or its percentiles say so."""
    is_part = param and not param.unit and param.range and ZERO <= param.range[0] < param.range[1] <= ONE
    is_percent = param and param.between and param.between.is_percent
    return INPUT_PERCENT if is_part or is_percent else number_format(entry)


def _value(sheet: Sheet, row: int, column: int, value: Decimal, number: str) -> None:
    sheet.number(row, column, value, "input", number=number)


def _described(sheet: Sheet, export: Export, row: int, line: InputLine) -> None:
    """Unit, range and source, from the param where the input is one; and whether it changes anything."""
    index, node = next(iter(line.nodes.items()))
    entry = export.variants[index].entry(node)
    param = param_of(export.variants[index], entry.name)
    unit = (param.unit if param else "") or unit_of(entry)
    span = _span(entry, param) if param else ""
    said = param.source if param and entry.name.startswith("params.") else _measured(export, entry)
    source = said or _written_at(export.variants[index], entry.name)
    free = [n for n, node in line.nodes.items() if node not in export.variants[n].baked]
    if len(free) < len(line.nodes):
        source = f"{source}; {BAKED_IN}".lstrip("; ")
    elif not any(node in export.variants[n].used for n, node in line.nodes.items()):
        source = f"{source}; no design uses it".lstrip("; ")
    _about(sheet, export, row, unit, span, source)
    _validate(sheet, row, [1 + column for column in free], entry, param)


def _about(sheet: Sheet, export: Export, row: int, *texts: str) -> None:
    for column, text in enumerate(texts, 1 + len(export.variants)):
        sheet.text(row, column, text, "muted", "indented")


def _span(entry: Entry, param: Param) -> str:
    """The range that makes sense, else the percentiles between which the value lies."""
    is_part = shown_as(entry, param) == INPUT_PERCENT
    low_high = param.range or (param.between and (param.between.low, param.between.high))
    if not low_high:
        return ""
    low, high = (f"{plain(100 * end)}%" if is_part else f"{plain(end)}" for end in low_high)
    return f"{low} to {high}" if param.range else f"{low} to {high} (P10 to P90)"


def param_of(cells: VariantCells, name: str) -> Param | None:
    """The param that an input is the value of: the general one, or a class's own."""
    scenario = cells.plan.scenario
    before, dot, rest = f".{name}".rpartition(".params.")
    own = [class_id for class_id in scenario.mix if before == f".{dotted(('mix', class_id))}"]
    return scenario.params_of(own[0] if own else "").get(rest) if dot else None


def _measured(export: Export, entry: Entry) -> str:
    """Where the factor of a tokenizer was said to come from; empty for any other input."""
    said = [each for cells in export.variants for each in cells.plan.scenario.tokenizers.items()]
    return next((each.source for key, each in said if entry.name == dotted(("tokenizers", key))), "")


def _written_at(cells: VariantCells, name: str) -> str:
    """Where the scenario says it: file and line."""
    mark = cells.plan.scenario.mark(tuple(name.split(".")))
    return f"{PurePath(mark.file).name}, line {mark.line}" if mark else ""


def unit_of(entry: Entry) -> str:
    """What an input counts, where its place in the scenario says so."""
    if is_share(entry):
        return "share"
    if is_money(entry):
        return CONTRACT_UNITS.get(last_part(entry), "$ per month")
    if entry.name.startswith(("fixed.", "contracts.")):
        return "units per month"
    if entry.name.startswith(_TOKENIZER):
        return "x tokens"
    return stage_unit(entry) or _UNITS.get(entry.name.removeprefix("volume."), "")


def _validate(sheet: Sheet, row: int, columns: Sequence[int], entry: Entry, param: Param | None) -> None:
    """A warning for values outside the stated range, a stop for shares that are none and negative tokens."""
    rule: Mapping[str, object] | None = None
    if param is not None and param.range:
        low, high = param.range
        rule = {
            "criteria": "between",
            "minimum": float(low),
            "maximum": float(high),
            "error_type": "warning",
            "error_message": f"The scenario says {plain(low)} to {plain(high)}.",
        }
    elif is_share(entry) and last_part(entry) not in ("retries", "contingency", "growth_per_month"):
        rule = {
            "criteria": "between",
            "minimum": 0,
            "maximum": 1,
            "error_message": "A share from 0% to 100%.",
        }
    elif entry.name.startswith(_TOKENIZER):
        rule = {"criteria": ">", "value": 0, "error_message": "Above 0."}
    elif stage_unit(entry) or entry.name.startswith(_COUNTED):
        rule = _NOT_BELOW
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
            style = "muted" if cells.has_baked_seasons else "input"
            sheet.number(row, 1 + cells.index, factor, style, number=GENERAL)
            if not cells.has_baked_seasons:
                sheet.worksheet.data_validation(
                    row, 1 + cells.index, row, 1 + cells.index, {"validate": "decimal", **_NOT_BELOW}
                )
        held = {
            cells.index: (cells.plan.scenario.volume.seasonality[month - 1], GENERAL) for cells in seasonal
        }
        _remember(sheet, export, row, held)
        is_held = any(cells.has_baked_seasons for cells in seasonal)
        said = "calendar month, January is 1" + (f"; {BAKED_IN}" if is_held else "")
        _about(sheet, export, row, "x volume", "", said)
        row += 1
    return row
