"""Designs as dots, cost against another measure, with a step line along those that none beats."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from markupsafe import Markup
from msgspec import Struct

from kplan.render.svg import alike, drawing, element, fitted, label, text_width

_HEIGHT, _TOP, _BELOW = 300.0, 26.0, 44.0
_RADIUS, _TEXT = 6.0, 12.5
_LONGEST_NAME = 190.0
Box = tuple[float, float, float, float]
"""Left, top, right, bottom [px]."""


class Dot(Struct, frozen=True):
    """One design, or several that come to the same; without a `y` only its interval is known."""

    name: str
    text: str
    """What it comes to, in words."""
    x: Decimal
    y: Decimal | None
    low: Decimal
    high: Decimal
    """Ends of its interval; both are `y` where that is known exactly."""
    style: str
    """Class of its colour: `main`, `base` or `other`."""
    on_front: bool

    @property
    def held(self) -> Decimal:
        """Where the front passes it by: at its value, else at the low end of its interval."""
        return self.low if self.y is None else self.y


class Axis(Struct, frozen=True):
    """A scale from its first tick to its last; a logarithmic one has no zero."""

    title: str
    ticks: tuple[Decimal, ...]
    printed: Callable[[Decimal], str]
    is_log: bool = False

    def part(self, value: Decimal) -> float:
        """How far along the axis a value lies [0..1]."""
        first, last = self.ticks[0], self.ticks[-1]
        if self.is_log:
            return math.log(value / first) / math.log(last / first)
        return float((value - first) / (last - first))


class Plot(Struct, frozen=True):
    """Where the dots go [px]."""

    x_axis: Axis
    y_axis: Axis
    width: float
    left: float
    more_is_better: bool

    @property
    def costs(self) -> list[str]:
        """What stands below the ticks of the x axis."""
        return alike([self.x_axis.printed(tick) for tick in self.x_axis.ticks])

    @property
    def right(self) -> float:
        """The end of the x axis, with room for its last amount."""
        return self.width - text_width(self.costs[-1]) / 2 - 2

    @property
    def bottom(self) -> float:
        """The foot of the y axis."""
        return _TOP + _HEIGHT

    def x(self, value: Decimal) -> float:
        """Of a cost."""
        return self.left + (self.right - self.left) * self.x_axis.part(value)

    def y(self, value: Decimal) -> float:
        """Of the other measure."""
        return self.bottom - _HEIGHT * self.y_axis.part(value)


def scatter(
    dots: Sequence[Dot],
    x_axis: Axis,
    y_axis: Axis,
    *,
    id_: str,
    title: str,
    more_is_better: bool,
    width: float,
) -> Markup:
    """The dots with their intervals, the front below them, and as many names as find room."""
    left = max(text_width(y_axis.printed(tick)) for tick in y_axis.ticks) + 12
    plot = Plot(x_axis, y_axis, width, left, more_is_better)
    steps = _steps(plot, dots)
    marks = [*_scales(plot)]
    if steps:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in steps)
        marks.append(element("polyline", class_="front", points=points))
    drawn = sorted(dots, key=lambda dot: (dot.on_front, dot.style != "other"))
    marks += [mark for dot in drawn for mark in _dot(plot, dot)]
    marks += _names(plot, dots, steps)
    desc = "; ".join(f"{dot.name}: {dot.text}" for dot in dots)
    size = {"width": width, "height": plot.bottom + _BELOW}
    return drawing(marks, id_=id_, title=title, desc=desc, class_=id_.rpartition("-")[2], **size)


def _scales(plot: Plot) -> Iterator[Markup]:
    for tick in plot.y_axis.ticks:
        y = plot.y(tick)
        yield element("line", class_="grid", x1=plot.left, x2=plot.right, y1=y, y2=y)
        yield label(plot.y_axis.printed(tick), plot.left - 8, y + 4.5, "mut", "end")
    for tick, text in zip(plot.x_axis.ticks, plot.costs, strict=True):
        x = plot.x(tick)
        yield element("line", class_="grid", x1=x, x2=x, y1=_TOP, y2=plot.bottom)
        yield label(text, x, plot.bottom + 18, "mut", "middle")
    yield label(plot.y_axis.title, 0, 12, "strong")
    yield label(plot.x_axis.title, plot.right, plot.bottom + 38, "strong", "end")


def _steps(plot: Plot, dots: Sequence[Dot]) -> list[tuple[float, float]]:
    """Corners of the front: up (or down) to each design, then on to the cost of the next."""
    front = sorted({(plot.x(dot.x), plot.y(dot.held)) for dot in dots if dot.on_front})
    if not front:
        return []
    start = plot.bottom if plot.more_is_better else _TOP
    corners = [(front[0][0], start), front[0]]
    for (_, y), after in pairwise(front):
        corners += [(after[0], y), after]
    return [*corners, (plot.right, front[-1][1])]


def _dot(plot: Plot, dot: Dot) -> Iterator[Markup]:
    x, pale = plot.x(dot.x), "" if dot.on_front else " pale"
    said = element("title", f"{dot.name}: {dot.text}")
    if dot.low != dot.high:
        low, high = plot.y(dot.low), plot.y(dot.high)
        path = f"M{x:.1f} {low:.1f}V{high:.1f}M{x - 4:.1f} {low:.1f}h8M{x - 4:.1f} {high:.1f}h8"
        yield element("path", said, class_=f"err e-{dot.style}{pale}", d=path)
    if dot.y is not None:
        yield element("circle", said, class_=f"dot d-{dot.style}{pale}", cx=x, cy=plot.y(dot.y), r=_RADIUS)


def _names(plot: Plot, dots: Sequence[Dot], steps: Sequence[tuple[float, float]]) -> Iterator[Markup]:
    """Names beside the dots, those that matter most first; one for which there is no room is left out."""
    taken = [_around(plot, dot) for dot in dots]
    lines = [_sorted_box(*a, *b) for a, b in pairwise(steps)]
    taken += [
        (plot.x(dot.x) - 4, plot.y(dot.high), plot.x(dot.x) + 4, plot.y(dot.low))
        for dot in dots
        if dot.low != dot.high
    ]
    for dot in sorted(dots, key=lambda dot: (dot.style == "other", not dot.on_front, dot.x)):
        name = fitted(dot.name, _LONGEST_NAME, _TEXT)
        wide = text_width(name, _TEXT)
        found = min(
            (place for place in _places(plot, dot, wide) if _is_inside(plot, place[0])),
            key=lambda place: (_hits(place[0], taken), _hits(place[0], lines)),
            default=None,
        )
        if found is None or _hits(found[0], taken):
            continue
        box, anchor, at = found
        taken.append(box)
        style = f"name t-{dot.style}" if dot.style != "other" else "name mut"
        yield label(name, at, box[3] - 3.5, style, anchor)


def _places(plot: Plot, dot: Dot, wide: float) -> Iterator[tuple[Box, str, float]]:
    """Where a name may stand: beside the dot, aslant, or past an end of its bar; its box, anchor and x."""
    x, y, apart = plot.x(dot.x), plot.y(dot.held), _RADIUS + 4
    for dy in (0.0, -13.0, 13.0):
        yield (x + apart, y + dy - 8, x + apart + wide, y + dy + 8), "start", x + apart
        yield (x - apart - wide, y + dy - 8, x - apart, y + dy + 8), "end", x - apart
    middles = (y - 17, y + 17, plot.y(dot.high) - 11, plot.y(dot.low) + 11)
    for middle in middles:
        yield (x - wide / 2, middle - 8, x + wide / 2, middle + 8), "middle", x
    for middle in middles[2:]:
        yield (x, middle - 8, x + wide, middle + 8), "start", x
        yield (x - wide, middle - 8, x, middle + 8), "end", x


def _around(plot: Plot, dot: Dot) -> Box:
    x, y = plot.x(dot.x), plot.y(dot.held)
    return (x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS)


def _sorted_box(x1: float, y1: float, x2: float, y2: float) -> Box:
    return (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def _hits(box: Box, others: Sequence[Box]) -> int:
    return sum(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
        for other in others
    )


def _is_inside(plot: Plot, box: Box) -> bool:
    return box[0] >= plot.left and box[2] <= plot.width and box[1] >= 16 and box[3] <= plot.bottom
