"""Table of latency against load: percentiles with their 95 % intervals at each load that was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kplan.amounts import chance, duration
from kplan.capacity.loaded.points import Estimate, LoadPoint
from kplan.capacity.study import Study
from kplan.render.capacity.tables.listing import DESIGN, Column, Listing, OfDesign, flag, number, text
from kplan.render.capacity.words import in_digits


class OfPoint(OfDesign, frozen=True):
    """A load of a design."""

    point: LoadPoint
    what: str
    """Which load it is; empty for one of the curve's."""


def points(study: Study) -> Iterator[OfPoint]:
    """The loads of each design: its first month's, its busiest, and those of the curve."""
    for each in study.designs:
        if (found := each.loaded) is not None:
            if found.first_month != found.month:
                yield OfPoint(each, found.first, f"busiest of {found.first_month}")
            yield OfPoint(each, found.busiest, f"busiest of {found.month}")
            for point in found.points:
                yield OfPoint(each, point, "curve")


def _caveat(point: LoadPoint) -> str:
    if not point.is_stable:
        return ", unstable"
    return ", at least: too few queries to tell" if point.is_short else ""


def _estimate(name: str, read: Callable[[LoadPoint], Estimate]) -> tuple[Column[OfPoint], ...]:
    return (
        number(f"{name}_s", lambda r: read(r.point).value, name, duration),
        number(f"{name}_low_s", lambda r: read(r.point).low, f"{name} from", duration, 2),
        number(f"{name}_high_s", lambda r: read(r.point).high, f"{name} to", duration, 2),
    )


LOADS: Listing[OfPoint] = Listing(
    "Latency under load, with 95 % intervals",
    points,
    (
        *DESIGN,
        text("load", lambda r: r.what),
        flag("stable", lambda r: r.point.is_stable),
        flag("too_short", lambda r: r.point.is_short),
        text("", lambda r: f"{r.what}{_caveat(r.point)}", "load"),
        number("queries_per_s", lambda r: r.point.queries_per_s, "queries/s", in_digits),
        *_estimate("p50", lambda point: point.p50_s),
        *_estimate("p95", lambda point: point.p95_s),
        *_estimate("p99", lambda point: point.p99_s),
        number("held_up_share", lambda r: r.point.delayed_queries, "held up", chance, 1),
        text("engine", lambda r: r.point.engine, "engine", 3),
    ),
)
