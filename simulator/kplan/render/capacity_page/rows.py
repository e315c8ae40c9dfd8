"""The table of headroom: every limit of every design, in the words of the page and as numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import isfinite

from markupsafe import Markup
from msgspec import Struct

from kplan.amounts import share
from kplan.capacity.fits import first_month, fullest_month, peak_share, room
from kplan.capacity.headroom import Use
from kplan.capacity.limits import Limit
from kplan.engine.montecarlo.numbers import decimal
from kplan.render.capacity import words
from kplan.render.capacity_page.fitting import Fitting
from kplan.render.capacity_page.levels import Level, level
from kplan.render.svg import element

NO_ROOM = Decimal(1)


class Cell(Struct, frozen=True):
    """What is printed, and the number behind it, if there is one."""

    text: str
    value: Decimal | None = None


class Row(Struct, frozen=True):
    """One limit of a design over the months of the plan."""

    name: str
    """Of the limit, by the models that share it and what it counts."""
    allows: str
    """How much, and to which account."""
    mean: Cell
    """In the first month, as the two that follow."""
    peak: Cell
    at_most: Cell
    """Use in the busiest minute of the fullest month."""
    bar: Markup
    level: Level
    """Of that use."""
    room: Cell
    """To how many times that of the fullest month traffic could grow."""
    hour: str
    """In which it binds."""
    full: str
    """First month in which it is full."""


def rows(fitting: Fitting) -> tuple[Row, ...]:
    """The limits of a design, the one that is full first on top."""
    return tuple(_row(use, fitting) for use in fitting.headroom.uses)


def _row(use: Use, fitting: Fitting) -> Row:
    first, fullest = first_month(use), fullest_month(use)
    return Row(
        name=words.limit(use),
        allows=f"{use.limit.said()}, {account(use.limit)}",
        mean=Cell(share(number(use.mean[first])), number(use.mean[first])),
        peak=Cell(peak_share(use, first), number(use.peak[first])),
        at_most=Cell(peak_share(use, fullest), number(use.peak[fullest])),
        bar=bar(use),
        level=level(float(use.peak[fullest]), use.target),
        room=Cell(times(use), _growth(use, fullest)),
        hour=words.busiest(use, fitting.traffic),
        full=words.full(use),
    )


def account(limit: Limit) -> str:
    """Whose limit it is: `anthropic Start`."""
    return " ".join(filter(None, (limit.provider, limit.service, limit.tier)))


def times(use: Use) -> str:
    """To how many times that of the fullest month traffic could grow: `3.7x`, or `without end`."""
    return room(use, fullest_month(use)).removeprefix("room ").removeprefix("for ")


def number(value: float) -> Decimal:
    """The number behind a cell, all its digits."""
    return Decimal(repr(float(value)))


def _growth(use: Use, month: int) -> Decimal | None:
    left = float(use.headroom[month])
    return decimal(left) + NO_ROOM if isfinite(left) else None


def bar(use: Use) -> Markup:
    """Use in the busiest minute up to the limit: of the first month, and paler what growth adds to it."""
    first, fullest = (float(use.peak[month(use)]) for month in (first_month, fullest_month))
    return element("svg", Markup("").join(_parts(first, fullest, use.target)), **_BAR)


def _parts(first: float, fullest: float, target: float) -> Iterator[Markup]:
    yield element("rect", class_="rail", width=100, height=8, rx=1)
    fill = level(fullest, target).fill.replace("u", "bar", 1) if fullest else "rail"
    yield element("rect", class_=f"{fill} pale", width=min(1.0, fullest) * 100, height=8, rx=1)
    yield element("rect", class_=fill, width=min(1.0, first) * 100, height=8, rx=1)


_BAR = {"viewBox": "0 0 100 8", "class_": "share", "aria_hidden": "true"}


def skipped(found: Sequence[Fitting]) -> tuple[str, ...]:
    """What is held to no limit that is known, with the reason, each once."""
    told = (f"{each.what}: {each.why}." for fitting in found for each in fitting.headroom.skipped)
    return tuple(dict.fromkeys(told))
