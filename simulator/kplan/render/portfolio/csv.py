"""A portfolio as CSV for a pivot table: one line a scenario and month, a column a tag, every digit."""

from __future__ import annotations

import csv
from io import StringIO

from kplan.money import plain
from kplan.regress.portfolio import Portfolio
from kplan.render.format import csv_text

COLUMNS = ("scenario", "design", "chosen_by", "month", "queries", "cost_usd")


def render(portfolio: Portfolio) -> bytes:
    """A header and the lines, UTF-8; text that a spreadsheet would run is quoted with '."""
    tags = sorted({tag for member in portfolio.members for tag in member.tags})
    out = StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow([*COLUMNS, *(csv_text(f"tag.{tag}") for tag in tags)])
    for member in portfolio.members:
        told = [csv_text(text) for text in (member.file, member.design.id, member.chosen_by)]
        tagged = [csv_text(member.tags.get(tag, "")) for tag in tags]
        for month in member.months:
            lines.writerow([*told, month.month, plain(month.queries), plain(month.cost_usd), *tagged])
    return out.getvalue().encode()
