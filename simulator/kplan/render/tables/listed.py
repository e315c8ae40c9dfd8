"""How the lists of a result become tables: which value of a record stands in which column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from kplan.regress.runs import RunDesign
from kplan.regress.saved import Saved
from kplan.render.format import plain_text
from kplan.render.tables.records import Record, Records, at
from kplan.render.tables.table import Field, Row, Table, Value


class Cell(Struct, frozen=True):
    """A field, and where its value stands in a record: `saving.usd`."""

    field: Field
    path: str
    is_number: bool = False

    def value(self, record: Record) -> Value:
        """What stands there; nothing where there is nothing."""
        found = at(record, self.path)
        if isinstance(found, list):
            return ", ".join(map(str, found))
        if found is None or isinstance(found, bool):
            return found
        if not self.is_number:
            return str(found)
        try:
            return Decimal(str(found))
        except InvalidOperation:
            return str(found)


def text(name: str, head: str = "", path: str = "", dropped_at: int = 0) -> Cell:
    """A column of words, at the path of its name unless said; without a head it is for machines alone."""
    return Cell(Field(name, head, _said, dropped_at, is_text=True), path or name)


def number(name: str, head: str, say: Callable[[Decimal], str], path: str = "", dropped_at: int = 0) -> Cell:
    """A column of figures, printed by `say`."""

    def said(value: Value) -> str:
        return say(value) if isinstance(value, Decimal) else _said(value)

    return Cell(Field(name, head, said, dropped_at), path or name, is_number=True)


class Listing(Struct, frozen=True):
    """Records of a document, and what is told of each."""

    title: str
    records: Records
    cells: tuple[Cell, ...]


def listed(
    saved: Saved, name: str, listing: Listing, designs: Sequence[RunDesign], top: int | None = None
) -> list[Table]:
    """The table as one of a list, of these designs where it is about designs; none without rows.

    top   so many rows are kept; how many are not is said
    """
    wanted = {design.id for design in designs}
    rows: list[Row] = [
        tuple(cell.value(record) for cell in listing.cells)
        for record in listing.records(dict(saved.document))
        if record.get("design_id") is None or record["design_id"] in wanted
    ]
    if not rows:
        return []
    more = len(rows) - len(rows[:top])
    notes = (f"{more:,} more; without --top all of them",) if more else ()
    fields = tuple(cell.field for cell in listing.cells)
    return [Table(name, listing.title, fields, tuple(rows[:top]), notes=notes)]


def _said(value: object) -> str:
    return plain_text(str(value))
