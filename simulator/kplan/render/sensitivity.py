"""How sure the figures are, as printed cells: one place for the terminal, Markdown and the page."""

from __future__ import annotations

from decimal import Decimal

from kplan.engine.results import DesignResult, Results
from kplan.engine.uncertainty.found import Driver, Ranges
from kplan.money import rounded
from kplan.ranges import Interval, allowed, per_1000_within, share_within, within
from kplan.render.columns import Column, Figures
from kplan.render.format import added, chance, plain_text, quantity, share

_DIGITS = 3
"""Significant digits of a parameter's percentile."""
INDEPENDENT = "Parameters are drawn independently of each other; one draw holds for the whole plan."
CHEAPEST = (
    "Cheapest in: the part of the draws, of the designs written (of all, for one that kplan added)"
    " that clear the floors, if there are any."
)
ALONE = "Each parameter alone from its P10 to its P90, all others at their values."


def title(results: Results) -> str:
    """What the ranges are: `P10–P90 of 10,000 draws, seed 1`."""
    draws = results.provenance.draws
    return f"P10–P90 of {draws.n:,} draws, seed {draws.seed}" if draws else ""


def ranged(results: Results) -> list[tuple[DesignResult, Ranges]]:
    """The designs whose figures have ranges."""
    return [(design, design.ranges) for design in results.designs if design.ranges]


def range_columns(results: Results) -> tuple[Column, ...]:
    """Each ranged design's headlines with their ranges, and how often it is the cheapest."""
    found = ranged(results)
    months = {len(design.months) for design, _ in found}
    span = f"{months.pop()} months" if len(months) == 1 else "all months"
    columns = [
        Column(
            "per 1,000",
            tuple(per_1000_within(d.cost_per_query_usd, r.per_query) for d, r in found),
            3,
            values=tuple(_thousand(_figures(d.cost_per_query_usd, r.per_query)) for d, r in found),
        ),
        Column(
            "first month",
            tuple(within(d.months[0].cost_usd, r.first_month) for d, r in found),
            4,
            values=tuple(_figures(d.months[0].cost_usd, r.first_month) for d, r in found),
        ),
        Column(
            span,
            tuple(within(d.total_usd, r.total) for d, r in found),
            values=tuple(_figures(d.total_usd, r.total) for d, r in found),
        ),
        Column(
            "saves",
            tuple(_saves(d, r) for d, r in found),
            2,
            values=tuple(_figures(d.saving.share if d.saving else None, r.saving_share) for d, r in found),
        ),
        Column(
            "cheapest in",
            tuple(share(r.cheapest) for _, r in found),
            1,
            values=tuple((r.cheapest,) for _, r in found),
        ),
    ]
    if any(ranges.over_budget is not None for _, ranges in found):
        over = [r.over_budget for _, r in found]
        cells = tuple("" if part is None else share(part) for part in over)
        columns.append(
            Column("over budget in", cells, 1, values=tuple(_figures(part, None) for part in over))
        )
    return tuple(columns)


def _figures(value: Decimal | None, interval: Interval | None) -> Figures:
    """A value with its range, as far as both are known."""
    if value is None:
        return ()
    return (value,) if interval is None else (value, interval.p10, interval.p90)


def _thousand(figures: Figures) -> Figures:
    return tuple(each.scaleb(3) for each in figures)


def _saves(design: DesignResult, ranges: Ranges) -> str:
    if design.saving is None or design.saving.share is None or ranges.saving_share is None:
        return ""
    return share_within(design.saving.share, ranges.saving_share)


def driver_names(design: DesignResult) -> tuple[str, ...]:
    """The parameters that move a design, the widest swing first."""
    return tuple(plain_text(driver.parameter) for driver in drivers(design))


def drivers(design: DesignResult) -> tuple[Driver, ...]:
    """What moves the design's total; nothing where nothing uncertain does."""
    return design.ranges.drivers if design.ranges else ()


def driver_columns(design: DesignResult) -> tuple[Column, ...]:
    """Each parameter's value and range, the total at both ends, and its rank correlation."""
    found = drivers(design)
    return (
        Column(
            "value", tuple(parameter(d, d.value) for d in found), 2, values=tuple((d.value,) for d in found)
        ),
        Column(
            "P10–P90",
            tuple(f"{parameter(d, d.low)}–{parameter(d, d.high)}" for d in found),
            1,
            values=tuple((d.low, d.high) for d in found),
            parts=("P10", "P90"),
        ),
        Column(
            "total at both",
            tuple("–".join(totals(d)) for d in found),
            values=tuple((d.usd_at_low, d.usd_at_high) for d in found),
            parts=("at P10", "at P90"),
        ),
        Column(
            "rank corr.",
            tuple(rank(d) for d in found),
            3,
            values=tuple(_figures(d.rank_correlation, None) for d in found),
        ),
    )


def totals(driver: Driver) -> tuple[str, str]:
    """The totals with a parameter at its P10 and its P90, as their own distance allows."""
    low, high = sorted((driver.usd_at_low, driver.usd_at_high))
    apart = Interval(low, low, high)
    return allowed(driver.usd_at_low, apart), allowed(driver.usd_at_high, apart)


def parameter(driver: Driver, value: Decimal) -> str:
    """A value of a parameter: a share in percent, else three digits."""
    if driver.is_share:
        return chance(value)
    return quantity(rounded(value, _DIGITS - 1 - value.adjusted())) if value else "0"


def rank(driver: Driver) -> str:
    """A rank correlation to two decimals, `+0.81`; a dash where there is none."""
    return "–" if driver.rank_correlation is None else f"{rounded(driver.rank_correlation, 2):+}"


def turns(design: DesignResult) -> list[str]:
    """Where one parameter alone makes another written design the cheapest, under the design's variant."""
    usual = design.ranges.cheapest_at_values if design.ranges else ""
    return [
        f"with {plain_text(driver.parameter)} at {parameter(driver, value)} {plain_text(leader)} is the"
        f" cheapest design written, not {plain_text(usual)}"
        for driver in drivers(design)
        for value, leader in (
            (driver.low, driver.cheapest_at_low),
            (driver.high, driver.cheapest_at_high),
        )
        if leader != usual
    ]


def doubtful(results: Results) -> str:
    """How often the cheapest written design is not the cheapest; empty where it always is."""
    design = next((each for each in results.designs if each.id == results.verdict.design), None)
    if design is None or design.ranges is None or design.ranges.cheapest == 1:
        return ""
    other = share(added([Decimal(1), -design.ranges.cheapest]))
    return f"In {other} of the draws another design written is cheaper than {plain_text(design.id)}."
