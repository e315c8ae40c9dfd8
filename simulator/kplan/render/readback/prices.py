"""Edited prices as rows of a price book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from pathlib import Path

from msgspec.structs import replace

from kplan.errors import KplanError, Problem
from kplan.money import ONE, exact, plain, quotient
from kplan.prices.book import Book
from kplan.prices.book_text import edited
from kplan.prices.edits import Edit as BookEdit
from kplan.prices.layers import shares_days
from kplan.prices.rows import US_DOLLAR, PriceRow
from kplan.render.readback.edits import Edit
from kplan.render.workbook.mapped import PRICE

_EXCHANGE = f"{US_DOLLAR}/"
"""What a rate of exchange is called among a row's adjustments begins so."""


def by_variant(edits: Sequence[Edit]) -> dict[str, tuple[Edit, ...]]:
    """The edited prices of each variant; two variants may price a model differently."""
    found: dict[str, tuple[Edit, ...]] = {}
    for edit in edits:
        for variant in edit.mapped.variants if edit.mapped.kind == PRICE else ():
            found[variant] = (*found.get(variant, ()), edit)
    return found


def book_rows(book: Book, edits: Sequence[Edit], source: str) -> tuple[PriceRow, ...]:
    """The rows of a price book with the edited prices; raises KplanError for prices that the book lacks now.

    book     what the scenario is priced with
    source   where the prices come from
    """
    rows: list[PriceRow] = []
    problems: list[Problem] = []
    for ref, own in _by_model(edits).items():
        live = [row for row in book.rows(book.find(ref)) if row.ever_holds]
        by_id = {row.id: row for row in live}
        problems += [_no_row(edit) for edit in own if edit.name not in by_id]
        new = [(by_id[edit.name], edit) for edit in own if edit.name in by_id]
        rows += [_edited(row, edit, source) for row, edit in new]
        rows += [_listed(row, row.usd) for row in _kept(live, [row for row, _ in new])]
    if problems:
        raise KplanError(problems)
    return tuple(rows)


def book_text(rows: Sequence[PriceRow], path: Path) -> str:
    """The price book as the text of a file."""
    return edited("", path, BookEdit((), {}, rows[0], tuple(rows[1:])))


def _by_model(edits: Sequence[Edit]) -> Mapping[str, list[Edit]]:
    found: dict[str, list[Edit]] = {}
    for edit in edits:
        found.setdefault("/".join(map(str, edit.mapped.places[0])), []).append(edit)
    return found


def _no_row(edit: Edit) -> Problem:
    return Problem(f"{edit.cell}: the price books have no {edit.name} any more; write the workbook anew")


def _edited(row: PriceRow, edit: Edit, source: str) -> PriceRow:
    """The row at its new price: nobody has checked it."""
    note = "" if edit.before.is_nan() else f"{plain(edit.before)} before"
    made = replace(_listed(row, edit.after), source=source, source_url="", note=note)
    return replace(made, checked_on=None, recorded_on=None, status="estimated")


def _kept(live: Sequence[PriceRow], new: Sequence[PriceRow]) -> Iterator[PriceRow]:
    """Steps and windows that a row for all sizes and hours replaces by lying over them, but for new ones."""
    wholes = [row for row in new if not row.is_windowed and not row.over_input_tokens]
    for row in live:
        is_part = row.is_windowed or row.over_input_tokens
        if is_part and row not in new and any(_lies_over(whole, row) for whole in wholes):
            yield row


def _lies_over(whole: PriceRow, row: PriceRow) -> bool:
    keys = [(r.provider, r.model, r.meter, r.mode, r.region) for r in (whole, row)]
    return keys[0] == keys[1] and shares_days(whole, row)


def _listed(row: PriceRow, usd: Decimal) -> PriceRow:
    """The row as a book lists it to come to this price: modifiers and discounts apply to it again."""
    factors = [step.factor for step in row.adjustments if not step.what.startswith(_EXCHANGE)]
    with exact():
        factor = reduce(lambda one, other: one * other, factors, ONE)
    listed = usd if factor == ONE else quotient(usd, factor)
    return replace(row, usd=listed, listed="", adjustments=())
