"""Lints on dates: overlaps, gaps, what is overdue, and what outlives its model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from kplan.prices.findings import Finding, LintedBook, Placed
from kplan.prices.layers import clash, clashes


def overlap(book: LintedBook) -> Iterator[Finding]:
    """Two rows that would be in force at once."""
    for one, two in clashes([placed.row for placed in book.rows]):
        yield Finding(clash(book.rows[one].row, book.rows[two].row), (book.rows[two], book.rows[one]))


def gap(book: LintedBook) -> Iterator[Finding]:
    """Days between two dated rows on which neither holds."""
    by_key: dict[tuple[object, ...], list[Placed]] = defaultdict(list)
    for placed in book.holding():
        by_key[placed.row.key].append(placed)
    for rows in by_key.values():
        rows.sort(key=lambda placed: placed.row.valid_from or date.min)
        for one, two in pairwise(rows):
            end, start = one.row.valid_to, two.row.valid_from
            if end and start and end < start:
                what = f"{two.row.id}: nothing holds from {end} until then ({one.row.id} ends)"
                yield Finding(what, (two, one))


def stale(book: LintedBook) -> Iterator[Finding]:
    """Prices that nobody has checked for long."""
    if book.as_of and (age := (book.today - book.as_of).days) > book.stale_after_days:
        yield Finding(f"{book.name} describes {book.as_of}, {age} days ago")
    for placed in book.holding():
        row = placed.row
        if row.checked_on and (row.valid_to is None or book.today < row.valid_to):
            age = (book.today - row.checked_on).days
            if age > book.stale_after_days:
                yield Finding(f"{row.id} was checked on {row.checked_on}, {age} days ago", (placed,))


def overdue(book: LintedBook) -> Iterator[Finding]:
    """An announced price whose day has come."""
    for placed in book.rows:
        row = placed.row
        if row.status == "announced" and row.valid_from and row.valid_from <= book.today:
            what = f"{row.id} is announced for {row.valid_from}, which has passed; did it come?"
            yield Finding(f"{what} (status effective or cancelled)", (placed,))


def future(book: LintedBook) -> Iterator[Finding]:
    """A day on which nobody can have looked yet."""
    for placed in book.rows:
        row = placed.row
        for name, day in (("checked_on", row.checked_on), ("recorded_on", row.recorded_on)):
            if day and day > book.today:
                yield Finding(f"{row.id} has {name} {day}, which is still to come", (placed,))


def retired(book: LintedBook) -> Iterator[Finding]:
    """A model that no longer answers and whose prices go on: one finding a model."""
    for (provider, name), model in book.models.items():
        if model.retires_on is None or book.today < model.retires_on:
            continue
        held = [placed for placed in book.of_model(provider, name) if placed.row.holds_on(book.today)]
        if held:
            n = f"{len(held)} price{' is' if len(held) == 1 else 's are'} still in force"
            yield Finding(f"{model.ref} is retired since {model.retires_on}, {n}", tuple(held))
