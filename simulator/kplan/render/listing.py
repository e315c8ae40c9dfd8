"""A list with a head, and its three text formats: aligned columns, Markdown and CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from msgspec import Struct

from kplan.render.format import csv_text, markdown_text, plain_text


class Listing(Struct, frozen=True):
    """Lines of cells under a head, with sentences above and below."""

    head: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    right: tuple[str, ...] = ()
    """Columns of figures: they end together, and no spreadsheet takes them for formulas."""
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


def aligned(head: Sequence[str], lines: Iterable[Sequence[str]], right: Iterable[str] = ()) -> list[str]:
    """Lines of columns two blanks apart, empty columns left out; `right` names those that end together."""
    table = [list(head), *map(list, lines)]
    shown = [n for n, _ in enumerate(head) if any(line[n] for line in table[1:])]
    widths = {n: max(len(line[n]) for line in table) for n in shown}
    ends = {n for n in shown if head[n] in set(right)}
    return [
        "  ".join(line[n].rjust(widths[n]) if n in ends else line[n].ljust(widths[n]) for n in shown).rstrip()
        for line in table
    ]


def as_table(listing: Listing) -> bytes:
    """For a terminal or a text file."""
    lines = [list(map(plain_text, line)) for line in listing.lines]
    grid = aligned(listing.head, lines, listing.right) if lines else []
    parts = [list(map(plain_text, listing.above)), grid, list(map(plain_text, listing.below))]
    return ("\n\n".join("\n".join(part) for part in parts if part) + "\n").encode()


def as_markdown(listing: Listing) -> bytes:
    """A table of GitHub's Markdown; nothing in the names links or breaks out."""
    shown = [n for n, _ in enumerate(listing.head) if any(line[n] for line in listing.lines)]
    rows = [[listing.head[n] for n in shown], *([line[n] for n in shown] for line in listing.lines)]
    rule = ["---:" if listing.head[n] in listing.right else "---" for n in shown]
    texts = [list(map(markdown_text, row)) for row in rows]
    grid = [f"| {' | '.join(cells)} |" for cells in (texts[0], rule, *texts[1:])] if listing.lines else []
    parts = [list(map(markdown_text, listing.above)), grid, list(map(markdown_text, listing.below))]
    return ("\n\n".join("\n".join(part) for part in parts if part) + "\n").encode()


def as_csv(listing: Listing) -> bytes:
    """The lines alone under their head; text that a spreadsheet would run is quoted with '."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(listing.head)
    for line in listing.lines:
        cells = zip(listing.head, line, strict=True)
        writer.writerow([cell if name in listing.right else csv_text(cell) for name, cell in cells])
    return out.getvalue().encode()
