"""The week of the limit that binds as signs, a line a day and a sign an hour: the higher, the fuller."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
from msgspec import Struct

from kplan.amounts import share
from kplan.capacity.fits import fullest_month
from kplan.capacity.study import DesignStudy
from kplan.capacity.week import HOURS_OF_DAY
from kplan.engine.montecarlo.numbers import decimal
from kplan.prices.windows import WEEKDAYS
from kplan.render.capacity.words import limit

SIGNS = "▁▂▃▄▅▆▇█"
"""Eighths of the limit."""
OVER = "!"
"""As much as the limit, or more."""
_CLOCK = "00    06    12    18"


class Day(Struct, frozen=True):
    """One day of the week."""

    name: str
    uses: tuple[float, ...]
    """Of each hour, in its busiest minute [0..]."""

    @property
    def signs(self) -> str:
        """A sign for each hour."""
        return "".join(OVER if use >= 1 else SIGNS[int(use * len(SIGNS))] for use in self.uses)

    @property
    def most(self) -> str:
        """The fullest hour: `33% at 19:00`."""
        hour = self.uses.index(max(self.uses))
        return f"{share(decimal(self.uses[hour]))} at {hour:02d}:00"


class Week(Struct, frozen=True):
    """A week with what is to be known about it."""

    title: str
    days: tuple[Day, ...]

    @property
    def lines(self) -> Iterator[tuple[str, str, str]]:
        """Names, signs and fullest hour; days that look alike share a line, and the hours stand above."""
        alike = [list(days) for _, days in groupby(self.days, lambda day: (day.signs, day.most))]
        names = [days[0].name + (f"-{days[-1].name}" if len(days) > 1 else "") for days in alike]
        width = max(map(len, names))
        yield " " * width, _CLOCK, ""
        for name, days in zip(names, alike, strict=True):
            yield name.ljust(width), days[0].signs, days[0].most


def week(design: DesignStudy, tz: str) -> Week | None:
    """In the fullest month of the plan; None without a limit, and where all hours would look alike."""
    use = design.binding
    if use is None:
        return None
    month = fullest_month(use)
    uses = (use.hours[month] * use.peak_factor).reshape(len(WEEKDAYS), HOURS_OF_DAY)
    if not np.ptp(uses) or uses.max() * len(SIGNS) < 1:
        return None
    days = tuple(Day(name, tuple(hours.tolist())) for name, hours in zip(WEEKDAYS, uses, strict=True))
    title = f"Week of {limit(use)} in {design.months[month]} ({tz}): █ nearly full, {OVER} over"
    return Week(title, days)
