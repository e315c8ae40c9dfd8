"""A portfolio as Markdown: the total by tag first, then scenarios and months folded away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kplan.regress.portfolio import Group, Member, Portfolio
from kplan.render.format import markdown_code, markdown_text, money
from kplan.render.portfolio import words
from kplan.render.room import MOST_CHARACTERS, Room
from kplan.version import __version__

_FRAME = 1_500
"""Room for headings, the note on what was left out, and the mark [characters]."""


def render(portfolio: Portfolio) -> bytes:
    """The page; rows for which there is no room are counted."""
    room = Room(MOST_CHARACTERS - _FRAME)
    lines = ["# kplan portfolio", "", f"**{markdown_text(words.headline(portfolio))}**", ""]
    if portfolio.by:
        groups = room.kept(_group(group, portfolio.by) for group in portfolio.groups)
        lines += _table((markdown_text(portfolio.by), "Scenarios", "Total"), "lrr", groups)
    months = room.kept(_row(m.month, str(m.n_scenarios), money(m.cost_usd)) for m in portfolio.months)
    scenarios = room.kept(map(_member, portfolio.members))
    heads = ("Scenario", "Design in use", "First month", "Total", "Cheapest")
    lines += [*_table(heads, "llrrl", scenarios), words.LEGEND, ""]
    lines += _table(("Month", "Scenarios", "Total"), "lrr", months)
    if room.missing:
        lines += [f"Left out for length: {room.missing} lines. `--format json` has everything.", ""]
    return "\n".join([*lines, f"kplan {markdown_text(__version__)}.", ""]).encode()


def _member(member: Member) -> str:
    amounts = (money(member.months[0].cost_usd), money(member.total_usd))
    return _row(
        markdown_code(member.file),
        markdown_text(words.chosen(member)),
        *amounts,
        markdown_text(words.cheapest(member)),
    )


def _group(group: Group, tag: str) -> str:
    name = markdown_text(words.value(group.value, tag))
    return _row(name, str(len(group.members)), money(group.total_usd))


def _table(heads: Sequence[str], sides: str, rows: Iterable[str]) -> list[str]:
    """A table with columns set left (l) or right (r), and an empty line."""
    rule = [{"l": "---", "r": "---:"}[side] for side in sides]
    return [_row(*heads), _row(*rule), *rows, ""]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
