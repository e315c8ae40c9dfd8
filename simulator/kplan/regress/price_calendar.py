"""Price changes, deprecations and retirements by day: of the whole book, or of what scenarios use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from kplan.engine.moves import moves
from kplan.engine.plan import Plan
from kplan.engine.results import Results
from kplan.prices.book import Book
from kplan.prices.diff import PriceChange, compare_days
from kplan.prices.models import ModelRow

PRICE, DEPRECATION, RETIREMENT = "price", "deprecation", "retirement"


class Touch(Struct, frozen=True):
    """A design that a day touches."""

    scenario: str
    design: str
    month: str = ""
    """The month that `usd_per_month` is for; empty where nothing moves, as when prices are held."""
    usd_per_month: Decimal | None = None
    """What that month costs more at the new prices [USD]; none for the end of a model."""
    commitments: tuple[str, ...] = ()
    """Contracts whose commitment over the whole plan is not in it."""


class Entry(Struct, frozen=True):
    """What happens to a model on a day."""

    on: date
    kind: str
    """`price`, `deprecation` or `retirement`."""
    model: str
    texts: tuple[str, ...] = ()
    """In words, where scenarios tell it."""
    changes: tuple[PriceChange, ...] = ()
    """Price by price, where the book tells it."""
    touches: tuple[Touch, ...] = ()
    successor: str = ""


def of_book(book: Book, start: date, end: date) -> tuple[Entry, ...]:
    """What the book knows of the days from `start` until before `end`; a new model is no change."""
    found: list[Entry] = []
    for model in book.models():
        found += _lives(model, start, end)
        if book.has_rows(model):
            found += _price_days(book, model, start, end)
    return tuple(sorted(found, key=_order))


def _lives(model: ModelRow, start: date, end: date) -> Iterator[Entry]:
    for kind, on in ((DEPRECATION, model.deprecated_on), (RETIREMENT, model.retires_on)):
        if on is not None and start <= on < end:
            yield Entry(on, kind, model.ref, successor=model.successor)


def _price_days(book: Book, model: ModelRow, start: date, end: date) -> Iterator[Entry]:
    rows = book.rows(model)
    held = [row for row in rows if row.ever_holds]
    for day in sorted({day for row in held for day in (row.valid_from, row.valid_to) if day}):
        before = day - timedelta(days=1)
        if not start <= day < end or not any(row.holds_on(before) for row in held):
            continue
        if changes := compare_days(rows, before, rows, day).changes:
            yield Entry(day, PRICE, model.ref, changes=changes)


def of_scenarios(runs: Mapping[str, Results]) -> tuple[Entry, ...]:
    """What happens within the scenarios' own horizons to the models that their written designs use."""
    found: dict[tuple[date, str, str], Entry] = {}
    for scenario, results in runs.items():
        for entry in _of_results(scenario, results):
            key = (entry.on, entry.kind, entry.model)
            known = found.get(key)
            found[key] = _joined(known, entry) if known else entry
    return tuple(sorted(found.values(), key=_order))


def within(entries: Iterable[Entry], start: date, end: date) -> tuple[Entry, ...]:
    """The entries from `start` until before `end`."""
    return tuple(entry for entry in entries if start <= entry.on < end)


def _of_results(scenario: str, results: Results) -> Iterator[Entry]:
    moved = {
        (move.on, move.model, move.design): Touch(
            scenario, move.design, move.month, move.usd_per_month, move.commitments
        )
        for plan in results.plans
        for move in moves(plan)
    }
    heirs = {model.ref: model.successor for plan in results.plans for model in plan.models.values()}
    written = {design.id for design in results.designs if not design.added}
    for event in results.events:
        names = [
            id_
            for plan in results.plans
            for id_ in _named(plan, event.designs.__contains__)
            if id_ in written
        ]
        touches = [moved.get((event.on, event.model, id_), Touch(scenario, id_)) for id_ in names]
        if touches:
            text = event.text.removeprefix(f"{event.on} ")
            heir = "" if event.kind == PRICE else heirs.get(event.model, "")
            yield Entry(event.on, event.kind, event.model, (text,), touches=tuple(touches), successor=heir)


def _named(plan: Plan, is_meant: Callable[[str], bool]) -> list[str]:
    return [plan.name_of(design.id) for design in plan.designs if is_meant(design.id)]


def _joined(one: Entry, two: Entry) -> Entry:
    """Two entries of the same day, kind and model as one, nothing told twice."""
    return replace(
        one,
        texts=tuple(dict.fromkeys((*one.texts, *two.texts))),
        touches=tuple(dict.fromkeys((*one.touches, *two.touches))),
    )


def _order(entry: Entry) -> tuple[date, str, str]:
    return (entry.on, entry.model, entry.kind)
