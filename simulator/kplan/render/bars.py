"""Stacked bars: what a query costs, stage by stage, design beside design."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise

from markupsafe import Markup
from msgspec import Struct

from kplan.render.svg import alike, axis_usd, drawing, element, fitted, label, text_width, ticks

_INVISIBLE_PX = 0.3
_GAP_PX = 1.0


class Segment(Struct, frozen=True):
    """One part of a bar; `amount` is its length, `text` what is printed for it."""

    name: str
    amount: Decimal
    text: str
    colour: str
    """Class of its fill; `on-` and this is the class of a label on it."""


class Bar(Struct, frozen=True):
    """One design; `total` is printed behind the bar."""

    label: str
    total: Decimal
    total_text: str
    segments: tuple[Segment, ...]
    is_main: bool = False


class Layout(Struct, frozen=True):
    """Sizes of a bar chart [px]; names stand left of the bars, or above them where it is narrow."""

    width: float
    left: float
    right: float
    bar: float
    step: float
    is_narrow: bool


_COMPACT = Layout(420, 1, 96, 14, 40, is_narrow=True)


def stacked_bars(
    bars: Sequence[Bar],
    *,
    id_: str,
    title: str,
    top: Decimal,
    axis: Callable[[Decimal], str] = axis_usd,
    beside: Sequence[Bar] = (),
    is_narrow: bool = False,
    is_plain: bool = False,
) -> Markup:
    """The bars on one scale that starts at 0, with ticks below.

    top       the largest amount that has to fit; charts that stand together share one
    axis      how an amount is printed under its tick
    beside    bars of charts that stand together with this one, so that all leave the same room for names
    is_plain  no ticks, and no figures but the totals
    """
    layout = _COMPACT if is_plain else _layout(bars, beside or bars, is_narrow)
    top = top or Decimal(1)
    plot = layout.width - layout.left - layout.right

    def x(amount: Decimal) -> float:
        return layout.left + plot * float(amount / top)

    rows: list[Markup] = []
    for n, bar in enumerate(bars):
        rows += _bar(bar, 4 + n * layout.step, layout, [x(Decimal(0)), *_ends(bar, x)], is_plain)
    bottom = 4 + len(bars) * layout.step
    scale = () if is_plain else ticks(top, 3 if is_narrow else 5)
    shown = [tick for tick in scale if tick <= top]
    texts = alike([axis(tick) for tick in shown])
    grid = [mark for tick, text in zip(shown, texts, strict=True) for mark in _tick(text, x(tick), bottom)]
    desc = "; ".join(f"{bar.label} {bar.total_text}" for bar in bars)
    name = "any" if is_plain else "narrow" if is_narrow else "wide"
    size = {"width": layout.width, "height": bottom + (0 if is_plain else 22)}
    return drawing([*grid, *rows], id_=f"{id_}-{name}", title=title, desc=desc, class_=name, **size)


def _layout(bars: Sequence[Bar], alike: Sequence[Bar], is_narrow: bool) -> Layout:
    right = max(text_width(bar.total_text) for bar in alike) + 10
    if is_narrow:
        return Layout(340, 1, right, 20, 48, is_narrow)
    left = min(260.0, max(text_width(bar.label) for bar in alike) * 1.06 + 14)
    many = len(bars) > 12
    return Layout(1060, left, right, 22 if many else 34, 28 if many else 46, is_narrow)


def _ends(bar: Bar, x: Callable[[Decimal], float]) -> list[float]:
    ends, reached = [], Decimal(0)
    for segment in bar.segments:
        reached += segment.amount
        ends.append(x(reached))
    return ends


def _bar(bar: Bar, y: float, layout: Layout, edges: list[float], is_plain: bool) -> list[Markup]:
    main = "main" if bar.is_main else ""
    if layout.is_narrow:
        marks = [label(fitted(bar.label, layout.width), layout.left, y + 13, main)]
        y += 20
    else:
        marks = [
            label(
                fitted(bar.label, layout.left - 14), layout.left - 12, y + layout.bar / 2 + 4.5, main, "end"
            )
        ]
    for segment, (start, end) in zip(bar.segments, pairwise(edges), strict=True):
        marks += _segment(bar, segment, start, end, y, layout.bar)[: 1 if is_plain else None]
    marks.append(label(bar.total_text, edges[-1] + 8, y + layout.bar / 2 + 4.5, f"{main} num".strip()))
    return marks


def _segment(bar: Bar, segment: Segment, start: float, end: float, y: float, height: float) -> list[Markup]:
    width = end - start
    if width < _INVISIBLE_PX:
        return []
    drawn = width - _GAP_PX if width > 3 * _GAP_PX else width
    said = element("title", f"{bar.label}, {segment.name}: {segment.text}")
    marks = [element("rect", said, class_=segment.colour, x=start, y=y, width=drawn, height=height)]
    if text_width(segment.text, 12) + 10 < drawn:
        place = start + drawn / 2
        marks.append(label(segment.text, place, y + height / 2 + 4, f"in on-{segment.colour}", "middle"))
    return marks


def _tick(text: str, x: float, bottom: float) -> list[Markup]:
    return [
        element("line", class_="grid", x1=x, x2=x, y1=0, y2=bottom),
        label(text, x, bottom + 16, "mut", "start" if x < 12 else "middle"),
    ]
