"""The report's charts, each twice: one for a wide page and one for a phone; style sheets show one of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from markupsafe import Markup

from kplan.engine.results import DesignResult, Results
from kplan.ranges import allowed
from kplan.render import sensitivity
from kplan.render.bars import Bar, Segment, stacked_bars
from kplan.render.format import chance, money, per_1000
from kplan.render.lines import Line, Marker, month_lines
from kplan.render.page import (
    Group,
    event_numbers,
    flip_heading,
    full_name,
    groups,
    is_baseline,
    is_budget_in_sight,
    is_main,
    largest_month,
    name,
)
from kplan.render.palette import stage_classes
from kplan.render.svg import axis_usd, element
from kplan.render.tornado import Swing, tornado
from kplan.render.tracks import Track, flip_tracks

MOST_TRACKS = 12
"""So many break-evens at most are drawn; the table has all."""
MOST_SWINGS = 12
"""So many parameters at most are drawn in a tornado; the table has all."""
HERO_BARS = 6
"""So many designs at most stand in the head of the page."""
_OTHER_STYLES = 6


def stage_colours(results: Results) -> dict[str, str]:
    """The colour class of each stage, the same in all charts."""
    weight: dict[str, float] = {}
    for group in groups(results):
        for stage in group.stages:
            weight.setdefault(stage, 0.0)
    for design in results.designs:
        for result in design.stages:
            weight[result.id] = max(weight[result.id], float(result.share))
    return stage_classes(tuple(weight), weight)


def cost_bars(results: Results, group: Group, colours: dict[str, str]) -> Markup:
    """Cost per 1,000 queries of a group's designs, by stage; all groups share one scale."""
    everything = {design.id: _bar(results, design, colours) for design in results.designs}
    bars = [everything[design.id] for design in group.designs]
    return _twice(
        lambda narrow: stacked_bars(
            bars,
            id_=f"bars-{group.id}",
            title=f"Cost per 1,000 queries by stage {group.variant}".strip(),
            top=max(bar.total for bar in everything.values()),
            axis=_per_1000,
            beside=tuple(everything.values()),
            is_narrow=narrow,
        )
    )


def _per_1000(usd_per_query: Decimal) -> str:
    return axis_usd(usd_per_query * 1000)


def _bar(results: Results, design: DesignResult, colours: dict[str, str]) -> Bar:
    segments = tuple(
        Segment(stage.id, stage.cost_per_query_usd, per_1000(stage.cost_per_query_usd), colours[stage.id])
        for stage in design.stages
    )
    usd = design.cost_per_query_usd
    return Bar(name(design), usd, per_1000(usd), segments, is_main(results, design))


def month_chart(results: Results, group: Group) -> Markup:
    """A group's monthly costs against the budget; all groups share one scale."""
    lines, others = [], 0
    for design in group.designs:
        style = "main" if is_main(results, design) else "base" if is_baseline(design) else ""
        lines.append(
            Line(
                name(design), tuple(m.cost_usd for m in design.months), style or f"o{others % _OTHER_STYLES}"
            )
        )
        others += not style
    months = tuple(month.month for month in group.designs[0].months)
    budget = group.budget_usd if is_budget_in_sight(results, group.budget_usd) else None
    desc = "; ".join(
        f"{name(d)} from {money(d.months[0].cost_usd)} to {money(d.months[-1].cost_usd)} a month"
        for d in group.designs
    )
    return _twice(
        lambda narrow: month_lines(
            lines,
            months,
            budget,
            _markers(results),
            id_=f"months-{group.id}",
            title=f"Cost by month {group.variant}".strip(),
            desc=desc,
            ceiling=max(largest_month(results), budget or Decimal(0)),
            is_narrow=narrow,
        )
    )


def _markers(results: Results) -> list[Marker]:
    """One mark a day, with the numbers of its events: `1`, `2–4`."""
    days: dict[date, list[str]] = {}
    for number, event in event_numbers(results):
        days.setdefault(event.on, []).append(number)
    return [Marker(day, "–".join(dict.fromkeys((found[0], found[-1])))) for day, found in days.items()]


def flip_chart(results: Results) -> Markup:
    """Where the first break-evens lie, as tracks from 0 to 100%."""
    tracks = [
        Track(
            flip_heading(flip),
            flip.chance_now,
            chance(flip.chance_now),
            flip.chance_at,
            chance(flip.chance_at),
            flip.cheaper_above,
        )
        for flip in results.flips[:MOST_TRACKS]
    ]
    title = "Chances now, and where another design becomes the cheaper one"
    return _twice(lambda narrow: flip_tracks(tracks, id_="flips", title=title, is_narrow=narrow))


def tornado_chart(results: Results, design: DesignResult) -> Markup:
    """How far each uncertain parameter moves the total of a design."""
    found = sensitivity.drivers(design)
    swings = [
        Swing(
            f"{driver.parameter}, {sensitivity.parameter(driver, driver.low)}–"
            f"{sensitivity.parameter(driver, driver.high)}",
            driver.usd_at_low,
            driver.usd_at_high,
            *sensitivity.totals(driver),
        )
        for driver in found[:MOST_SWINGS]
    ]
    title = f"What moves the total of {full_name(results, design.id)}"
    text = _total(design)
    return _twice(
        lambda narrow: tornado(swings, design.total_usd, text, id_="tornado", title=title, is_narrow=narrow)
    )


def share_bar(share: Decimal, colour: str) -> Markup:
    """A small bar for a share [0..1] in a table, beside its figure."""
    rect = element("rect", class_=colour, width=float(share) * 100, height=8, rx=1)
    return element("svg", rect, viewBox="0 0 100 8", class_="share", aria_hidden="true")


def total_bars(results: Results) -> Markup:
    """Totals for the head of the page: of designs that the verdict speaks of, then of others."""
    verdict = results.verdict
    spoken = (verdict.baseline, verdict.design, verdict.cheapest_single, verdict.cheapest)

    def rank(design: DesignResult) -> tuple[bool, bool, bool]:
        return design.id not in spoken, not is_main(results, design), design.added

    ranked = sorted(results.designs, key=rank)
    kept = [design for design in results.designs if design in ranked[:HERO_BARS]]
    bars = [
        Bar(
            full_name(results, design.id),
            design.total_usd,
            _total(design),
            (Segment("total", design.total_usd, _total(design), _hero_colour(results, design)),),
            design.id == verdict.design,
        )
        for design in kept
    ]
    top = max(design.total_usd for design in kept)
    return stacked_bars(bars, id_="totals", title="Total by design", top=top, is_plain=True)


def _total(design: DesignResult) -> str:
    return allowed(design.total_usd, design.ranges.total if design.ranges else None)


def _hero_colour(results: Results, design: DesignResult) -> str:
    if design.id == results.verdict.design:
        return "d-main"
    return "d-base" if is_baseline(design) else "d-other"


def _twice(draw: Callable[[bool], Markup]) -> Markup:
    return draw(False) + draw(True)
