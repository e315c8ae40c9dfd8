"""Tables of text cells that know their place: what every format of a price book is read into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from kplan.errors import Mark

ROWS, MODELS = "rows", "models"
TABLES = (ROWS, MODELS, "modifiers", "discounts", "currencies")


class Cell(Struct, frozen=True):
    """What stands at one place of a file; "" when it is empty."""

    text: str
    mark: Mark


class Record(Struct, frozen=True):
    """One line of a table: its cells by column, the column's name with its own place."""

    cells: Mapping[str, tuple[Mark, Cell]]
    mark: Mark


Tables = Mapping[str, Sequence[Record]]
