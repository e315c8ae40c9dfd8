"""Monthly lines against the budget, with the days marked on which prices change."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from markupsafe import Markup
from msgspec import Struct

from kplan.render.svg import alike, axis_usd, drawing, element, fitted, label, spread, text_width, ticks

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STEPS = (1, 2, 3, 6, 12)
MOST_NAMED = 12
_LABELLED = {True: 6, False: MOST_NAMED}
"""So many lines at most are named beside the chart, narrow or wide; the others are told in the table."""


class Line(Struct, frozen=True):
    """One design, an amount a month [USD]."""

    label: str
    amounts: tuple[Decimal, ...]
    style: str
    """Class of the stroke: `main`, `base` or `o0`, `o1`..."""


class Marker(Struct, frozen=True):
    """A day on which something changes; `text` is its number in the list of events."""

    on: date
    text: str


class Plot(Struct, frozen=True):
    """Where the lines go: the box of the plot [px] and the amount at its top [USD]."""

    width: float
    left: float
    right: float
    top: float
    bottom: float
    months: tuple[str, ...]
    ceiling: Decimal

    def x(self, place: float) -> float:
        """Of a place in months from the start: 0 is the first day, 0.5 the middle of the first month."""
        return self.left + (self.right - self.left) * place / len(self.months)

    def y(self, usd: Decimal) -> float:
        """Of an amount."""
        return self.bottom - (self.bottom - self.top) * float(usd / self.ceiling)


def month_lines(
    lines: Sequence[Line],
    months: tuple[str, ...],
    budget: Decimal | None,
    markers: Sequence[Marker],
    *,
    id_: str,
    title: str,
    desc: str,
    ceiling: Decimal,
    is_narrow: bool = False,
) -> Markup:
    """The lines from left to right in months, each named at its end; the scale starts at 0.

    ceiling  the largest amount that has to fit [USD]; charts that stand together share one
    """
    scale = ticks(ceiling)
    ends = [(line.label, line.amounts[-1], line.style) for line in _named(lines, is_narrow)]
    if budget is not None:
        ends.append((f"Budget {axis_usd(budget)}", budget, "budget"))
    plot = _plot(months, scale, [end[0] for end in ends], is_narrow)
    texts = alike([axis_usd(tick) for tick in scale])
    marks = [mark for tick, text in zip(scale, texts, strict=True) for mark in _level(plot, tick, text)]
    marks += _month_names(plot)
    marks += _flags(plot, markers)
    if budget is not None:
        y = plot.y(budget)
        marks.append(element("line", class_="budget", x1=plot.left, x2=plot.right, y1=y, y2=y))
    marks += [_polyline(plot, line) for line in sorted(lines, key=lambda line: _RANK.get(line.style, 0))]
    marks += _names(plot, ends)
    name = "narrow" if is_narrow else "wide"
    size = {"width": plot.width, "height": plot.bottom + 42}
    return drawing(marks, id_=f"{id_}-{name}", title=title, desc=desc, class_=name, **size)


_RANK = {"base": 1, "main": 2}


def _named(lines: Sequence[Line], is_narrow: bool) -> list[Line]:
    at_most = _LABELLED[is_narrow]
    ranked = sorted(lines, key=lambda line: (-_RANK.get(line.style, 0), -line.amounts[-1]))
    return [line for line in lines if line in ranked[:at_most]]


def _plot(months: tuple[str, ...], scale: tuple[Decimal, ...], names: Sequence[str], is_narrow: bool) -> Plot:
    left = max(map(text_width, alike([axis_usd(tick) for tick in scale]))) + 10
    room = 128.0 if is_narrow else 230.0
    right = min(room, max(text_width(name) for name in names) * 1.06 + 26)
    width = 340.0 if is_narrow else 1060.0
    height = max(200.0, len(names) * 20.0)
    return Plot(width, left, width - right, 24, 24 + height, months, scale[-1])


def _level(plot: Plot, amount: Decimal, text: str) -> list[Markup]:
    y = plot.y(amount)
    return [
        element("line", class_="grid", x1=plot.left, x2=plot.right, y1=y, y2=y),
        label(text, plot.left - 8, y + 4.5, "mut", "end"),
    ]


def _month_names(plot: Plot) -> list[Markup]:
    """Short names of months, as many as fit; the year below the first of each year."""
    each = plot.x(1) - plot.x(0)
    step = next((step for step in _STEPS if step * each >= 34), 12)
    marks, year = [], ""
    for n, month in enumerate(plot.months):
        number = int(month[5:7])
        if (n if step < 3 else number - 1) % step:
            continue
        x = plot.x(n + 0.5)
        marks.append(label(MONTHS[number - 1], x, plot.bottom + 19, "mut", "middle"))
        if month[:4] != year:
            year = month[:4]
            marks.append(label(year, x, plot.bottom + 36, "mut", "middle"))
    return marks


def _flags(plot: Plot, markers: Sequence[Marker]) -> Iterator[Markup]:
    """A line on each day, and its number above; days too close for two numbers share one, `1–3`."""
    placed = [
        (plot.x(plot.months.index(f"{each.on:%Y-%m}") + _part_of_month(each.on)), each.text)
        for each in sorted(markers, key=lambda marker: marker.on)
        if f"{each.on:%Y-%m}" in plot.months
    ]
    flags: list[tuple[float, float, str]] = []
    for x, text in placed:
        yield element("line", class_="event", x1=x, x2=x, y1=plot.top - 7, y2=plot.bottom)
        if flags and flags[-1][1] + _half(flags[-1][2]) + 2 > x - _half(text):
            start, _, seen = flags.pop()
            flags.append((start, x, f"{seen.partition('–')[0]}–{text.rpartition('–')[2]}"))
        else:
            flags.append((x, x, text))
    for start, end, text in flags:
        half, middle = max(_half(text), (end - start) / 2 + 7), (start + end) / 2
        box = {"x": middle - half, "y": plot.top - 24, "width": 2 * half, "height": 17, "rx": 8}
        yield element("rect", "", class_="event", **box)
        yield label(text, middle, plot.top - 11.5, "event", "middle")


def _part_of_month(day: date) -> float:
    return (day.day - 1) / monthrange(day.year, day.month)[1]


def _half(text: str) -> float:
    return text_width(text, 11) / 2 + 5


def _polyline(plot: Plot, line: Line) -> Markup:
    places = [(plot.x(n + 0.5), plot.y(usd)) for n, usd in enumerate(line.amounts)]
    if len(places) == 1:
        (x, y), half = places[0], plot.x(0.4) - plot.x(0)
        places = [(x - half, y), (x + half, y)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return element("polyline", element("title", line.label), class_=f"ln {line.style}", points=points)


def _names(plot: Plot, ends: Sequence[tuple[str, Decimal, str]]) -> list[Markup]:
    """Names at the ends of the lines, moved apart where lines end close together."""
    wanted = [plot.y(usd) for _, usd, _ in ends]
    places = spread(wanted, 17, plot.top + 4, plot.bottom)
    last = plot.x(len(plot.months) - 0.5) if len(plot.months) > 1 else plot.x(0.9)
    text_x = plot.right + 14
    marks = []
    for (name, _, style), y, place in zip(ends, wanted, places, strict=True):
        start = plot.right if style == "budget" else last + 3
        points = f"{start:.1f},{y:.1f} {plot.right - 2:.1f},{y:.1f} {text_x - 4:.1f},{place:.1f}"
        marks.append(element("polyline", class_=f"lead {style}", points=points))
        marks.append(label(fitted(name, plot.width - text_x), text_x, place + 4.5, f"t-{style}"))
    return marks
