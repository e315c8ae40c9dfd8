"""Aligned columns of plain text, for lists on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kplan.money import plain
from kplan.prices.meters import PER_HOUR, PER_MILLION, PER_THOUSAND, PER_UNIT
from kplan.prices.rows import PriceRow

_PER = {PER_UNIT: "", PER_THOUSAND: "/k", PER_HOUR: "/h", PER_MILLION: "/M"}


def aligned(header: Sequence[str], lines: Iterable[Sequence[str]], right: Iterable[str] = ()) -> list[str]:
    """Lines of columns two blanks apart, empty columns left out; `right` names those that end together."""
    table = [list(header), *map(list, lines)]
    shown = [n for n, _ in enumerate(header) if any(line[n] for line in table[1:])]
    widths = {n: max(len(line[n]) for line in table) for n in shown}
    ends = {n for n in shown if header[n] in set(right)}
    return [
        "  ".join(line[n].rjust(widths[n]) if n in ends else line[n].ljust(widths[n]) for n in shown).rstrip()
        for line in table
    ]


def price(row: PriceRow) -> str:
    """A price as its vendor writes it: `0.1/M`, `10/k`, `4.8/h`."""
    return plain(row.usd) + _PER[row.per]


def tokens(count: int | None) -> str:
    """A limit, or that it is unknown."""
    return "unknown" if count is None else f"{count:,}"
