"""Books on top of each other: overlaps within one, replacement between two, and what was known when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from kplan.errors import Problem
from kplan.prices.rows import CANCELLED, CORRECTED, PriceRow


def overlaps(rows: Iterable[PriceRow]) -> list[Problem]:
    """A problem for each two rows that would be in force at once, naming both."""
    rows = tuple(rows)
    return [Problem(clash(rows[one], rows[two])) for one, two in clashes(rows)]


def clashes(rows: Sequence[PriceRow]) -> list[tuple[int, int]]:
    """The places of two rows that would be in force at once, for each row that meets an earlier one once."""
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for n, row in enumerate(rows):
        if row.status != CORRECTED:
            groups[(*row.group, row.status == CANCELLED, row.is_windowed)].append(n)
    pairs = [pair for group in groups.values() if len(group) > 1 for pair in _clashes(rows, group)]
    return sorted((min(pair), max(pair)) for pair in pairs)


def _clashes(rows: Sequence[PriceRow], group: list[int]) -> Iterator[tuple[int, int]]:
    """The same of one group; rows for all hours need only be held against the one that ends last."""
    ordered = sorted(group, key=lambda n: rows[n].valid_from or date.min)
    if rows[group[0]].is_windowed:
        for at, n in enumerate(ordered):
            earlier = (m for m in ordered[:at] if shares_days(rows[m], rows[n]))
            if (met := next((m for m in earlier if _shares_hours(rows[m], rows[n])), None)) is not None:
                yield met, n
        return
    last = ordered[0]
    for n in ordered[1:]:
        if shares_days(rows[last], rows[n]):
            yield last, n
        last = max(last, n, key=lambda each: rows[each].valid_to or date.max)


def clash(one: PriceRow, two: PriceRow) -> str:
    """What to say of two rows that would be in force at once."""
    return f"two prices at once: {one.id} ({_dates(one)}) and {two.id} ({_dates(two)}); end one of them"


def overlay(lower: Sequence[PriceRow], upper: Sequence[PriceRow]) -> list[PriceRow]:
    """The upper rows, and of the lower ones what lies outside the dates of upper rows that replace them.

    A plain upper row, for all hours and sizes of request, is the whole price of its meter, mode and region:
    lower steps and windows do not outlive it. A row of some hours, of a step, or a cancellation replaces
    what has its very key. What ends at a cancelled row goes on to the next price, in both books.
    """
    live, gone = _parted(upper)
    lower_live, lower_gone = _parted(lower)
    kept = _reopened(_without(lower_live, gone), gone)
    live = _reopened(live, gone)
    records = [row for row in (*lower, *upper) if row.status == CORRECTED]
    return [*_without(kept, live), *live, *_without(lower_gone, gone), *gone, *records]


def known_by(rows: Sequence[PriceRow], day: date | None) -> Sequence[PriceRow]:
    """The rows of one book that were recorded by a day, if one is given.

    A price that ended only because of a row recorded later goes on, and one that was corrected later holds.
    """
    if day is None:
        return rows
    later = [row for row in rows if row.recorded_on and row.recorded_on > day]
    known = [row for row in rows if not row.recorded_on or row.recorded_on <= day]
    return _reopened([_as_then(row, known) for row in known], later)


def _as_then(row: PriceRow, known: Sequence[PriceRow]) -> PriceRow:
    """A corrected row holds as long as nothing is known that was recorded after it for its days."""
    if row.status != CORRECTED or any(_corrects(other, row) for other in known):
        return row
    return replace(row, status="effective")


def _corrects(new: PriceRow, old: PriceRow) -> bool:
    is_later = new.recorded_on is not None and new.recorded_on > (old.recorded_on or date.min)
    return is_later and new.key == old.key and shares_days(new, old)


def in_force(rows: Iterable[PriceRow]) -> tuple[PriceRow, ...]:
    """Of layered rows, those that ever hold: cancelled and corrected ones never do."""
    return tuple(row for row in rows if row.ever_holds)


def shares_days(one: PriceRow, two: PriceRow) -> bool:
    """Whether there is a day on which both would hold."""
    return (one.valid_from or date.min) < (two.valid_to or date.max) and (two.valid_from or date.min) < (
        one.valid_to or date.max
    )


def _parted(rows: Sequence[PriceRow]) -> tuple[list[PriceRow], list[PriceRow]]:
    """The rows that ever hold, and the cancelled ones."""
    return [row for row in rows if row.ever_holds], [row for row in rows if row.status == CANCELLED]


def _without(rows: list[PriceRow], others: Iterable[PriceRow]) -> list[PriceRow]:
    """What is left of the rows outside the dates of others that replace them."""
    for other in others:
        rows = [piece for row in rows for piece in _outside(row, other)]
    return rows


def _reopened(rows: list[PriceRow], gone: Sequence[PriceRow]) -> list[PriceRow]:
    """The rows, each carried on through rows of its key that are gone, up to the next one that holds."""
    by_key: dict[tuple[object, ...], list[PriceRow]] = defaultdict(list)
    for row in gone:
        by_key[row.key].append(row)
    return [_carried_on(row, by_key[row.key], rows) if row.key in by_key else row for row in rows]


def _carried_on(row: PriceRow, gone: list[PriceRow], rows: list[PriceRow]) -> PriceRow:
    end = row.valid_to
    for next_row in sorted(gone, key=lambda r: r.valid_from or date.min):
        if end is not None and next_row.valid_from == end:
            end = next_row.valid_to
    later = [
        other.valid_from
        for other in rows
        if other.valid_from
        and other.valid_from >= (row.valid_to or date.max)
        and other.group == row.group
        and _shares_hours(other, row)
    ]
    end = min([end, *later], key=lambda day: day or date.max) if later else end
    return row if end == row.valid_to else replace(row, valid_to=end)


def _outside(old: PriceRow, new: PriceRow) -> list[PriceRow]:
    """The old row without the new one's dates: 0, 1 or 2 pieces."""
    if not _replaces(new, old) or not shares_days(old, new):
        return [old]
    pieces = []
    if new.valid_from and (old.valid_from is None or old.valid_from < new.valid_from):
        pieces.append(replace(old, valid_to=new.valid_from))
    if new.valid_to and (old.valid_to is None or new.valid_to < old.valid_to):
        pieces.append(replace(old, valid_from=new.valid_to))
    return pieces


def _replaces(new: PriceRow, old: PriceRow) -> bool:
    if new.is_windowed or new.over_input_tokens or new.status == CANCELLED:
        return new.key == old.key
    return _whole(new) == _whole(old)


def _whole(row: PriceRow) -> tuple[str, ...]:
    return (row.provider, row.model, row.meter, row.mode, row.region)


def _shares_hours(one: PriceRow, two: PriceRow) -> bool:
    """Whether they fight for an hour; a row without windows gives way to one with."""
    if one.is_windowed != two.is_windowed:
        return False
    return not one.is_windowed or one.windows.meets(two.windows)


def _dates(row: PriceRow) -> str:
    return f"{row.valid_from or ''}..{row.valid_to or ''}"
