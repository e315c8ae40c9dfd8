"""What is said of a table below it, in every text format."""

from __future__ import annotations

from kplan.render.sentences import rounding as rounded_sum
from kplan.render.tables.table import Table, cells


def rounding(table: Table) -> str:
    """Why the printed rows do not add up to the printed total, where they do not; else nothing."""
    total = table.total
    if total is None:
        return ""
    off = [
        field.head
        for place, field in table.shown
        if field.sums and rounded_sum("", cells(table, place, table.lines), field.cell(total[place]))
    ]
    return f"Rounded: {', '.join(off)}; unrounded they add up to the total." if off else ""
