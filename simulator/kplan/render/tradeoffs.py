"""Cost against quality and against latency, as far as the scenario states them: what the dots are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_FLOOR, Decimal

from markupsafe import Markup
from msgspec.structs import replace

from kplan.engine.results import DesignResult, Results
from kplan.money import ONE, ZERO, plain
from kplan.render.format import accuracy, between, chance, duration, per_1000
from kplan.render.front import on_front
from kplan.render.page import full_name, is_baseline
from kplan.render.scatter import Axis, Dot, scatter
from kplan.render.svg import axis_usd, steps_of, ticks

NARROW, HALF, WIDE = 340.0, 510.0, 1060.0
_COST = "US$ per 1,000 queries"
_FAR_APART = 20
"""From so many times the cheapest design's cost on, a scale from zero would crowd the cheap ones."""


def is_shown(results: Results) -> bool:
    """Whether any two designs differ in something that the scenario states besides cost."""
    return bool(_by_quality(results) or _by_time(results))


def said(results: Results) -> str:
    """How to read it."""
    right = _by_quality(results)
    words = "The line leads along the designs that no other beats on both; those that are beaten are paler."
    if any(dot.low != dot.high for dot in right):
        words += " A bar is the interval in which the share of right answers lies."
    if any(dot.y is None for dot in right):
        words += " Where only the interval is known, the line holds to the low ends."
    if any(_are_far_apart(dots) for dots in (right, _by_time(results)) if dots):
        words += " Costs are on a logarithmic scale."
    return words


def tradeoff_charts(results: Results) -> Markup:
    """A chart for each measure, side by side where there are both."""
    found = [(_quality_chart, _by_quality(results)), (_time_chart, _by_time(results))]
    drawn = [(draw, dots) for draw, dots in found if dots]
    wide = HALF if len(drawn) > 1 else WIDE
    return Markup("").join(
        Markup('<div class="chart">{}{}</div>').format(draw(dots, "wide", wide), draw(dots, "narrow", NARROW))
        for draw, dots in drawn
    )


def _by_quality(results: Results) -> list[Dot]:
    """Designs of which it is known how right they are; nothing where it is one, or none."""
    dots = []
    for design in results.designs:
        found = design.quality
        if found is None or found.interval is None:
            continue
        low, high = found.interval.low, found.interval.high
        if found.point is None and (low, high) == (ZERO, ONE):
            continue
        point = "" if found.point is None else f"{accuracy(found.point)} right, "
        text = f"{per_1000(design.cost_per_query_usd)} per 1,000, {point}{between(low, high)}"
        dots.append(_dot(results, design, text, found.point, low, high))
    if any(dot.y is None for dot in dots):
        return _with_front(dots, lambda dot: ONE - dot.low)
    return _with_front(dots, lambda dot: ONE - dot.held)


def _by_time(results: Results) -> list[Dot]:
    """Designs of which it is known how long 95 of 100 queries take at most."""
    dots = []
    for design in results.designs:
        times = None if design.time is None else design.time.whole.times
        if times is not None:
            text = f"{per_1000(design.cost_per_query_usd)} per 1,000, p95 {duration(times.p95)}"
            dots.append(_dot(results, design, text, times.p95, times.p95, times.p95))
    return _with_front(dots, lambda dot: dot.held)


def _dot(
    results: Results, design: DesignResult, text: str, y: Decimal | None, low: Decimal, high: Decimal
) -> Dot:
    is_main = design.id == results.verdict.design
    style = "main" if is_main else "base" if is_baseline(design) else "other"
    name = full_name(results, design.id)
    return Dot(name, text, design.cost_per_query_usd, y, low, high, style, on_front=False)


def _with_front(dots: Sequence[Dot], loss: Callable[[Dot], Decimal]) -> list[Dot]:
    """The dots, those that come to the same as one; none where there are not two."""
    if len(dots) < 2:
        return []
    best = on_front([(dot.x, loss(dot)) for dot in dots])
    together: dict[tuple[Decimal, Decimal, Decimal, Decimal], Dot] = {}
    for dot, is_best in zip(dots, best, strict=True):
        key = (dot.x, dot.held, dot.low, dot.high)
        seen = together.get(key)
        if seen is None:
            together[key] = replace(dot, on_front=is_best)
        else:
            style = min(seen.style, dot.style, key=("main", "base", "other").index)
            together[key] = replace(seen, name=f"{seen.name}, {dot.name}", style=style)
    return list(together.values())


def _are_far_apart(dots: Sequence[Dot]) -> bool:
    costs = [dot.x for dot in dots]
    return min(costs) > 0 and max(costs) >= _FAR_APART * min(costs)


def _costs(dots: Sequence[Dot], width: float) -> Axis:
    if _are_far_apart(dots):
        return Axis(_COST, _decades(dots), lambda usd: axis_usd(usd * 1000), is_log=True)
    about = 6 if width == WIDE else 4 if width == HALF else 3
    return Axis(_COST, ticks(max(dot.x for dot in dots), about), lambda usd: axis_usd(usd * 1000))


def _decades(dots: Sequence[Dot]) -> tuple[Decimal, ...]:
    """At most five powers of ten, from below the cheapest design to above the dearest [USD per query]."""
    low, high = min(dot.x for dot in dots).adjusted(), max(dot.x for dot in dots).adjusted() + 1
    step = -((low - high) // 4)
    return tuple(ONE.scaleb(power) for power in range(low, high + step, step))


def _quality_chart(dots: Sequence[Dot], name: str, width: float) -> Markup:
    low, high = min(dot.low for dot in dots), max(dot.high for dot in dots)
    step = steps_of((high - low) or Decimal("0.1"), 4)
    first = (low / step).to_integral_value(ROUND_FLOOR) * step
    levels = [first]
    while levels[-1] < high or len(levels) < 3:
        levels.append(levels[-1] + step)
    levels = [level for level in levels if ZERO <= level <= ONE]
    return scatter(
        dots,
        _costs(dots, width),
        Axis("Right answers", tuple(levels), chance),
        id_=f"quality-{name}",
        title="Cost against the share of right answers",
        more_is_better=True,
        width=width,
    )


def _seconds(time_s: Decimal) -> str:
    """A time of the axis, short: `0`, `250 ms`, `2.5 s`."""
    if not time_s:
        return "0"
    return f"{plain(time_s)} s" if time_s >= 1 else f"{plain(time_s * 1000)} ms"


def _time_chart(dots: Sequence[Dot], name: str, width: float) -> Markup:
    return scatter(
        dots,
        _costs(dots, width),
        Axis("p95 time of a query", ticks(max(dot.high for dot in dots)), _seconds),
        id_=f"latency-{name}",
        title="Cost against the time within which 95 of 100 queries are through",
        more_is_better=False,
        width=width,
    )
