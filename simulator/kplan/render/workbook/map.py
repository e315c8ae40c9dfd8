"""The very hidden sheet `_kplan`: what each blue cell is in the scenario or price books, what others hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from decimal import Decimal

from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

from kplan.engine.contracts import FROM
from kplan.engine.flow.expectation import share_name
from kplan.form.excel import Place as Address
from kplan.form.graph import LeafKind, Node, Op
from kplan.money import plain
from kplan.prices.rows import PriceRow
from kplan.render.format import plain_text
from kplan.render.workbook import fixed, prices
from kplan.render.workbook.export import Export, VariantCells
from kplan.render.workbook.input_line import is_share, last_part, stage_unit
from kplan.render.workbook.mapped import (
    CELL,
    CHOICE,
    FACTS,
    HEADS,
    HELD,
    INPUT,
    PRICE,
    SCHEMA,
    SHEET,
    STEP,
    TITLE,
    TOTAL,
    Mapped,
)
from kplan.render.workbook.sheet import Sheet
from kplan.scenario.names import dotted
from kplan.scenario.spelled import shares_of_models, spelled
from kplan.scenario.tree import Place

LAST_COLUMN = 16_383
"""Of a sheet, from 0. Source: Excel specifications and limits, 16,384 columns."""
_NOT_A_PART = ("retries", "contingency", "growth_per_month")
"""Shown in percent, but not of a whole: they may be more than 1."""
_FROM_ZERO = ("volume.", "fixed.", "contracts.", "tokenizers.", "prompt_caches.", "budget", "contingency")


def write(sheet: Sheet, export: Export, sheets: Mapping[str, Sheet]) -> None:
    """Write the sheet, last of all: it looks at what stands beside the cells.

    sheets   every other sheet of the workbook by name
    """
    assert sheet.name == SHEET
    sheet.text(0, 0, TITLE)
    row = 1
    for name, fact in zip(FACTS, _facts(export), strict=True):
        row = _line(sheet, row, name, fact)
    mapped_cells = list(_cells(export, sheets))
    own = {(a.sheet, xl_cell_to_rowcol(a.cell)) for a, mapped in mapped_cells if mapped.kind != TOTAL}
    for line in fixed.lines(sheets, own):
        row = _line(sheet, row, *line)
    row = _line(sheet, row, *HEADS)
    for address, mapped in mapped_cells:
        texts = mapped.texts()
        row = _line(sheet, row, *texts[:CELL], "", *texts[CELL:])
        _refer(sheet, row - 1, address, mapped.exported, is_text=mapped.kind == CHOICE)
    sheet.worksheet.freeze_panes(1, 0)
    sheet.finish(row, len(HEADS) - 1, 0, export.footer)
    sheet.worksheet.set_column(0, LAST_COLUMN, None, None, {"hidden": True})  # else LibreOffice prints it
    sheet.worksheet.very_hidden()


def _line(sheet: Sheet, row: int, *texts: str) -> int:
    for column, text in enumerate(texts):
        if text:
            sheet.text(row, column, text, measured=False)
    return row + 1


def _refer(sheet: Sheet, row: int, address: Address, exported: str, *, is_text: bool) -> None:
    value = "#N/A" if exported == "NaN" else exported if is_text else float(exported)
    sheet.worksheet.write_formula(row, CELL, f"={address.seen_from(SHEET)}", None, value)


def _facts(export: Export) -> Iterator[str]:
    made = export.results.provenance
    yield str(SCHEMA)
    yield made.kplan_version
    yield from map(plain_text, (made.scenario_name, made.scenario_file))
    yield from (made.scenario_sha256, made.book_sha256)
    yield json.dumps(made.options, ensure_ascii=True)


def _cells(export: Export, sheets: Mapping[str, Sheet]) -> Iterator[tuple[Address, Mapped]]:
    for cells in export.variants:
        parts = frozenset(part.node for part in cells.plan.parts if not part.is_whole)
        for address, name, value in (*_budget(cells), *_inputs(cells), *_seasons(cells)):
            yield address, _input(cells, sheets, parts, address, name, value)
        for address, name, value in _held(cells):
            labels = _labels(sheets, address)
            yield address, Mapped(HELD, (cells.plan.variant,), name, labels, plain(value))
        yield from _choices(cells, sheets)
    users = [(cells.plan.variant, cells.price_rows) for cells in export.variants]
    for row, address in export.blue.items():
        yield address, _price([name for name, own in users if row in own], sheets, row, address)
    for cells, design in export.designs:
        assert design.total is not None
        labels = _labels(sheets, design.total)
        total = plain(design.result.total_usd)
        yield design.total, Mapped(TOTAL, (cells.plan.variant,), design.result.id, labels, total)


def _budget(cells: VariantCells) -> Iterator[tuple[Address, str, Decimal]]:
    amount = cells.plan.scenario.budget_usd_per_month
    if cells.budget is not None and amount is not None:
        yield cells.budget, "budget", amount


def _inputs(cells: VariantCells) -> Iterator[tuple[Address, str, Decimal]]:
    """The numbers of the scenario that stand in cells and are not for the engine alone."""
    for node, entry in cells.leaves(LeafKind.INPUT):
        if node in cells.places and node not in cells.baked and not _is_season(entry.name):
            yield cells.places[node], entry.name, entry.value


def _held(cells: VariantCells) -> Iterator[tuple[Address, str, Decimal]]:
    """Numbers that kplan worked out, or that shape what it did: they are not to be edited."""
    for node, address in cells.places.items():
        entry = cells.entry(node)
        is_input = entry.kind is LeafKind.INPUT and node not in cells.baked
        is_held = entry.kind not in (LeafKind.RATE, LeafKind.CHOICE) and not is_input
        if entry.op is Op.LEAF and is_held:
            yield address, entry.name or plain(entry.value), entry.value


def _is_season(name: str) -> bool:
    return name.startswith("volume.seasonality.")


def _seasons(cells: VariantCells) -> Iterator[tuple[Address, str, Decimal]]:
    """All twelve factors: the scenario states them in one list."""
    if cells.seasons is not None and not cells.has_baked_seasons:
        row, column = xl_cell_to_rowcol(cells.seasons.cell)
        for n, factor in enumerate(cells.plan.scenario.volume.seasonality):
            address = xl_rowcol_to_cell(row + n, column, row_abs=True, col_abs=True)
            yield Address(cells.seasons.sheet, address), f"volume.seasonality.{n + 1}", factor


def _choices(cells: VariantCells, sheets: Mapping[str, Sheet]) -> Iterator[tuple[Address, Mapped]]:
    """The baseline, and the models of stages."""

    def choice(
        address: Address, place: Place, shown: str, options: Iterable[tuple[str, str]]
    ) -> tuple[Address, Mapped]:
        texts = tuple((plain_text(text), said) for text, said in options)
        labels, variants = _labels(sheets, address), (cells.plan.variant,)
        made = Mapped(
            CHOICE, variants, dotted(place), labels, plain_text(shown), places=(place,), options=texts
        )
        return address, made

    if cells.baseline is not None:
        shown = next(each.label for each in cells.designs if each.result.saving is None)
        designs = ((design.label, design.planned.id) for design in cells.designs)
        yield choice(cells.baseline, ("baseline",), shown, designs)
    for pick in (pick for design in cells.designs for pick in design.planned.picks):
        if pick.choice in cells.chosen:
            place = ("designs", pick.design, "models", pick.stage)
            models = ((model, model) for model in pick.models)
            yield choice(cells.chosen[pick.choice], place, pick.models[pick.planned - 1], models)


def _input(
    cells: VariantCells,
    sheets: Mapping[str, Sheet],
    parts: Set[Node],
    address: Address,
    name: str,
    value: Decimal,
) -> Mapped:
    is_step = name.endswith(FROM) and not _places(cells, name)
    least, most = _bounds(cells, parts, name)
    labels = _labels(sheets, address)
    places = _places(cells, name.removesuffix(FROM) if is_step else name)
    kind = STEP if is_step else INPUT
    return Mapped(kind, (cells.plan.variant,), name, labels, plain(value), places, least, most)


def _places(cells: VariantCells, name: str) -> tuple[Place, ...]:
    """Where the scenario says a number; a share of a model in every place that says the same."""
    tree = cells.plan.scenario.tree
    if tree is None:
        return ()
    if not name.startswith("models."):
        place = spelled(tree, name)
        return () if place is None else (place,)
    return tuple(place for place, ref, share in shares_of_models(tree) if share_name(ref, share) == name)


def _bounds(cells: VariantCells, parts: Set[Node], name: str) -> tuple[str, str]:
    """Least and most that makes sense; a param may be anything."""
    node = cells.names.get(name)
    entry = None if node is None else cells.entry(node)
    if ".params." in f".{name}" or name.endswith("growth_per_month"):
        return "", ""
    if entry is not None and (node in parts or is_share(entry)) and last_part(entry) not in _NOT_A_PART:
        return "0", "1"
    is_counted = name.startswith(_FROM_ZERO) or (entry is not None and bool(stage_unit(entry)))
    return ("0", "") if is_counted else ("", "")


def _price(users: Sequence[str], sheets: Mapping[str, Sheet], row: PriceRow, address: Address) -> Mapped:
    """The price as the vendor writes it, beside which stands what it is for."""
    at, _ = xl_cell_to_rowcol(address.cell)
    texts = sheets[address.sheet].texts
    right = {prices.OVER: _over(row)} | {n: texts.get((at, n), "") for n in prices.SELECTS}
    labels = (*_labels(sheets, address), *((n - prices.USD, text) for n, text in right.items()))
    places = ((row.provider, row.model),)
    return Mapped(PRICE, tuple(users), row.id, labels, plain_or_nan(row.usd), places, "0")


def _over(row: PriceRow) -> str:
    return str(row.over_input_tokens) if row.over_input_tokens else ""


def plain_or_nan(value: Decimal) -> str:
    """The exact number, or NaN."""
    return "NaN" if value.is_nan() else plain(value)


def _labels(sheets: Mapping[str, Sheet], address: Address) -> tuple[tuple[int, str], ...]:
    """The texts left of the cell."""
    row, column = xl_cell_to_rowcol(address.cell)
    texts = sheets[address.sheet].texts
    return tuple((n - column, texts[row, n]) for n in range(column) if texts.get((row, n)))
