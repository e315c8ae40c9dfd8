"""A book of dated prices: which row of which layer is in force when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from functools import reduce
from pathlib import Path
from typing import Protocol

from kplan.errors import KplanError
from kplan.places import folder
from kplan.prices.embedded import load_embedded
from kplan.prices.history import History
from kplan.prices.layers import known_by, overlaps, overlay
from kplan.prices.memory import memory_layer
from kplan.prices.models import ModelRow
from kplan.prices.names import Makers, Named, find, load_makers, unknown
from kplan.prices.rates import Rates
from kplan.prices.rows import PriceRow
from kplan.prices.term_checks import term_problems
from kplan.prices.terms import NO_TERMS, Terms
from kplan.prices.windows import HourProfile, Windows


class Layer(Named, Protocol):
    """One book among those that are layered."""

    @property
    def name(self) -> str:
        """What the layer is called in outputs."""

    @property
    def sha256(self) -> str:
        """The hash of its content."""

    @property
    def as_of(self) -> date | None:
        """The day it describes, if it says so."""

    def rows(self, provider: str, model: str) -> tuple[PriceRow, ...]:
        """The rows of one model."""


class Book:
    """Layers of dated prices, the embedded snapshot lowest; never changes."""

    def __init__(self, layers: Sequence[Layer], makers: Makers, terms: Terms = NO_TERMS) -> None:
        self.layers = tuple(layers)
        self.terms = terms
        self._makers = makers
        self._histories: dict[tuple[str, date | None], History] = {}
        self._found: dict[str, ModelRow | KplanError] = {}

    @property
    def name(self) -> str:
        """The layers' names, lowest first."""
        return " + ".join(layer.name for layer in self.layers)

    @property
    def as_of(self) -> date | None:
        """The latest day that a layer says it describes."""
        return max((layer.as_of for layer in self.layers if layer.as_of), default=None)

    @property
    def sha256(self) -> str:
        """One hash for all layers, in their order, and their terms."""
        parts = [*(layer.sha256 for layer in self.layers), *([self.terms.text] if self.terms else [])]
        return parts[0] if len(parts) == 1 else hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def with_rows(self, name: str, rows: Iterable[PriceRow], models: Iterable[ModelRow] = ()) -> Book:
        """The book with one more layer on top; raises KplanError for rows that overlap."""
        return Book([*self.layers, memory_layer(name, rows, models)], self._makers, self.terms)

    def with_files(self, paths: Iterable[Path]) -> Book:
        """The book with those of the files on top, later over earlier; their terms apply to all prices.

        paths  YAML, CSV or xlsx files with the columns of a price book
        Raises KplanError with every problem of a file, for rows that overlap within one, and for terms that
        apply to no price or, of discounts, to the same one.
        """
        book = self
        for path in paths:
            from kplan.prices.files import read_book

            found = read_book(path)
            layer = memory_layer(path.name, found.rows, found.models)
            book = Book([*book.layers, layer], self._makers, book.terms.under(found.terms))
        if book.terms == self.terms:
            return book
        if problems := term_problems(book.terms, self.terms, book.ids(), book._listed):
            raise KplanError(problems)
        return book

    def find(self, ref: str) -> ModelRow:
        """The model that a name means: `provider/model`, or a bare id or alias of its maker.

        Raises KplanError for an unknown name (with the nearest one) and for an ambiguous one.
        """
        if ref not in self._found:
            self._found[ref] = self._lookup(ref)
        found = self._found[ref]
        if isinstance(found, KplanError):
            raise KplanError(found.problems)
        return found

    def ids(self, pattern: str | None = None) -> list[str]:
        """`provider/model` of every model, or of those that hold the text or fit the glob, in any case."""
        refs = [model.ref for model in self.models()]
        return [ref for ref in refs if _fits(ref.lower(), pattern.lower())] if pattern else refs

    def models(self) -> tuple[ModelRow, ...]:
        """Every model, sorted by provider and id, an upper layer's facts over a lower one's."""
        found: dict[str, ModelRow] = {}
        for model in (model for layer in self.layers for model in layer.models()):
            lower = found.get(model.ref)
            found[model.ref] = model.over(lower) if lower else model
        return tuple(found[ref] for ref in sorted(found))

    def rows(self, model: ModelRow, known_on: date | None = None) -> tuple[PriceRow, ...]:
        """All rows of a model: history, announced changes and cancelled ones, sorted.

        known_on   use only what was recorded by this day, in every layer
        """
        return self._history(model, known_on).rows

    def has_rows(self, model: ModelRow) -> bool:
        """Whether any layer has a price of the model."""
        was_read = (model.ref, None) in self._histories
        return was_read or any(layer.rows(model.provider, model.id) for layer in self.layers)

    def rates_at(
        self,
        model: ModelRow,
        instant: datetime,
        mode: str = "standard",
        region: str = "",
        *,
        known_on: date | None = None,
    ) -> Rates:
        """The rates of one call; an instant without an offset is UTC.

        Calls of one price period and of the same hours share one object. Raises KplanError for a mode or
        region without prices, and for a day without any.
        """
        utc = in_utc(instant)
        return self._history(model, known_on).period(utc.date(), mode).rates_at(utc, mode, region)

    def rates_on(
        self,
        model: ModelRow,
        day: date,
        mode: str = "standard",
        region: str = "",
        profile: HourProfile | None = None,
        *,
        known_on: date | None = None,
    ) -> Rates:
        """The rates of a day's calls, rows of some hours weighted by the profile (uniform unless given).

        Windows and profile are taken by their zones' clocks of the day.
        """
        period = self._history(model, known_on).period(day, mode)
        return period.rates_on(day, mode, region, profile or HourProfile.uniform())

    def changes(
        self,
        model: ModelRow,
        start: date,
        end: date,
        profile: HourProfile | None = None,
        *,
        known_on: date | None = None,
    ) -> tuple[date, ...]:
        """The days strictly between start and end on which a row of the model begins or ends.

        Where prices have hours, also the days on which their clocks change, or those of the profile.
        """
        return self._history(model, known_on).changes(start, end, profile)

    def turns(self, model: ModelRow) -> tuple[frozenset[date], frozenset[Windows]]:
        """What the price of a call depends on in time: the days on which a row begins or ends, and hours."""
        history = self._history(model, None)
        return frozenset(history.days), history.windows

    def checked_on(self, row: PriceRow) -> date | None:
        """When a row of the book was checked, else the day that its layer describes; None if neither says."""
        if row.checked_on:
            return row.checked_on
        for layer in reversed(self.layers):
            own = layer.rows(row.provider, row.model)
            if any((each.key, each.usd_per_unit) == (row.key, row.usd_per_unit) for each in own):
                return layer.as_of
        return None

    def alive(self, model: ModelRow, day: date) -> None:
        """Raise KplanError when the model is not yet released or already retired on the day."""
        if model.released_on and day < model.released_on:
            raise KplanError(f"{model.ref} is released on {model.released_on}, after {day}")
        if model.retires_on and model.retires_on <= day:
            after = (
                f"; its successor is {model.successor}" if model.successor else "; no successor is recorded"
            )
            raise KplanError(
                f"{model.ref} is retired since {model.retires_on}, on {day} it does not answer{after}"
            )

    def _lookup(self, ref: str) -> ModelRow | KplanError:
        """The model, or why there is none: the nearest name takes a while to find."""
        try:
            model = find(ref, self.layers, self._makers)
        except KplanError as e:
            return e
        same = [row for layer in self.layers if (row := layer.model(model.provider, model.id))]
        return reduce(lambda lower, upper: upper.over(lower), same)

    def _history(self, model: ModelRow, known_on: date | None) -> History:
        key = (model.ref, known_on)
        if key not in self._histories:
            rows = self.terms.known_by(known_on).applied(model.ref, self._merged(model, known_on))
            self._histories[key] = History(model, sorted(rows, key=_order))
        return self._histories[key]

    def _listed(self, ref: str) -> Sequence[PriceRow]:
        """The rows of a model as its books list them; none of one without a price."""
        model = self.find(ref)
        return self._merged(model, None) if self.has_rows(model) else ()

    def _merged(self, model: ModelRow, known_on: date | None) -> list[PriceRow]:
        found = [(layer.name, layer.rows(model.provider, model.id)) for layer in self.layers]
        parts = [(name, known_by(rows, known_on)) for name, rows in found if rows]
        if not parts:
            known = any(layer.model(model.provider, model.id) for layer in self.layers)
            raise KplanError(
                f"{model.ref} is in the book without any price; add a row of your own, usd 0 if it is free"
                if known
                else unknown(model.ref, self.layers, self._makers)
            )
        merged: list[PriceRow] = []
        for _, rows in parts:
            merged = overlay(merged, rows)
        if len(parts) > 1 and (problems := overlaps(merged)):
            names = " + ".join(name for name, _ in parts)
            raise KplanError(problem._replace(what=f"{names}: {problem.what}") for problem in problems)
        return merged


def in_utc(instant: datetime) -> datetime:
    """The instant in UTC; without a time zone it is UTC already."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def load_book(paths: Sequence[Path] = (), *, embedded: bool = True) -> Book:
    """The embedded snapshot with the given books layered over it, later over earlier.

    paths  YAML, CSV or xlsx files with the columns of a price book
    Raises KplanError with every problem of the files, and for rows that overlap within one of them.
    """
    pricing = folder("pricing")
    layers: list[Layer] = [load_embedded(pricing)] if embedded else []
    return Book(layers, load_makers(pricing)).with_files(paths)


def _fits(ref: str, pattern: str) -> bool:
    return fnmatchcase(ref, pattern) if any(c in pattern for c in "*?[") else pattern in ref


def _order(row: PriceRow) -> tuple[object, ...]:
    start = row.valid_from or date.min
    return (
        row.meter,
        row.mode,
        row.region,
        row.over_input_tokens,
        start,
        row.weekdays,
        row.hours,
        row.status,
    )
