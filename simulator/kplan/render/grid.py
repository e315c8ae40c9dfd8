"""Columns fitted to a terminal's width: names fold, figures never do, and what is left out is named."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from kplan.money import rounded
from kplan.render.columns import Column

NARROWEST_NAME = 18
"""Names fold below their length down to this before a column is dropped [columns]."""


WIDE_GAP, GAP = 3, 2
"""Blanks between columns, and where the room is short."""


SHORTEST_BAR, LONGEST_BAR = 6, 30
"""Bars are drawn where there is room for the shortest, and the longest of them is no longer [columns]."""
MAIN_BAR, OTHER_BAR, STAGE_BAR = "green", "dim", "cyan"
"""Styles: the design that the verdict is about, other designs, and parts of one design."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"


class Bars(Struct, frozen=True):
    """Amounts that are drawn beside a table's rows, on one scale that starts at 0."""

    amounts: tuple[Decimal, ...]
    """Those of 0 or below have no bar."""
    styles: tuple[str, ...]
    """A rich style for each."""

    def drawn(self, length: int) -> tuple[str, ...]:
        """Each to an eighth of a column; a little is never nothing.

        length   of the largest [columns]
        """
        most = max(self.amounts, default=Decimal(0))
        eighths = [
            max(1, int(rounded(amount * 8 * length / most, 0))) if amount > 0 else 0
            for amount in self.amounts
        ]
        return tuple(("█" * (n // 8) + _EIGHTHS[n % 8]).rstrip() for n in eighths)


NO_BARS = Bars((), ())


class Setting(Struct, frozen=True):
    """How wide each column is, and the gap left of it."""

    gap: int
    widths: tuple[int, ...]

    @property
    def total(self) -> int:
        """All that the columns take [columns of the terminal]."""
        return sum(self.widths) + self.gap * len(self.widths)


def fitted(
    head: str,
    names: Sequence[str],
    columns: Sequence[Column],
    styles: Sequence[str],
    width: int,
    bars: Bars = NO_BARS,
) -> tuple[Table, list[str]]:
    """The table, and the heads of the columns that the width has no room for.

    names    the first column, which folds where it must
    styles   a rich style for each row
    bars     stand at the right where there is room for them; gaps and heads are narrowed for that, but no
             column is dropped
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
    has_bars = any(amount > 0 for amount in bars.amounts)
    beside = _setting(kept, width - full - SHORTEST_BAR - GAP) if has_bars else None
    setting = beside or _setting(kept, width - full) or setting
    room = max(1, min(full, width - setting.total))
    rows = [
        [Text(name), *(Text(column.cells[number]) for column in kept)] for number, name in enumerate(names)
    ]
    table = _table(Text(head), room, kept, setting)
    if beside:
        left = min(LONGEST_BAR, width - room - setting.total - setting.gap)
        table.add_column("", width=left, no_wrap=True)
        for row, bar, style in zip(rows, bars.drawn(left), bars.styles, strict=True):
            row.append(Text(bar, style))
    for row, style in zip(rows, styles, strict=True):
        table.add_row(*row, style=style)
    return table, [head for head in dropped if head]


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


def _table(head: Text, room: int, columns: Sequence[Column], setting: Setting) -> Table:
    """Without rows yet: the column of names, and the others, each with the gap left of it."""
    table = Table(
        box=None, pad_edge=False, padding=(0, 0, 0, setting.gap), show_edge=False, header_style="bold"
    )
    table.add_column(head, width=room, overflow="fold", vertical="bottom")
    for column, wide in zip(columns, setting.widths, strict=True):
        table.add_column(
            Text(column.head),
            width=wide,
            justify="left" if column.is_text else "right",
            overflow="fold",
        )
    return table
