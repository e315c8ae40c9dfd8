"""Tracks from 0 to 100%: where a chance stands now, and where the ranking flips."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup
from msgspec import Struct

from kplan.render.svg import drawing, element, fitted, label, text_width

_STEP, _NARROW_STEP = 58.0, 66.0
"""From track to track; where room is narrow the heading stands in a line of its own above the figures."""
_QUARTERS = (0, 25, 50, 75, 100)


class Track(Struct, frozen=True):
    """One chance [0..1] and its break-even; `heading` names it, texts are as printed."""

    heading: str
    now: Decimal
    now_text: str
    at: Decimal
    at_text: str
    other_above: bool
    """The other design is cheaper above the break-even (else below it)."""


def flip_tracks(tracks: Sequence[Track], *, id_: str, title: str, is_narrow: bool = False) -> Markup:
    """One track under the other; the shaded part is where the other design is the cheaper one."""
    named = max((text_width(track.heading) for track in tracks), default=0.0) + 30
    width, left = (340.0, 14.0) if is_narrow else (1060.0, min(380.0, named))
    right, step = width - 20, _NARROW_STEP if is_narrow else _STEP
    marks: list[Markup] = []
    for n, track in enumerate(tracks):
        marks += _track(track, n * step, left, right, is_narrow)
    bottom = len(tracks) * step
    for quarter in _QUARTERS:
        x = left + (right - left) * quarter / 100
        marks.append(label(f"{quarter}%", x, bottom + 14, "mut", "middle"))
    desc = "; ".join(f"{t.heading}: now {t.now_text}, flips at {t.at_text}" for t in tracks)
    name = "narrow" if is_narrow else "wide"
    size = {"width": width, "height": bottom + 20}
    return drawing(marks, id_=f"{id_}-{name}", title=title, desc=desc, class_=name, **size)


def _track(track: Track, y: float, left: float, right: float, is_narrow: bool) -> list[Markup]:
    now, at = (left + (right - left) * float(share) for share in (track.now, track.at))
    rail = y + (48 if is_narrow else 40)
    if is_narrow:
        marks = [label(fitted(track.heading, right), 0, y + 12)]
    else:
        marks = [label(fitted(track.heading, left - 30), left - 24, rail + 4.5, anchor="end")]
    start, end = (at, right) if track.other_above else (left, at)
    marks += [
        element("rect", class_="rail", x=left, y=rail - 4, width=right - left, height=8, rx=4),
        element("rect", class_="shade", x=start, y=rail - 4, width=end - start, height=8, rx=4),
        element("line", class_="flip", x1=at, x2=at, y1=rail - 9, y2=rail + 9),
        element("circle", class_="now", cx=now, cy=rail, r=6.5),
    ]
    return marks + _texts(track, now, at, rail - 16, (left, right))


def _texts(track: Track, now: float, at: float, y: float, ends: tuple[float, float]) -> list[Markup]:
    """Both figures above the rail, on the outer sides where they would meet."""
    first, second = ("end", "start") if now <= at else ("start", "end")
    far = abs(now - at) > 130
    now_x, at_x = min(max(now, ends[0] + 24), ends[1] - 24), min(max(at, ends[0] + 36), ends[1] - 36)
    if far:
        return [
            label(f"now {track.now_text}", now_x, y, "mut", "middle"),
            label(f"flips at {track.at_text}", at_x, y, "strong", "middle"),
        ]
    low, high = (now, at) if now <= at else (at, now)
    if low - ends[0] < 80:
        return [label(f"now {track.now_text}, flips at {track.at_text}", ends[0], y, "strong")]
    if ends[1] - high < 90:
        return [label(f"now {track.now_text}, flips at {track.at_text}", ends[1], y, "strong", "end")]
    return [
        label(f"now {track.now_text}", now, y, "mut", first),
        label(f"flips at {track.at_text}", at, y, "strong", second),
    ]
