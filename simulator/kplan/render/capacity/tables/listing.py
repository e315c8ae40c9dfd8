"""How records of a study become a table: beside the name of each column stands what is read off a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from math import isfinite
from typing import Generic, TypeVar

from msgspec import Struct

from kplan.capacity.study import DesignStudy, Study
from kplan.engine.montecarlo.numbers import decimal
from kplan.render.format import plain_text
from kplan.render.tables.table import Field, Row, Table, Value

R = TypeVar("R")
Column = tuple[Field, Callable[[R], Value]]


class OfDesign(Struct, frozen=True):
    """A record that is about a design."""

    each: DesignStudy


class Listing(Struct, Generic[R], frozen=True):
    """Records, and what is told of each."""

    title: str
    records: Callable[[Study], Iterable[R]]
    columns: tuple[Column[R], ...]

    def table(self, name: str, study: Study, only: DesignStudy | None = None) -> Table:
        """The table as one of its name, with a row a record; of one design where it is said."""
        records = self.records(study)
        kept = (found for found in records if only is None or getattr(found, "each", only) is only)
        rows = tuple(map(self._row, kept))
        return Table(name, self.title, tuple(field for field, _ in self.columns), rows)

    def _row(self, record: R) -> Row:
        return tuple(read(record) for _, read in self.columns)


def text(name: str, read: Callable[[R], object], head: str = "", dropped_at: int = 0) -> Column[R]:
    """A column of words; without a head it is for machines alone. What is empty, or none, is nothing."""

    def said(record: R) -> Value:
        found = read(record)
        return str(found) if found not in (None, "") else None

    return Field(name, head, lambda value: plain_text(str(value)), dropped_at, is_text=True), said


def flag(name: str, read: Callable[[R], bool]) -> Column[R]:
    """A column of yes and no, for machines."""
    return Field(name, is_text=True), read


def number(
    name: str,
    read: Callable[[R], float | None],
    head: str = "",
    say: Callable[[Decimal], str] = str,
    dropped_at: int = 0,
) -> Column[R]:
    """A column of figures with all their digits; its name ends in their unit, and `say` prints them."""

    def exact(record: R) -> Value:
        found = read(record)
        return None if found is None else digits(found)

    return Field(name, head, lambda value: say(decimal(value)), dropped_at), exact


def amount(
    name: str,
    read: Callable[[R], Decimal | None],
    head: str = "",
    say: Callable[[Decimal], str] = str,
    dropped_at: int = 0,
) -> Column[R]:
    """A column of exact amounts."""
    return Field(name, head, say, dropped_at), read


def digits(value: float) -> Decimal | None:
    """All digits of a figure; nothing for what is no number, or has no end."""
    return Decimal(repr(float(value))) if isfinite(value) else None


def shown(each: DesignStudy) -> str:
    """The id, marked `+` where kplan added the design."""
    return f"+ {each.design.id}" if each.design.added else each.design.id


DESIGN_HEAD = "design"
DESIGN: tuple[Column[OfDesign], ...] = (
    text("design", lambda record: record.each.design.design),
    text("variant", lambda record: record.each.design.variant),
    text("", lambda record: shown(record.each), DESIGN_HEAD),
)
"""The design that a record is about: machines have both names apart, people read them as one."""
