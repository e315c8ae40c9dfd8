"""A portfolio on a terminal: the total, each scenario, each value of the tag, each month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from kplan.regress.folders import ENDING
from kplan.regress.portfolio import Portfolio
from kplan.render.columns import Column
from kplan.render.format import money, plain_text
from kplan.render.grid import fitted
from kplan.render.portfolio import words
from kplan.render.screen import NARROWEST, printed
from kplan.render.sentences import rounding

PAGE_WIDTH = 120


def page(portfolio: Portfolio) -> bytes:
    """The screen as a text file, 120 columns wide."""
    return render(portfolio, PAGE_WIDTH, color=False).encode()


def render(portfolio: Portfolio, width: int, color: bool) -> str:
    """The whole screen; no line is longer than the width [columns], see `printed`."""
    return printed(_blocks(portfolio, max(width, NARROWEST)), width, color)


def _blocks(portfolio: Portfolio, width: int) -> Iterator[list[RenderableType]]:
    total = money(portfolio.total_usd)
    yield [_line(words.headline(portfolio), "bold")]
    yield [*_grid("Scenario", *_scenarios(portfolio), total, width), _line(words.LEGEND, "dim")]
    if portfolio.by:
        yield [*_grid(portfolio.by, *_groups(portfolio), total, width)]
    yield [*_grid("Month", *_months(portfolio), total, width)]


Rows = tuple[list[str], list[Column]]


def _scenarios(portfolio: Portfolio) -> Rows:
    members = portfolio.members
    columns = [
        Column("design in use", tuple(plain_text(words.chosen(m)) for m in members), 2, is_text=True),
        Column("first month", tuple(money(m.months[0].cost_usd) for m in members), 3),
        Column("total", tuple(money(m.total_usd) for m in members)),
        Column("cheapest", tuple(plain_text(words.cheapest(m)) for m in members), 1, is_text=True),
    ]
    return [plain_text(member.file.removesuffix(ENDING)) for member in members], columns


def _groups(portfolio: Portfolio) -> Rows:
    groups = portfolio.groups
    columns = [
        Column("scenarios", tuple(str(len(group.members)) for group in groups), 1),
        Column("total", tuple(money(group.total_usd) for group in groups)),
    ]
    return [plain_text(words.value(group.value, portfolio.by)) for group in groups], columns


def _months(portfolio: Portfolio) -> Rows:
    months = portfolio.months
    columns = [
        Column("scenarios", tuple(str(month.n_scenarios) for month in months), 1),
        Column("total", tuple(money(month.cost_usd) for month in months)),
    ]
    columns += [
        Column(plain_text(words.value(group.value, portfolio.by)), words.by_month(group, months), 10 + n)
        for n, group in enumerate(portfolio.groups)
    ]
    return [month.month for month in months], columns


def _grid(
    head: str, names: Sequence[str], columns: Sequence[Column], total: str, width: int
) -> Iterator[RenderableType]:
    """The table, what it has no room for, and why its amounts do not add up where they do not."""
    table, dropped = fitted(plain_text(head), names, columns, [""] * len(names), width)
    yield table
    if dropped:
        yield _line(f"(no room for: {', '.join(dropped)}; --format csv or json has all)", "dim")
    amounts = next(column.cells for column in columns if column.head == "total")
    if why := rounding("Amounts", amounts, total):
        yield _line(f"({why})", "dim")


def _line(text: str, style: str = "") -> Text:
    return Text(plain_text(text), style=style, overflow="fold")
