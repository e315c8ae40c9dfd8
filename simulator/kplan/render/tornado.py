"""A tornado: how far each uncertain parameter alone moves a total, the widest bar on top."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup
from msgspec import Struct

from kplan.render.svg import drawing, element, fitted, label, text_width

_STEP, _HEIGHT = 44.0, 18.0
_TOP = 22.0
_ROOM = 92.0
"""Left and right of the widest bar, for the figures beside it [px]."""


class Swing(Struct, frozen=True):
    """A parameter with the totals that its P10 and its P90 make, and both as printed [USD]."""

    heading: str
    at_low: Decimal
    at_high: Decimal
    low_text: str
    high_text: str


def tornado(
    swings: Sequence[Swing], total: Decimal, total_text: str, *, id_: str, title: str, is_narrow: bool = False
) -> Markup:
    """One bar a parameter over one scale; the line is the total at the parameters' values."""
    named = max((text_width(swing.heading) for swing in swings), default=0.0) + 30
    width, left = (340.0, 8.0) if is_narrow else (1060.0, min(380.0, named))
    ends = [total, *(usd for swing in swings for usd in (swing.at_low, swing.at_high))]
    room = _ROOM * (0.72 if is_narrow else 1.0)
    scale = _Scale(float(min(ends)), float(max(ends)), left + room, width - room)
    bottom = _TOP + len(swings) * _STEP
    centre = scale.x(total)
    marks = [element("line", class_="flip", x1=centre, x2=centre, y1=_TOP - 4, y2=bottom)]
    marks.append(label(total_text, centre, _TOP - 9, "strong", "middle"))
    for n, swing in enumerate(swings):
        marks += _bar(swing, scale, _TOP + n * _STEP, left, is_narrow)
    desc = "; ".join(f"{each.heading}: {each.low_text} to {each.high_text}" for each in swings)
    name = "narrow" if is_narrow else "wide"
    size = {"width": width, "height": bottom + 6}
    return drawing(marks, id_=f"{id_}-{name}", title=title, desc=desc, class_=name, **size)


class _Scale(Struct, frozen=True):
    """Dollars to pixels."""

    least: float
    most: float
    left: float
    right: float

    def x(self, usd: Decimal) -> float:
        """Where an amount stands; in the middle where all are alike."""
        if self.most == self.least:
            return (self.left + self.right) / 2
        return self.left + (self.right - self.left) * (float(usd) - self.least) / (self.most - self.least)


def _bar(swing: Swing, scale: _Scale, y: float, left: float, is_narrow: bool) -> list[Markup]:
    low, high = scale.x(swing.at_low), scale.x(swing.at_high)
    top = y + 18
    if is_narrow:
        marks = [label(fitted(swing.heading, 320.0), 0, y + 13)]
    else:
        marks = [label(fitted(swing.heading, left - 30), left - 24, top + 13.5, anchor="end")]
    start, width = min(low, high), abs(high - low)
    marks.append(element("rect", class_="d-main", x=start, y=top, width=width, height=_HEIGHT, rx=3))
    first, second = ("end", "start") if low <= high else ("start", "end")
    apart = 7 if low <= high else -7
    marks.append(label(swing.low_text, low - apart, top + 13.5, "mut", first))
    marks.append(label(swing.high_text, high + apart, top + 13.5, "mut", second))
    return marks
