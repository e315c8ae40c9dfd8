"""What was edited, and what that does to the totals, as tables of text."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kplan.engine.results import Results
from kplan.money import exact, plain, quotient
from kplan.render.format import change, money
from kplan.render.listing import Listing, as_table
from kplan.render.readback.edits import Chosen, Edit, Readback

NONE = "nothing was edited"


def edits_table(read: Readback) -> str:
    """The edits, one a line: what, where, from, to."""
    lines = (*(_line(each, each.before, each.after) for each in read.chosen), *map(_number, read.edits))
    if not lines:
        return f"{NONE}\n"
    head = ("edited", "variant", "cell", "from", "to")
    return as_table(Listing(head, lines, right=("from", "to"))).decode()


def _number(edit: Edit) -> tuple[str, ...]:
    return _line(edit, "unknown" if edit.before.is_nan() else plain(edit.before), plain(edit.after))


def _line(edit: Edit | Chosen, before: str, after: str) -> tuple[str, ...]:
    return edit.mapped.name, ", ".join(filter(None, edit.mapped.variants)), edit.cell, before, after


def totals_table(read: Readback, results: Results) -> str:
    """Each design's total of the horizon as it was exported, and as it is with the edits."""
    head = ("total", "exported", "now", "change")
    return as_table(Listing(head, tuple(_totals(read, results)), right=head[1:])).decode()


def _totals(read: Readback, results: Results) -> Iterator[tuple[str, ...]]:
    totals = {design.id: design.total_usd for design in results.designs}
    for (_, name), (before, _) in read.totals.items():
        if name in totals:
            yield name, money(before), money(totals[name]), _change(before, totals[name])


def _change(before: Decimal, now: Decimal) -> str:
    if before == now or not before:
        return "" if before == now else "from nothing"
    with exact():
        difference = now - before
    return change(-quotient(difference, before))
