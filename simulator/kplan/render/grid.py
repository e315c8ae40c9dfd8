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


WIDE_GAP, GAP = 3, 2
"""Blanks between columns, and where the room is short."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How wide each column is, and the gap left of it."""

    gap: int
    widths: tuple[int, ...]

    @property
    def total(self) -> int:
        """All that the columns take [columns of the terminal]."""
        return sum(self.widths) + self.gap * len(self.widths)


def fitted(
    head: str, names: Sequence[str], columns: Sequence[Column], styles: Sequence[str], width: int
) -> tuple[Table, list[str]]:
    """The table, and the heads of the columns that the width has no room for.

    names    the first column, which folds where it must
    styles   a rich style for each row
    """
    kept, dropped = list(columns), []
    full = widest([head, *names])
    while (setting := _setting(kept, width - min(full, NARROWEST_NAME))) is None:
        least = max(kept, key=lambda column: column.dropped_at)
        if not least.dropped_at:
            setting = Setting(GAP, tuple(map(_narrowest, kept)))
            break
        kept.remove(least)
        dropped.append(least.head)
    setting = _setting(kept, width - full) or setting
    room = max(1, min(full, width - setting.total))
    return _table([head, *names], room, kept, setting, styles), [head for head in dropped if head]


def widest(texts: Sequence[str]) -> int:
    """Cells that the longest text takes; a Chinese sign takes two."""
    return max(map(cell_len, texts), default=0)


def _setting(columns: Sequence[Column], room: int) -> Setting | None:
    """The widest setting that fits; heads wrap between words where they must, the longest first."""
    widths = [widest([*column.cells, column.head]) for column in columns]
    for gap in (WIDE_GAP, GAP):
        if (setting := Setting(gap, tuple(widths))).total <= room:
            return setting
    spare = {number: widths[number] - _narrowest(column) for number, column in enumerate(columns)}
    for number in sorted(spare, key=lambda number: -spare[number]):
        widths[number] -= spare[number]
        if (setting := Setting(GAP, tuple(widths))).total <= room:
            return setting
    return None


def _narrowest(column: Column) -> int:
    """Figures are never folded, heads only between words."""
    return widest([*column.cells, *column.head.split()])


def _table(
    names: Sequence[str], room: int, columns: Sequence[Column], setting: Setting, styles: Sequence[str]
) -> Table:
    """The first of the names is the head of their column; the gap stands left of each other column."""
    table = Table(
        box=None, pad_edge=False, padding=(0, 0, 0, setting.gap), show_edge=False, header_style="bold"
    )
    table.add_column(Text(names[0]), width=room, overflow="fold", vertical="bottom")
    for column, wide in zip(columns, setting.widths, strict=True):
        table.add_column(
            Text(column.head),
            width=wide,
            justify="left" if column.is_text else "right",
            overflow="fold",
        )
    for number, (name, style) in enumerate(zip(names[1:], styles, strict=True)):
        table.add_row(Text(name), *(Text(column.cells[number]) for column in columns), style=style)
    return table
