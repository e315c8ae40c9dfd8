"""How long queries take under load: curves with their intervals, the promise, and where it gets unstable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import inf, isfinite, isinf

from markupsafe import Markup
from msgspec import Struct

from kplan.amounts import chance, duration
from kplan.capacity.loaded.points import Estimate, Loaded, LoadPoint
from kplan.capacity.study import DesignStudy, Study
from kplan.engine.montecarlo.numbers import decimal
from kplan.money import plain
from kplan.render.capacity import words
from kplan.render.capacity_page import plot
from kplan.render.capacity_page.rows import Cell, number

QUANTILES = ((0.5, "p50", "o0"), (0.95, "p95", "base"), (0.99, "p99", "main"))
"""Part of the queries, its name and the class of its line."""
PARTS = ("", "low", "high")
"""Of a figure with its interval."""
UNSTABLE = "unstable"
_TIMES_CALM, _TIMES_PROMISE = 4.0, 1.3
"""The chart goes up to so many times the p99 without load, and the promise."""


def known(study: Study) -> list[DesignStudy]:
    """The designs whose times are known, the one in question first, those that kplan added last."""
    found = [each for each in study.designs if each.loaded is not None]
    return sorted(found, key=lambda each: (each is not study.shown, each.design.added))


def unknown(study: Study) -> tuple[str, ...]:
    """Why the times of the others are not known, each reason once."""
    return tuple(dict.fromkeys(each.why_no_latency for each in study.designs if each.why_no_latency))


class Timed(Struct, frozen=True):
    """A figure with its interval, as it is printed, and the numbers behind it."""

    text: str
    interval: str
    """Its ends; empty where it is exact."""
    values: tuple[Decimal, ...]
    """Value, low and high end; empty where it is unstable."""


class Row(Struct, frozen=True):
    """One load of a design."""

    load: Cell
    """Queries a second."""
    times: tuple[Timed, ...]
    """p50, p95, p99."""
    held_back: Cell
    """Share of the calls that a limit holds back."""
    engine: str
    is_short: bool


def row(point: LoadPoint) -> Row:
    """What is told of a load."""
    return Row(
        load=Cell(words.number(point.queries_per_s), number(point.queries_per_s)),
        times=tuple(_timed(point.at(quantile), is_short=point.is_short) for quantile, _, _ in QUANTILES),
        held_back=Cell(chance(decimal(point.delayed_calls)), number(point.delayed_calls)),
        engine=point.engine,
        is_short=point.is_short,
    )


def _timed(found: Estimate, *, is_short: bool) -> Timed:
    """A percentile; what too few queries tell is the least that it is."""
    if isinf(found.value):
        return Timed(UNSTABLE, "", ())
    text = duration(decimal(found.value))
    if is_short:
        return Timed(f"≥ {text}", "", (number(found.value),))
    low, high = (duration(decimal(end)) if isfinite(end) else "?" for end in (found.low, found.high))
    ends = "" if low == high else f"{low} to {high}"
    return Timed(
        text, ends, tuple(number(each) for each in (found.value, found.low, found.high) if isfinite(each))
    )


def largest(loaded: Loaded) -> Cell:
    """The largest load that keeps the promise, `≥` where the curve ends there; `–` without one."""
    found = loaded.largest_per_s
    if found is None:
        return Cell("–")
    least = "≥ " if loaded.is_at_least else ""
    return Cell("any", None) if found == inf else Cell(f"{least}{words.number(found)}/s", number(found))


def unstable(loaded: Loaded) -> Cell:
    """From which load on it is unstable."""
    found = loaded.unstable_per_s
    return Cell("never") if found is None else Cell(f"{words.number(found)}/s", number(found))


def promised(loaded: Loaded) -> str:
    """The promise in words: `p95 ≤ 3.00 s`; empty without one."""
    return f"{loaded.slo.name} ≤ {duration(decimal(loaded.slo.latency_s))}" if loaded.slo else ""


def chart(found: DesignStudy) -> Markup:
    """The curves of one design; nothing where no load is stable."""
    loaded = found.loaded
    if loaded is None or len(_stable(loaded)) < 2:
        return Markup("")
    return plot.twice(lambda is_narrow: _chart(found.design.id, loaded, is_narrow=is_narrow))


def _chart(design: str, loaded: Loaded, *, is_narrow: bool) -> Markup:
    points = _stable(loaded)
    across = plot.scale("queries a second", _furthest(loaded), plain, 4 if is_narrow else 8)
    up = plot.scale("Time that queries take", _highest(loaded, points), _seconds)
    names = [name for _, name, _ in QUANTILES] + [promised(loaded)]
    box = plot.plot(across, up, names, width=340 if is_narrow else 1060, height=260)
    marks = [*plot.scales(box), *_too_much(box, loaded)]
    ends: list[tuple[str, float, float, str]] = []
    leaving: list[tuple[float, str, str]] = []
    if loaded.unstable_per_s is not None:
        leaving.append((loaded.unstable_per_s, UNSTABLE, "name t-full"))
    for quantile, name, style in QUANTILES:
        lows, values, highs = _curves(points, quantile)
        marks += [plot.band(box, lows, highs, style), plot.line(box, values, style, f"{name} of {design}")]
        left = next((x for x, y in values if y > up.end), None)
        if left is None:
            ends.append((name, *values[-1], style))
        else:
            leaving.append((left, name, f"name t-{style}"))
    if loaded.slo is not None:
        marks += _promise(box, loaded)
        ends.append((promised(loaded), across.end, loaded.slo.latency_s, "full"))
    marks += [
        *plot.names(box, ends),
        *plot.left_of(box, leaving, box.top + 14, plot.ROW),
        *_busiest(box, loaded),
    ]
    name = f"load-{'narrow' if is_narrow else 'wide'}"
    return plot.drawn(box, marks, id_=name, title=f"Times of {design} under load", desc=_desc(points))


def _stable(loaded: Loaded) -> list[LoadPoint]:
    """The loads of the curve and of the busiest minutes, ascending, of which something is known."""
    found = {each.queries_per_s: each for each in (*loaded.points, loaded.first, loaded.busiest)}
    return [found[load] for load in sorted(found) if found[load].is_stable and not found[load].is_short]


def _furthest(loaded: Loaded) -> float:
    loads = [each.queries_per_s for each in loaded.points] + [loaded.busiest.queries_per_s]
    return max(*loads, (loaded.unstable_per_s or 0.0) * 1.02)


def _highest(loaded: Loaded, points: Sequence[LoadPoint]) -> float:
    """Times near the unstable load grow without end: the chart stops before."""
    calm, most = points[0].p99_s.value, max(each.p99_s.high for each in points)
    promise = loaded.slo.latency_s * _TIMES_PROMISE if loaded.slo else 0.0
    return max(calm * 1.1, promise, min(most, calm * _TIMES_CALM)) or 1.0


def _curves(points: Sequence[LoadPoint], quantile: float) -> Iterator[list[tuple[float, float]]]:
    for end in ("low", "value", "high"):
        yield [(each.queries_per_s, float(getattr(each.at(quantile), end))) for each in points]


def _too_much(box: plot.Plot, loaded: Loaded) -> Iterator[Markup]:
    """The loads that are unstable."""
    if loaded.unstable_per_s is not None:
        yield plot.beyond(box, loaded.unstable_per_s)
        yield plot.upright(box, loaded.unstable_per_s, "full")


def _promise(box: plot.Plot, loaded: Loaded) -> Iterator[Markup]:
    """The line of the promise, and where the curve crosses it."""
    assert loaded.slo is not None
    yield plot.level(box, loaded.slo.latency_s, "full")
    load = loaded.largest_per_s
    if load and load <= box.across.end and not loaded.is_at_least:
        said = f"{promised(loaded)} up to {words.number(load)} queries a second"
        yield plot.dot(box, load, loaded.slo.latency_s, "d-main", said)


def _busiest(box: plot.Plot, loaded: Loaded) -> Iterator[Markup]:
    """The loads of the busiest minute in the first and the fullest month."""
    loads = dict.fromkeys(
        (each.queries_per_s, month)
        for each, month in ((loaded.first, loaded.first_month), (loaded.busiest, loaded.month))
    )
    for load, _ in loads:
        yield plot.upright(box, load, "event")
    months = [(load, month, "name mut") for load, month in loads]
    yield from plot.left_of(box, months, box.bottom - 8, -plot.ROW)


def _seconds(seconds: Decimal) -> str:
    return duration(seconds) if seconds else "0"


def _desc(points: Sequence[LoadPoint]) -> str:
    return "; ".join(
        f"{words.number(each.queries_per_s)} queries a second: {_spoken(each)}" for each in points
    )


def _spoken(point: LoadPoint) -> str:
    times = row(point).times
    return ", ".join(f"{name} {time.text}" for (_, name, _), time in zip(QUANTILES, times, strict=True))
