"""Four figures of the design that the headline is about, each with what it is and a word to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from msgspec import Struct

from kplan.engine.ledger import Kind
from kplan.engine.results import DesignResult, Results
from kplan.ranges import Interval, allowed, per_1000_allowed, per_1000_within, share_within, within
from kplan.render import sensitivity
from kplan.render.columns import over_budget
from kplan.render.format import chance, money, per_query, plain_text, round_quantity, share
from kplan.render.page import count, full_name, name, saved_percent
from kplan.render.sentences import cheapest_single

MOST_RANGES = 2
"""So many of the parameters behind a range are named in a tile; the section on sensitivity has all."""


class Tile(Struct, frozen=True):
    """One figure that says much, with what it is and a word to it."""

    term: str
    figure: str
    note: str
    is_bad: bool = False


def tiles(results: Results) -> tuple[Tile, ...]:
    """Four figures of the design that the headline is about."""
    main = results.design(results.verdict.design)
    first = main.months[0]
    baseline = next((d for d in results.designs if d.id == results.verdict.baseline), None)
    cost_of = _all_lines if any(row.kind is Kind.CAPACITY for row in results.ledger) else _usage
    against = main.id
    if baseline is not None and baseline.id != main.id:
        against = f"{main.id}, against {per_1000_allowed(*cost_of(baseline))} for {name(baseline)}"
    queries = f"{first.month}, {round_quantity(first.queries)} queries"
    found = main.ranges
    return (
        _tile(f"Per 1,000 queries{_LINES[cost_of]}", per_1000_within(*cost_of(main)), against),
        _tile("First month", within(first.cost_usd, found.first_month if found else None), queries),
        _tile(
            f"Total, {count(len(main.months), 'month')}",
            within(main.total_usd, found.total if found else None),
            _saved(results, main),
            _ranges_behind(main),
        ),
        _last_tile(results, main, cost_of),
    )


def _usage(design: DesignResult) -> tuple[Decimal, Interval | None]:
    """What a query's calls cost."""
    return design.cost_per_query_usd, design.ranges.per_query if design.ranges else None


def _all_lines(design: DesignResult) -> tuple[Decimal, Interval | None]:
    """What a query costs with everything: calls that bought units serve are paid for by the month."""
    return design.total_per_query_usd, design.ranges.total_per_query if design.ranges else None


Cost = Callable[[DesignResult], tuple[Decimal, Interval | None]]
_LINES: Mapping[Cost, str] = MappingProxyType({_usage: "", _all_lines: ", all lines"})


def _tile(term: str, figure: str, note: str, behind: str = "") -> Tile:
    """A figure with its range, if it has one, in the note; `behind` says what the range comes from."""
    value, _, ends = figure.partition(" (")
    if not ends:
        return Tile(term, value, note)
    return Tile(term, value, f"P10–P90 {ends.rstrip(')')}{f' with {behind}' if behind else ''}; {note}")


def _ranges_behind(design: DesignResult) -> str:
    """The uncertain parameters that a total's range comes from, the widest swing first; empty without any."""
    found = [
        f"{plain_text(each.parameter)} {sensitivity.parameter(each, each.low)}–"
        f"{sensitivity.parameter(each, each.high)}"
        for each in sensitivity.drivers(design)
    ]
    if not found:
        return ""
    more = len(found) - MOST_RANGES
    return f"{', '.join(found[:MOST_RANGES])}{f' and {more} more' if more > 0 else ''}"


def _saved(results: Results, main: DesignResult) -> str:
    saving = main.saving
    if saving is None:
        per_query_range = main.ranges.total_per_query if main.ranges else None
        return f"{per_1000_allowed(main.total_per_query_usd, per_query_range)} per 1,000 queries, all lines"
    against = full_name(results, saving.against)
    found = main.ranges.saving_usd if main.ranges else None
    if saving.usd < 0:
        return f"{allowed(-saving.usd, found)} more than {against}"
    part = saved_percent(saving)
    if main.ranges and saving.share is not None:
        part = share_within(saving.share, main.ranges.saving_share).partition(" ")[0]
    return f"{allowed(saving.usd, found)} ({part}) less than {against}"


def _last_tile(results: Results, main: DesignResult, cost_of: Cost) -> Tile:
    """The budget if there is one, else where the answer flips, else the cheapest single model."""
    budget = main.budget_usd_per_month
    if budget is not None:
        is_over = any(month.over_budget for month in main.months)
        note = main.id
        if main.ranges and main.ranges.over_budget:
            note += f"; in {share(main.ranges.over_budget)} of the draws some month is over it"
        return Tile(f"Over the {money(budget)} budget", over_budget(main), note, is_over)
    mine = [flip for flip in results.flips if flip.design in (main.id, main.design)]
    if mine:
        return Tile(
            "The answer flips at",
            chance(mine[0].chance_at),
            f"{mine[0].text}; now {chance(mine[0].chance_now)}",
        )
    if results.verdict.cheapest_single:
        single = results.design(results.verdict.cheapest_single)
        usd = allowed(single.total_usd, single.ranges.total if single.ranges else None)
        title = cheapest_single(results.designs).capitalize()
        return Tile(title, usd, full_name(results, single.id))
    return Tile(f"Per query{_LINES[cost_of]}", per_query(cost_of(main)[0]), main.id)
