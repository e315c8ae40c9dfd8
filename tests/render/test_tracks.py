"""Tracks of break-even chances: what stands above a track does not touch."""

from __future__ import annotations

import re
from decimal import Decimal

from kplan.render.tracks import Track, flip_tracks

LINE = 16
"""A line of text is as high as this [px]."""


def test_a_narrow_heading_stands_clear_of_the_figures_below_it_and_of_the_track_above() -> None:
    tracks = [
        Track("mixed escalate, against gemini-3.8-flash", Decimal(now), now, Decimal(at), at, True)
        for now, at in (("0.05", "0.17"), ("0.05", "0.58"), ("0.5", "0.6"))
    ]
    drawn = str(flip_tracks(tracks, id_="flips", title="Flips", is_narrow=True))
    heads = [float(y) for y in re.findall(r'<text[^>]* y="([0-9.]+)"[^>]*>mixed', drawn)]
    figures = [float(y) for y in re.findall(r'<text[^>]* y="([0-9.]+)"[^>]*>(?:now|flips)', drawn)]
    rails = [float(y) for y in re.findall(r'class="rail"[^>]* y="([0-9.]+)"', drawn)]
    assert len(heads) == len(rails) == len(tracks)
    assert min(abs(head - figure) for head in heads for figure in figures) >= LINE
    assert min(head - rail for head in heads for rail in rails if head > rail) >= 8 + LINE
