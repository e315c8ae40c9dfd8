"""What changes from one set of prices to another: per model and meter, old, new, and in force when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from kplan.money import exact, quotient
from kplan.prices.layers import in_force
from kplan.prices.rows import PriceRow

Key = tuple[object, ...]


class Change(Enum):
    """What becomes of a price."""

    CHANGED = "changed"
    ADDED = "added"
    """The old side never has a price for it."""
    REMOVED = "removed"
    """The new side never has one."""
    DATES = "dates"
    """Both sides have one, on these days only one of them."""


class PriceChange(Struct, frozen=True):
    """Days on which a price of one model, meter, size of request, mode, region and window differs."""

    change: Change
    old: PriceRow | None
    new: PriceRow | None
    starts_on: date | None
    """First day; None: since ever."""
    ends_on: date | None
    """First day on which it is over; None: until further notice."""

    @property
    def row(self) -> PriceRow:
        """The row that it is about: the new one, or the old one that is gone."""
        row = self.new or self.old
        assert row is not None
        return row

    @property
    def part(self) -> Decimal | None:
        """By which part of the old price the new one is higher [1]; none without two, or from 0."""
        if self.old is None or self.new is None or not self.old.usd:
            return None
        if self.old.currency != self.new.currency:
            return None
        with exact():
            old, new = self.old.usd * self.new.per, self.new.usd * self.old.per
            return quotient(new - old, old)


class PriceDiff(Struct, frozen=True):
    """What turns the old rows into the new ones, and what that does to prices."""

    left: tuple[PriceRow, ...]
    """Rows of the old side alone."""
    came: tuple[PriceRow, ...]
    """Rows of the new side alone."""
    changes: tuple[PriceChange, ...]
    """Sorted by model, meter and day."""

    @property
    def untold(self) -> tuple[PriceRow, ...]:
        """Rows that came and change no price: another source, status or note."""
        told = {change.new for change in self.changes}
        return tuple(row for row in self.came if row not in told)


def apply(diff: PriceDiff, old: Iterable[PriceRow]) -> set[PriceRow]:
    """The new rows, from the old ones."""
    return (set(old) - set(diff.left)) | set(diff.came)


def compare(old: Iterable[PriceRow], new: Iterable[PriceRow]) -> PriceDiff:
    """Two books, each as the rows of its models, layered; each key of a side has one price a day at most."""
    before, after = tuple(old), tuple(new)
    return PriceDiff(
        _sorted(set(before) - set(after)),
        _sorted(set(after) - set(before)),
        _changes(_spans(before), _spans(after)),
    )


def compare_days(old: Iterable[PriceRow], old_on: date, new: Iterable[PriceRow], new_on: date) -> PriceDiff:
    """The prices of one day against those of another (or of another book), whatever came in between."""
    before = [row for row in in_force(old) if row.holds_on(old_on)]
    after = [row for row in in_force(new) if row.holds_on(new_on)]
    changes = _changes(_whole_spans(before), _whole_spans(after))
    return PriceDiff(
        _sorted(set(before) - set(after)), _sorted(set(after) - set(before)), tuple(map(_dated, changes))
    )


class _Span(Struct, frozen=True):
    row: PriceRow
    starts_on: date
    ends_on: date


def _spans(rows: Iterable[PriceRow]) -> Mapping[Key, list[_Span]]:
    found: dict[Key, list[_Span]] = defaultdict(list)
    for row in in_force(rows):
        found[row.key].append(_Span(row, row.valid_from or date.min, row.valid_to or date.max))
    return found


def _whole_spans(rows: Iterable[PriceRow]) -> Mapping[Key, list[_Span]]:
    """The rows as if they held always: days are not compared."""
    return {row.key: [_Span(row, date.min, date.max)] for row in rows}


def _changes(old: Mapping[Key, list[_Span]], new: Mapping[Key, list[_Span]]) -> tuple[PriceChange, ...]:
    found = [
        change
        for key in dict.fromkeys([*old, *new])
        for change in _of_key(old.get(key, []), new.get(key, []))
    ]
    return tuple(sorted(found, key=lambda c: (*_order(c.row), c.starts_on or date.min)))


def _of_key(old: Sequence[_Span], new: Sequence[_Span]) -> Iterator[PriceChange]:
    """The changes of one key: between two days on which a row begins or ends all stays as it is."""
    cuts = sorted({day for span in (*old, *new) for day in (span.starts_on, span.ends_on)})
    for start, end in pairwise(cuts):
        before, after = _held(old, start), _held(new, start)
        if change := _kind(before, after, bool(old), bool(new)):
            first, last = (None if day in (date.min, date.max) else day for day in (start, end))
            yield PriceChange(change, before, after, first, last)


def _held(spans: Sequence[_Span], day: date) -> PriceRow | None:
    return next((span.row for span in spans if span.starts_on <= day < span.ends_on), None)


def _kind(old: PriceRow | None, new: PriceRow | None, was_there: bool, is_there: bool) -> Change | None:
    if old is not None and new is not None:
        return None if _is_same(old, new) else Change.CHANGED
    if old is None and new is None:
        return None
    if not was_there:
        return Change.ADDED
    return Change.DATES if is_there else Change.REMOVED


def _is_same(old: PriceRow, new: PriceRow) -> bool:
    with exact():
        amounts = old.usd * new.per, new.usd * old.per
    return amounts[0] == amounts[1] and (old.currency, old.tier_scope) == (new.currency, new.tier_scope)


def _dated(change: PriceChange) -> PriceChange:
    """The change of two days with the days on which what it leads to holds."""
    if change.new is not None:
        return replace(change, starts_on=change.new.valid_from, ends_on=change.new.valid_to)
    assert change.old is not None
    return replace(change, starts_on=change.old.valid_to)


def _sorted(rows: Iterable[PriceRow]) -> tuple[PriceRow, ...]:
    return tuple(sorted(rows, key=lambda row: (*_order(row), row.valid_from or date.min, repr(row))))


def _order(row: PriceRow) -> tuple[object, ...]:
    return (
        row.provider,
        row.model,
        row.meter,
        row.mode,
        row.region,
        row.over_input_tokens,
        row.weekdays,
        row.hours,
        row.tz,
    )
