"""The two verbs on a user's price book: a price changes from a day on, or what the book said was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from msgspec import Struct
from msgspec.structs import replace

from kplan.errors import KplanError
from kplan.money import plain
from kplan.prices.layers import shares_days
from kplan.prices.rows import CORRECTED, PriceRow


class Edit(Struct, frozen=True):
    """What becomes of a book's rows: columns that some get, and rows more at the end."""

    old: tuple[PriceRow, ...]
    columns: Mapping[int, Mapping[str, str]]
    """By the row's place among the rows."""
    new: PriceRow
    kept: tuple[PriceRow, ...] = ()
    """Rows of a lower book that the new one would replace and that still hold."""

    @property
    def rows(self) -> tuple[PriceRow, ...]:
        """All rows after it."""
        return (*(self._filled(n, row) for n, row in enumerate(self.old)), *self.added)

    @property
    def added(self) -> tuple[PriceRow, ...]:
        """The rows at the end."""
        return (self.new, *self.kept)

    def _filled(self, n: int, row: PriceRow) -> PriceRow:
        said = self.columns.get(n, {})
        valid_to = date.fromisoformat(said["valid_to"]) if "valid_to" in said else row.valid_to
        return replace(row, valid_to=valid_to, status=said.get("status", row.status))


def change(rows: Sequence[PriceRow], new: PriceRow) -> Edit:
    """A new price from its first day on; the price before it ends there, where the same book has one.

    Where that one has an end, the new price takes it over. Raises KplanError for a day that is not after
    the start of the book's newest row for the same thing: what is history is corrected, not changed.
    """
    assert new.valid_from is not None
    same = [n for n, row in enumerate(rows) if row.key == new.key and row.ever_holds]
    if not same:
        return Edit(tuple(rows), {}, new)
    newest = max(same, key=lambda n: rows[n].valid_from or date.min)
    before = rows[newest]
    if before.valid_from and new.valid_from <= before.valid_from:
        raise KplanError(
            f"{new.valid_from} is not after {before.valid_from}, the start of the newest row {before.id}; "
            f'if that row is wrong, use kplan book correct FILE "{before.id}" PRICE --evidence ...'
        )
    if before.valid_to and before.valid_to <= new.valid_from:
        return Edit(tuple(rows), {}, new)
    ended = {newest: {"valid_to": new.valid_from.isoformat()}}
    return Edit(tuple(rows), ended, replace(new, valid_to=before.valid_to))


def correction(
    rows: Sequence[PriceRow], lower: Sequence[PriceRow], row_id: str, usd: Decimal, evidence: str, on: date
) -> Edit:
    """The right price for the days of a row that was wrong; the wrong one is kept as a record.

    lower   rows of the books below: one of them is corrected by a row over it
    on      the day on which the correction is recorded: what was known before keeps the wrong price
    Raises KplanError for an id that no row has, and for what would change nothing.
    """
    mine = [n for n, row in enumerate(rows) if row.id == row_id and row.ever_holds]
    wrong = rows[mine[0]] if mine else next((r for r in lower if r.id == row_id and r.ever_holds), None)
    if wrong is None:
        ids = [row.id for row in (*rows, *lower) if row.ever_holds]
        near = get_close_matches(row_id, ids, 1)
        hint = f'; did you mean "{near[0]}"?' if near else "; kplan book show --json names rows"
        raise KplanError(f'no row "{row_id}"{hint}')
    if wrong.usd == usd:
        raise KplanError(f"{row_id} says {plain(usd)} already")
    if mine and wrong.recorded_on and wrong.recorded_on >= on:
        raise KplanError(
            f"{row_id} was recorded on {wrong.recorded_on}; a correction is recorded on a later day than {on}"
            if wrong.recorded_on > on
            else f"{row_id} was recorded on {on} too, so nobody can have relied on it; change it in the file"
        )
    is_url = evidence.startswith(("https://", "http://"))
    new = replace(
        wrong,
        usd=usd,
        source="correction" if is_url else evidence,
        source_url=evidence if is_url else wrong.source_url,
        checked_on=on,
        recorded_on=on,
        note=f"corrects {plain(wrong.usd)} of {wrong.source or 'this book'}",
    )
    if mine:
        return Edit(tuple(rows), {mine[0]: {"status": CORRECTED}}, new)
    return Edit(tuple(rows), {}, new, outlived(lower, new, rows))


def outlived(lower: Sequence[PriceRow], new: PriceRow, rows: Sequence[PriceRow]) -> tuple[PriceRow, ...]:
    """Steps and windows of the lower books that a row for all sizes and hours replaces by lying over them."""
    if new.is_windowed or new.over_input_tokens:
        return ()
    own = {row.key for row in rows}
    return tuple(
        row
        for row in lower
        if row.ever_holds
        and (row.provider, row.model, row.meter, row.mode, row.region)
        == (new.provider, new.model, new.meter, new.mode, new.region)
        and row.key != new.key
        and row.key not in own
        and shares_days(row, new)
    )
