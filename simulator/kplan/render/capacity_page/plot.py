"""Lines on two scales that start at 0: what the charts of capacity have in common. Positions are floats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from markupsafe import Markup
from msgspec import Struct

from kplan.render.svg import drawing, element, fitted, label, spread, text_width, ticks

Points = Sequence[tuple[float, float]]
Printed = Callable[[Decimal], str]
_TOP, _BELOW = 26.0, 44.0
ROW = 15.0
"""From one row of labels to the next [px]."""
_NAME = 17.0
_LONGEST_NAME = 190.0
_MOST_ROWS = 3


class Scale(Struct, frozen=True):
    """From 0 to the last tick, with what is printed at each tick and as its title."""

    title: str
    ticks: tuple[Decimal, ...]
    printed: Printed

    @property
    def end(self) -> float:
        """Its last value."""
        return float(self.ticks[-1])


def scale(title: str, top: float, printed: Printed, about: int = 5) -> Scale:
    """A scale on which the top has room."""
    return Scale(title, ticks(Decimal(repr(top)), about), printed)


class Plot(Struct, frozen=True):
    """Where the lines go [px]."""

    across: Scale
    up: Scale
    width: float
    left: float
    right: float
    top: float
    bottom: float

    def x(self, value: float) -> float:
        """Of a value on the scale across."""
        return self.left + (self.right - self.left) * value / self.across.end

    def y(self, value: float) -> float:
        """Of a value on the scale that goes up."""
        return self.bottom - (self.bottom - self.top) * value / self.up.end


def plot(across: Scale, up: Scale, names: Sequence[str], *, width: float, height: float) -> Plot:
    """The box of a chart with room for its scales and for the names at the ends of its lines."""
    left = max(text_width(up.printed(tick)) for tick in up.ticks) + 12
    last = text_width(across.printed(across.ticks[-1])) / 2 if across.ticks else 0.0
    room = max((text_width(name) * 1.06 + 26 for name in names), default=0.0)
    right = max(last + 2, min(room, width * 0.37))
    return Plot(across, up, width, left, width - right, _TOP, _TOP + height)


def scales(plot: Plot, *, is_across: bool = True) -> Iterator[Markup]:
    """Lines, figures and titles of the scales; without those across where these are months."""
    for tick in plot.up.ticks:
        y = plot.y(float(tick))
        yield element("line", class_="grid", x1=plot.left, x2=plot.right, y1=y, y2=y)
        yield label(plot.up.printed(tick), plot.left - 8, y + 4.5, "mut", "end")
    yield label(plot.up.title, 0, 12, "strong")
    if is_across:
        for tick in plot.across.ticks:
            yield label(plot.across.printed(tick), plot.x(float(tick)), plot.bottom + 18, "mut", "middle")
        yield label(plot.across.title, plot.right, plot.bottom + 38, "strong", "end")


def line(plot: Plot, points: Points, style: str, said: str = "") -> Markup:
    """A line through the points, cut where it leaves the top of the chart."""
    placed = " ".join(f"{plot.x(x):.1f},{plot.y(y):.1f}" for x, y in _below(points, plot.up.end))
    body = element("title", said) if said else ""
    return element("polyline", body, class_=f"ln {style}", points=placed)


def _below(points: Points, top: float) -> Iterator[tuple[float, float]]:
    """The points up to the first above the top, and the place where the line gets there."""
    inside = list(points)
    for n, (one, other) in enumerate(pairwise(points)):
        if other[1] > top:
            part = 0.0 if one[1] >= top else (top - one[1]) / (other[1] - one[1])
            inside = [*points[: n + 1], (one[0] + part * (other[0] - one[0]), top)]
            break
    yield from (point for point in inside if point[1] <= top * (1 + 1e-9))


def band(plot: Plot, lows: Points, highs: Points, style: str = "") -> Markup:
    """The area between two lines."""
    corners = [*_below(lows, plot.up.end), *reversed(list(_below(highs, plot.up.end)))]
    placed = " ".join(f"{plot.x(x):.1f},{plot.y(y):.1f}" for x, y in corners)
    return element("polygon", class_=f"band {style}".strip(), points=placed)


def level(plot: Plot, value: float, style: str) -> Markup:
    """A line across the chart at a value."""
    y = plot.y(value)
    return element("line", class_=style, x1=plot.left, x2=plot.right, y1=y, y2=y)


def upright(plot: Plot, value: float, style: str) -> Markup:
    """A line from the top to the bottom at a value."""
    x = plot.x(value)
    return element("line", class_=style, x1=x, x2=x, y1=plot.top, y2=plot.bottom)


def beyond(plot: Plot, value: float) -> Markup:
    """The area right of a value, where the chart has one."""
    x, y, height = plot.x(value), plot.top, plot.bottom - plot.top
    return element("rect", class_="beyond", x=x, y=y, width=max(0.0, plot.right - x), height=height)


def dot(plot: Plot, x: float, y: float, style: str, said: str) -> Markup:
    """A point that is marked."""
    return element("circle", element("title", said), class_=f"full {style}", cx=plot.x(x), cy=plot.y(y), r=5)


def left_of(plot: Plot, texts: Sequence[tuple[float, str, str]], y: float, step: float) -> Iterator[Markup]:
    """Labels (value across, text, class) that end before their value, at a height [px].

    Where they would overlap they stand in rows a step apart; what the last row has no room for is left out.
    """
    ends = [0.0] * _MOST_ROWS
    for value, name, style in sorted(texts):
        text = fitted(name, min(_LONGEST_NAME, (plot.right - plot.left) / 2))
        wide = text_width(text)
        end = max(plot.x(value) - 7, plot.left + wide)
        row = next((n for n, taken in enumerate(ends) if end - wide > taken + 6), None)
        if row is not None:
            ends[row] = end
            yield label(text, end, y + row * step, style, "end")


def names(plot: Plot, ends: Sequence[tuple[str, float, float, str]]) -> Iterator[Markup]:
    """Names (text, x, y, class) at the ends of lines, moved apart where these end close together."""
    wanted = [plot.y(min(y, plot.up.end)) for _, _, y, _ in ends]
    places = spread(wanted, _NAME, plot.top + 4, plot.bottom)
    text_x = plot.right + 14
    for (name, x, _, style), y, place in zip(ends, wanted, places, strict=True):
        points = f"{plot.x(x) + 3:.1f},{y:.1f} {plot.right - 2:.1f},{y:.1f} {text_x - 4:.1f},{place:.1f}"
        yield element("polyline", class_=f"lead {style}", points=points)
        yield label(fitted(name, plot.width - text_x), text_x, place + 4.5, f"t-{style}")


def drawn(plot: Plot, marks: Sequence[Markup], *, id_: str, title: str, desc: str) -> Markup:
    """The picture; the last part of its id, `wide` or `narrow`, is its class."""
    size = {"width": plot.width, "height": plot.bottom + _BELOW}
    return drawing(marks, id_=id_, title=title, desc=desc, class_=id_.rpartition("-")[2], **size)


def twice(draw: Callable[[bool], Markup]) -> Markup:
    """A chart for a wide page and one for a phone; style sheets show one of them."""
    return draw(False) + draw(True)
