"""A fixed cost or a contract explained, on a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from kplan.amounts import in_full, money, quantity
from kplan.money import plain
from kplan.render.format import plain_text
from kplan.render.json import Value, price_row
from kplan.render.monthly_explanation import MonthAmount, MonthlyExplanation, Span
from kplan.render.price_row import per, rate


def blocks(found: MonthlyExplanation) -> Iterator[list[RenderableType]]:
    """A head, then each span of months that are alike."""
    n_months = len(found.design.months)
    head = f"{found.name} comes to {money(found.total_usd)} over {n_months} months."
    about: list[RenderableType] = (
        [Text(plain_text(f"It is about {', '.join(found.about)}."))] if found.about else []
    )
    yield [Text(plain_text(head), style="bold"), *about]
    for span in found.spans:
        many = span.first != span.last
        name = f"{span.first} to {span.last}, each month" if many else span.first
        tables: list[RenderableType] = [_table(span.seen), Text("")] if span.seen else []
        yield [Text(name, style="bold"), *tables, _table(span.lines, span)]


def _table(lines: Sequence[MonthAmount], span: Span | None = None) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for side in ("left", "right", "left", "left"):
        table.add_column(justify=side, overflow="fold")
    for line in lines:
        units = "" if line.units is None else quantity(line.units)
        price = "" if line.row is None else f"x {rate(line.row)} per {per(line.row)}"
        table.add_row(*map(Text, (plain_text(line.label), units, price, f"= {in_full(line.cost_usd)}")))
    if span is not None:
        cells = ("the month", "", "", f"= {in_full(span.cost_usd)}")
        table.add_row(*map(Text, cells), style="bold")
    return table


def document(found: MonthlyExplanation) -> dict[str, Value]:
    """The same with every digit; amounts are decimal strings [USD]."""
    spans: list[Value] = [
        {
            "first_month": span.first,
            "last_month": span.last,
            "looks_at": [_amount(line) for line in span.seen],
            "lines": [_amount(line) for line in span.lines],
            "cost_per_month": plain(span.cost_usd),
        }
        for span in found.spans
    ]
    return {
        "design": found.design.id,
        found.group: found.label,
        "models": list(found.about),
        "total": plain(found.total_usd),
        "spans": spans,
    }


def _amount(line: MonthAmount) -> Value:
    return {
        "label": line.label,
        "units": None if line.units is None else plain(line.units),
        "price_row": None if line.row is None else price_row(line.row),
        "cost": plain(line.cost_usd),
    }
