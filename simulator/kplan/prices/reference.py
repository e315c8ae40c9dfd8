"""Prices that another price is held against: the same one in a book, or those of like models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from statistics import median_low

from kplan.prices.book import Book
from kplan.prices.layers import in_force
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow

LEAST_MODELS = 3
"""Like models from which on there is a middle price."""
_FAMILY = re.compile(r"(?:.*/)?[A-Za-z]+")


class BookReference:
    """A book that prices are held against."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._models = {(model.provider, model.id): model for model in book.models()}
        self._aliases = {(each.provider, name): each for each in book.models() for name in each.aliases}
        self._middle = cache(self._middle_of)

    def model(self, provider: str, name: str) -> ModelRow | None:
        """What the book knows of a model."""
        return self._models.get((provider, name))

    def rows(self, provider: str, name: str) -> tuple[PriceRow, ...]:
        """The rows of a model that ever hold; none of one that the book does not know."""
        model = self.model(provider, name)
        return in_force(self._book.rows(model)) if model and self._book.has_rows(model) else ()

    def other_name(self, provider: str, name: str) -> ModelRow | None:
        """The model that has the name as an alias; none where the name is an id, or unknown."""
        return None if (provider, name) in self._models else self._aliases.get((provider, name))

    def price_of(self, row: PriceRow, on: date) -> PriceRow | None:
        """The row of the very same key in force on the day."""
        return next(
            (
                other
                for other in self.rows(row.provider, row.model)
                if other.key == row.key and other.holds_on(on)
            ),
            None,
        )

    def usual(self, row: PriceRow) -> PriceRow | None:
        """The middle price of the meter among the provider's models of a like name; none of a few."""
        family = _FAMILY.match(row.model)
        return self._middle(row.provider, family[0], row.meter) if family else None

    def _middle_of(self, provider: str, family: str, meter: str) -> PriceRow | None:
        rows = [
            row
            for name in self._like(provider, family)
            for row in self.rows(provider, name)
            if _is_usual(row, meter)
        ]
        if len({row.model for row in rows}) < LEAST_MODELS:
            return None
        middle = median_low(row.usd_per_unit for row in rows)
        return next(row for row in rows if row.usd_per_unit == middle)

    def _like(self, provider: str, family: str) -> Iterator[str]:
        return (name for owner, name in self._models if owner == provider and name.startswith(family))


def _is_usual(row: PriceRow, meter: str) -> bool:
    return row.meter == meter and row.mode == "standard" and not row.over_input_tokens and bool(row.usd)
