"""Months and days of a plan: when it starts, how many queries each month brings, where prices split it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from kplan.engine.plan import Epoch, Period
from kplan.errors import KplanError
from kplan.form.graph import Graph, LeafKind, Node, Op
from kplan.money import ONE
from kplan.scenario.volume import Volume


class Horizon(Struct, frozen=True):
    """The months of a plan, [starts_on, ends_on)."""

    months: tuple[date, ...]
    """First day of each."""

    @property
    def starts_on(self) -> date:
        """First day of the plan."""
        return self.months[0]

    @property
    def ends_on(self) -> date:
        """First day after the plan."""
        return month_after(self.months[-1])


def month_after(day: date) -> date:
    """First day of the month after the day's."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def horizon(volume: Volume, as_of: date | None) -> Horizon:
    """The plan's months: from the stated start, else from the month after the book's as-of date."""
    if volume.start is not None:
        first = date(*volume.start, 1)
    elif as_of is not None:
        first = month_after(as_of)
    else:
        raise KplanError("no start month: the price book has no as-of date; write `months: 2026-12..2027-11`")
    months = [first]
    while len(months) < volume.months:
        months.append(month_after(months[-1]))
    return Horizon(tuple(months))


def days_in(month: date) -> int:
    """Days of the month that begins on this day."""
    return monthrange(month.year, month.month)[1]


def month_queries(graph: Graph, volume: Volume, months: Sequence[date]) -> tuple[Node, ...]:
    """Queries of each month: volume x growth (from the second month on) x the calendar month's season.

    Growth is repeated multiplication, cut to 60 digits, so that every evaluator does the same.
    """
    factor = graph.number(ONE)
    queries = []
    for index, month in enumerate(months):
        if index and volume.growth_per_month:
            growth = graph.leaf("volume.growth_per_month", volume.growth_per_month)
            factor = graph.apply(Op.GROW, factor, graph.apply(Op.ADD, graph.number(ONE), growth))
        queries.append(
            graph.apply(
                Op.GROW, graph.product(_base(graph, volume, month), *_season(graph, volume, month)), factor
            )
        )
    return tuple(queries)


def _base(graph: Graph, volume: Volume, month: date) -> Node:
    if volume.queries_per_month is not None:
        return graph.leaf("volume.queries_per_month", volume.queries_per_month)
    assert volume.queries_per_day is not None
    per_day = graph.leaf("volume.queries_per_day", volume.queries_per_day)
    days = graph.leaf(f"days of {month:%Y-%m}", Decimal(days_in(month)), LeafKind.WEIGHT)
    return graph.apply(Op.MULTIPLY, per_day, days)


def _season(graph: Graph, volume: Volume, month: date) -> tuple[Node, ...]:
    if not volume.seasonality:
        return ()
    return (graph.leaf(f"volume.seasonality.{month.month}", volume.seasonality[month.month - 1]),)


def epochs(plan: Horizon, changes: Sequence[date]) -> tuple[Epoch, ...]:
    """The horizon cut at each day on which a rate changes."""
    cuts = sorted({plan.starts_on, *changes, plan.ends_on})
    return tuple(Epoch(start, end) for start, end in pairwise(cuts))


def periods(
    graph: Graph, plan: Horizon, parts: Sequence[Epoch], queries: Sequence[Node]
) -> tuple[Period, ...]:
    """The months cut where an epoch ends; a month's queries spread evenly over its days.

    The last part of a month takes the remainder, so that the parts add up to the month exactly.
    """
    found = []
    for month, whole in zip(plan.months, queries, strict=True):
        pieces = [
            (max(part.starts_on, month), min(part.ends_on, month_after(month)), index)
            for index, part in enumerate(parts)
            if part.starts_on < month_after(month) and part.ends_on > month
        ]
        weights = [(end - start).days for start, end, _ in pieces]
        shared = days_shared(graph, f"{month:%Y-%m}", whole, weights)
        for (start, end, index), node in zip(pieces, shared, strict=True):
            found.append(Period(f"{month:%Y-%m}", start, end, index, node))
    return tuple(found)


def days_shared(graph: Graph, month: str, whole: Node, days: list[int]) -> list[Node]:
    """Parts of a month in proportion to their days; the last one is what the others leave."""
    if len(days) == 1:
        return [whole]
    all_days = graph.leaf(f"days of {month}", Decimal(sum(days)), LeafKind.WEIGHT)
    parts = [
        graph.apply(
            Op.DIVIDE,
            graph.product(whole, graph.leaf(f"days of {month}, part {n}", Decimal(part), LeafKind.WEIGHT)),
            all_days,
        )
        for n, part in enumerate(days[:-1], start=1)
    ]
    return [*parts, graph.apply(Op.SUBTRACT, whole, graph.sum(parts))]


def last_day(end: date) -> date:
    """The last day of a half-open span."""
    return end - timedelta(days=1)
