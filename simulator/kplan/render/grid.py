"""Columns fitted to a terminal's width: names fold, figures never do, and what is left out is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from kplan.render.columns import Column

NARROWEST_NAME = 18
"""Names fold below their length down to this before a column is dropped [columns]."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """How tightly a table is set."""

    gap: int
    folds_heads: bool

    def width(self, column: Column) -> int:
        """What the column and the gap before it take [columns]."""
        words = column.head.split() if self.folds_heads else [column.head]
        return self.gap + widest([*column.cells, *words])


SPACINGS = (Spacing(3, folds_heads=False), Spacing(2, folds_heads=False), Spacing(2, folds_heads=True))


def fitted(
    head: str, names: Sequence[str], columns: Sequence[Column], styles: Sequence[str], width: int
) -> tuple[Table, list[str]]:
    """The table, and the heads of the columns that the width has no room for.

    names    the first column, which folds where it must
    styles   a rich style for each row
    """
    kept, dropped = list(columns), []
    full = widest([head, *names])
    while (spacing := _spacing(kept, width - min(full, NARROWEST_NAME))) is None:
        least = max(kept, key=lambda column: column.dropped_at)
        if not least.dropped_at:
            spacing = SPACINGS[-1]
            break
        kept.remove(least)
        dropped.append(least.head)
    best = _spacing(kept, width - full) or spacing
    room = min(full, width - sum(map(best.width, kept)))
    return _table([head, *names], max(1, room), kept, best, styles), [head for head in dropped if head]


def widest(texts: Sequence[str]) -> int:
    """Cells that the longest text takes; a Chinese sign takes two."""
    return max(map(cell_len, texts), default=0)


def _spacing(columns: Sequence[Column], room: int) -> Spacing | None:
    """The widest setting in which the columns fit."""
    fits = (spacing for spacing in SPACINGS if sum(map(spacing.width, columns)) <= room)
    return next(fits, None)


def _table(
    names: Sequence[str], room: int, columns: Sequence[Column], spacing: Spacing, styles: Sequence[str]
) -> Table:
    """The first of the names is the head of their column; the gap stands left of each other column."""
    table = Table(
        box=None, pad_edge=False, padding=(0, 0, 0, spacing.gap), show_edge=False, header_style="bold"
    )
    table.add_column(Text(names[0]), width=room, overflow="fold", vertical="bottom")
    for column in columns:
        table.add_column(
            Text(column.head),
            width=spacing.width(column) - spacing.gap,
            justify="left" if column.is_text else "right",
            overflow="fold",
        )
    for number, (name, style) in enumerate(zip(names[1:], styles, strict=True)):
        table.add_row(Text(name), *(Text(column.cells[number]) for column in columns), style=style)
    return table
