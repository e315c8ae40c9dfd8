"""How full a limit is, as a level: its colour, its sign and its name, so that no colour stands alone."""

from __future__ import annotations

from itertools import pairwise
from math import isnan

from msgspec import Struct

from kplan.amounts import share
from kplan.engine.montecarlo.numbers import decimal
from kplan.render.palette import Fill, ink_on

FREE, FILLING, TIGHT, FULL = 0.0, 0.7, 0.85, 1.0
"""From what part of the use that counts as full each level starts."""
_SHADES = 7
"""Of what is free, a tenth each."""


class Level(Struct, frozen=True):
    """A range of uses."""

    starts_at: float
    name: str
    sign: str
    style: str
    """Class of the words that say it."""
    fill: str
    """Class of the fill; shades of what is free are numbered from it."""


LEVELS = (
    Level(FREE, "room", "✓", "ok", "u"),
    Level(FILLING, "filling", "△", "part", "u70"),
    Level(TIGHT, "tight", "▲", "part", "u85"),
    Level(FULL, "full", "✗", "fail", "u100"),
)
_FILLS = {
    "u0": Fill("#f3f6fb", "#1b222c"),
    "u1": Fill("#eaf1fa", "#1e2938"),
    "u2": Fill("#e1ebf9", "#213145"),
    "u3": Fill("#d8e5f8", "#243852"),
    "u4": Fill("#cfdff6", "#273f5e"),
    "u5": Fill("#c5d9f4", "#2a466b"),
    "u6": Fill("#bcd2f2", "#2d4d77"),
    "u70": Fill("#efbb3f", "#85620f"),
    "u85": Fill("#de7c28", "#d07a25"),
    "u100": Fill("#b3261e", "#ffa098"),
}
"""The fuller, the further from the paper; blue, amber and red stay apart in colour blindness."""


def level(use: float, target: float = 1.0) -> Level:
    """The level of a use; both are parts of the limit, and the target is the one that counts as full."""
    return next((each for each in reversed(LEVELS) if use >= each.starts_at * target), LEVELS[0])


def fill(use: float, target: float = 1.0) -> str:
    """The class of a use's fill; of none for what is no number."""
    if isnan(use):
        return "none"
    found = level(use, target)
    if found.starts_at:
        return found.fill
    return f"u{min(int(use / target * 10), _SHADES - 1)}"


def bounds(target: float = 1.0) -> list[tuple[Level, str]]:
    """The levels with what they stand for: `below 70%`, `70% up to 85%`, `100% and more`."""
    ends = [share(decimal(each.starts_at * target)) for each in LEVELS]
    said = [f"below {ends[1]}", *(f"{a} up to {b}" for a, b in pairwise(ends[1:]))]
    return list(zip(LEVELS, [*said, f"{ends[-1]} and more"], strict=True))


def rules() -> str:
    """Fills of drawings and backgrounds of cells, with ink that reads on them, as CSS."""
    return "".join(
        f"rect.{name}{{fill:var(--{name})}}td.{name}{{background:var(--{name});color:var(--on-{name})}}"
        for name in _FILLS
    )


def variables(*, is_dark: bool) -> str:
    """What the rules ask for in a light or a dark scheme, as CSS declarations."""
    colours = ((name, each.dark if is_dark else each.light) for name, each in _FILLS.items())
    return "".join(f"--{name}:{colour};--on-{name}:{ink_on(colour)};" for name, colour in colours)
